package cimd_test

import (
	"context"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
)

// counted counts the calls that a lane makes; the rest of a store it must not
// need.
type counted struct {
	core.Store
	reads, writes int
}

func (c *counted) Client(ctx context.Context, id string) (core.Client, error) {
	c.reads++
	return c.Store.Client(ctx, id)
}

func (c *counted) UpdateClient(ctx context.Context, row core.Client, events ...core.Event) error {
	c.writes++
	return c.Store.UpdateClient(ctx, row, events...)
}

// A client whose document is in memory costs what a seeded one does: one read
// of its row; the row says a little more, of the document.
func TestACachedClientCostsNoMoreThanASeededOne(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	seeded := clientreg.Seeded(clientreg.Seed{
		ID: "app", Name: "App", AuthMethod: "none", RedirectURIs: []string{"https://app.example.com/callback"},
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, Scope: "openid email read",
	})
	store := &counted{Store: a.store}
	if err := seeded.Start(core.Tools{Now: func() time.Time { return noon }}); err != nil {
		t.Fatal(err)
	}
	if err := seeded.Apply(t.Context(), a.store); err != nil {
		t.Fatal(err)
	}
	first, err := a.Load(t.Context(), store, a.url("/c"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateClient(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	measure := func(l core.ClientLane, id string) (reads int, allocations float64) {
		const runs = 100
		store.reads = 0
		allocations = testing.AllocsPerRun(runs, func() {
			if _, err := l.Load(t.Context(), store, id); err != nil {
				t.Fatal(err)
			}
		})
		return store.reads / (runs + 1), allocations
	}
	seedReads, seedAllocations := measure(seeded, "app")
	reads, allocations := measure(a.Lane, a.url("/c"))
	t.Logf("seeded: %d reads, %.0f allocations; cached document: %d reads, %.0f allocations", seedReads, seedAllocations, reads, allocations)
	if reads > seedReads || store.writes > 0 || allocations > seedAllocations+5 || a.asked.Load() != 1 {
		t.Errorf("%d reads, %d writes, asked %d times", reads, store.writes, a.asked.Load())
	}
}
