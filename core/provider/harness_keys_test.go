package provider

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/keys"
)

// KeyRows is the store of a replica that may be kept from the key rows, while it
// reaches all others. It is exported for the tests outside this package.
type KeyRows struct {
	core.Store
	Cut   atomic.Bool
	Reads atomic.Int32
}

// Keys counts, and fails while it is cut.
func (k *KeyRows) Keys(ctx context.Context) ([]core.Key, error) {
	k.Reads.Add(1)
	if k.Cut.Load() {
		return nil, core.Unavailable(errors.New("no connection"))
	}
	return k.Store.Keys(ctx)
}

// Rotated gives two replicas over one store: one that goes on with the keys that
// were there, and one that has others, after a rotation that left no time to tell.
func Rotated(t testing.TB, c Config, now func() time.Time) (behind, ahead *Provider, rows *KeyRows) {
	t.Helper()
	rows = &KeyRows{Store: c.Store}
	open := func(store core.KeyStore) *Provider {
		t.Helper()
		with := c
		var err error
		if with.Keys, err = keys.Open(t.Context(), keys.Options{
			Store: store, Tenant: c.Tenant, Secrets: c.Keys.Secrets, Algorithms: c.Keys.Algorithms,
			Lifetimes: c.Lifetimes, Now: now, Logger: slog.New(slog.DiscardHandler),
		}); err != nil {
			t.Fatal(err)
		}
		p, err := New(with)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	behind = open(rows)
	all, err := c.Store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all {
		row.Revoked, row.Change = true, core.NewID(now())
		if err := c.Store.UpdateKey(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	rows.Reads.Store(0)
	return behind, open(c.Store), rows
}

// replicas are two rigs over one store, as Rotated makes them.
func (r *rig) replicas() (behind, ahead *rig, rows *KeyRows) {
	r.t.Helper()
	one, other, rows := Rotated(r.t, r.Config, r.clock)
	on := func(p *Provider) *rig {
		return &rig{Provider: p, t: r.t, store: r.store, account: r.account, session: r.session, time: r.clock()}
	}
	return on(one), on(other), rows
}

// unavailable fails the test unless the answer asks to come again.
func (r *rig) unavailable(what string, a answer) {
	r.t.Helper()
	if a.status != http.StatusServiceUnavailable || a.text("error") != string(core.TemporarilyUnavailable) || a.header.Get("Retry-After") == "" {
		r.t.Errorf("%s: %d %s", what, a.status, strings.TrimSpace(a.body))
	}
}
