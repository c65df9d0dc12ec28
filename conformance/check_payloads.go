package conformance

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/keywright/keywright/core"
)

// encoded is a thing whose payload can be written.
type encoded[V any] interface {
	*V
	MarshalPayload() ([]byte, error)
}

// padded gives v with a payload of so many bytes, by a member of a later release.
func padded[V any, P encoded[V]](t *trial, r role[V], v V, size int) V {
	row := r.row(&v)
	row.Rest = maps.Clone(row.Rest)
	row.Rest["padding"] = json.RawMessage(`""`)
	b, err := P(&v).MarshalPayload()
	t.ok(err, "MarshalPayload")
	row.Rest["padding"] = json.RawMessage(`"` + strings.Repeat("x", size-len(b)) + `"`)
	return v
}

// fullPayload keeps one thing of a kind with the longest payload there may be,
// when it is created and when it is updated.
func fullPayload[V any, P encoded[V]](t *trial, r role[V]) {
	v := padded[V, P](t, r, r.sample(), core.MaxPayload)
	t.ok(r.create(t.ctx, t.s, v), "create of a "+r.name+" with the longest payload")
	r.unchanged(t, r.at(v, 1), "with the longest payload")
	if r.update != nil {
		r.alter(&v)
		v = padded[V, P](t, r, v, core.MaxPayload)
		t.ok(r.update(t.ctx, t.s, r.at(v, 1)), "update of a "+r.name+" with the longest payload")
		r.unchanged(t, r.at(v, 2), "updated with the longest payload")
	}
	long := padded[V, P](t, r, r.sample(), core.MaxPayload+1)
	t.that(r.create(t.ctx, t.s, long) != nil, "a %s with a payload beyond core.MaxPayload was accepted", r.name)
	_, err := r.read(t.ctx, t.s, long)
	t.notFound(err, "a "+r.name+" that was refused for its payload")
}

func maximaPayloads(t *trial) {
	fullPayload(t, grants())
	fullPayload(t, clients())
	fullPayload(t, accounts())
	fullPayload(t, credentials())
	fullPayload(t, sessions())
	fullPayload(t, interactions())
	fullPayload(t, consents())
	fullPayload(t, tickets())
	fullPayload(t, keys())
	fullPayload(t, organizations())
	fullPayload(t, groups())
	fullPayload(t, connections())
	fullPayload(t, memberships())

	e := newEvent()
	e.Reason = ""
	b, err := e.MarshalPayload()
	t.ok(err, "MarshalPayload")
	e.Reason = strings.Repeat("x", core.MaxPayload-len(b)-len(`,"reason":""`))
	e.Deliveries[0].Body = []byte(strings.Repeat("\x00\xff'\\", core.MaxPayload/4))
	t.ok(t.s.Append(t.ctx, e), "Append with the longest payload and the longest delivery")
	t.wantEvent(e, true, "with the longest payload")
	t.wantDeliveries(e)
}
