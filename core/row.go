package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is what every stored thing carries beside its keys and its payload. What
// MarshalPayload gives is kept as it is; UnmarshalPayload keeps none of the bytes
// it is given.
type Row struct {
	// Version is 1 when a thing is created and raised by the store with each
	// update. Update… replaces a row only while its version is still the one
	// that was read. 0: never stored.
	Version uint64
	// Change is drawn by the core for each attempt to write, so that it can
	// tell its own write after a lost answer.
	Change ID
	// KeepUntil is when the row may be purged: an absolute end. Use does not move
	// it; only becoming another thing does, as a device's grant that is redeemed and
	// so outlives its code, or a self-registered client that gets another grant. The
	// zero time keeps it for good. A grant whose code is still out goes sooner:
	// Grant.Kept.
	KeepUntil time.Time
	// Rest holds members of the payload that a later release wrote and this
	// one does not know. They are written back as they were. Only the members
	// of the payload itself are kept so: a release adds none deeper down.
	Rest map[string]json.RawMessage
}

// payloadRelease is raised whenever any payload gains a member. A payload that
// carries a higher one is read with care for what this release does not know.
const payloadRelease = 1

// payloadHead is how a payload of this release begins.
const payloadHead = `{"v":1`

// MaxPayload is the most bytes that a payload may take.
const MaxPayload = 256 << 10

// marshalPayload writes terms as a JSON object together with what an earlier
// read could not understand.
func marshalPayload(terms any, rest map[string]json.RawMessage) ([]byte, error) {
	b, err := json.Marshal(terms)
	if err != nil {
		return nil, fmt.Errorf("core: payload: %w", err)
	}
	release := uint64(payloadRelease)
	if len(rest) > 0 {
		if b, err = withRest(b, rest); err != nil {
			return nil, err
		}
		release = payloadRelease + 1 // a later one, or there would be no rest
		if later, err := releaseIn(rest); err == nil {
			release = max(release, later)
		}
	}
	out := make([]byte, 0, len(b)+12)
	out = append(out, `{"v":`...)
	out = strconv.AppendUint(out, release, 10)
	if len(b) > 2 {
		out = append(out, ',')
	}
	out = append(out, b[1:]...)
	if len(out) > MaxPayload {
		return nil, tooLong(out)
	}
	return out, nil
}

// withRest merges rest into the object b; what this release wrote wins.
func withRest(b []byte, rest map[string]json.RawMessage) ([]byte, error) {
	all := maps.Clone(rest)
	delete(all, "v")
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("core: payload: %w", err)
	}
	return json.Marshal(all)
}

// releaseIn reads the release that wrote a payload; 0 where it does not say.
func releaseIn(all map[string]json.RawMessage) (release uint64, err error) {
	if v, ok := all["v"]; ok {
		err = json.Unmarshal(v, &release)
	}
	return release, err
}

// isCurrent says quickly, and at times wrongly no, that a payload was written
// by this release: it then holds nothing this release does not know.
func isCurrent(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte(payloadHead))
	return ok && len(rest) > 0 && (rest[0] == ',' || rest[0] == '}')
}

// unmarshalPayload reads what marshalPayload wrote, by this release or another.
// Only what a later release wrote leaves something over: that release's number,
// and the members that this one does not know.
func unmarshalPayload(b []byte, terms any) (map[string]json.RawMessage, error) {
	if err := json.Unmarshal(b, terms); err != nil {
		return nil, fmt.Errorf("core: payload: %w", err)
	}
	if isCurrent(b) {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("core: payload: %w", err)
	}
	release, err := releaseIn(all)
	if err != nil {
		return nil, fmt.Errorf("core: payload: release: %w", err)
	}
	if release <= payloadRelease {
		return nil, nil // written in another order, or by an earlier release
	}
	known := append(memberNames(reflect.TypeOf(terms).Elem()), "V")
	maps.DeleteFunc(all, func(member string, _ json.RawMessage) bool {
		// encoding/json reads members whatever their case.
		return member != "v" && slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(name, member) })
	})
	return all, nil
}

// memberNames lists the JSON names of a struct's own and embedded fields.
func memberNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			names = append(names, memberNames(f.Type)...)
			continue
		}
		names = append(names, name)
	}
	return names
}
