//go:build unix

package scale

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// partition is a part of the events by the name that a database gives it.
func (a administered) partition(postgres, mysql string) string {
	if a.kind == "postgres" {
		return postgres
	}
	return "events PARTITION (" + mysql + ")"
}

// The event log is partitioned by month while a provider serves, a month is
// added and one is dropped.
func TestEventsByMonth(t *testing.T) {
	onServers(t, func(t *testing.T, db administered) {
		p := providertest.New(t, providertest.WithDatabase(db.Database),
			providertest.WithStart(time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)))
		app := p.Client(clientreg.Seed{ID: "app"})
		ada := p.Person("ada@example.com", "seven slow trains to Turin")
		tokens := ada.SignIn(app)
		keys, before := db.keys(t, "events"), db.events(t, "events")

		appended := beside(t, p)
		db.file(t, "events")
		db.file(t, "events_month")
		during := appended()
		if after := db.keys(t, "events"); !slices.Equal(after, keys) {
			t.Errorf("the keys were\n%s\nand are\n%s", strings.Join(keys, "\n"), strings.Join(after, "\n"))
		}

		p.Advance(14 * 24 * time.Hour)
		ada.SignIn(app)
		first, january := db.partition("events_before", "before_2027_01"), db.partition("events_2027_01", "m2027_01")
		if n := db.events(t, first); n != before+during {
			t.Errorf("%d events of December, want %d and %d", n, before, during)
		}
		inJanuary := db.events(t, january)
		if inJanuary == 0 || db.events(t, "events") != before+during+inJanuary {
			t.Errorf("%d events of January", inJanuary)
		}
		listed(t, p, db)

		db.file(t, "events_drop")
		listed(t, p, db)
		if n := db.events(t, "events"); n != inJanuary {
			t.Errorf("%d events are left of January's %d", n, inJanuary)
		}
		if again := app.Refresh(tokens.Refresh); again.Status != 200 {
			t.Errorf("a grant of December: %d %s", again.Status, again.Body)
		}
		if _, _, err := db.Purge(t.Context(), p.Now().AddDate(2, 0, 0), 1000); err != nil {
			t.Fatal(err)
		}
		if n := db.events(t, "events"); n != 0 {
			t.Errorf("a purge after two years leaves %d events", n)
		}
	})
}

// beside appends events until it is told to stop, and says how many there were.
func beside(t *testing.T, p *providertest.Provider) (stop func() int) {
	ctx, cancel := context.WithCancel(t.Context())
	n, done := 0, make(chan struct{})
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; n++ {
			e := core.Event{ID: core.NewID(p.Now()), At: p.Now(), Name: core.EventSignedIn, KeepUntil: p.Now().AddDate(1, 0, 0)}
			if err := p.Store().Append(context.WithoutCancel(ctx), e); err != nil {
				t.Errorf("the event log could not be written: %v", err)
			}
		}
	}()
	return func() int {
		cancel()
		<-done
		return n
	}
}

// listed wants every event in the order of ids.
func listed(t *testing.T, p *providertest.Provider, db administered) {
	t.Helper()
	var after core.ID
	n := 0
	for {
		page, err := p.Store().Events(t.Context(), core.EventFilter{}, core.PageOf{After: after, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			if slices.Compare(e.ID[:], after[:]) <= 0 {
				t.Fatalf("%s is listed after %s", e.ID, after)
			}
			after = e.ID
			if e.Name != core.EventKeyCreated {
				n++
			}
		}
		if len(page) == 0 {
			break
		}
	}
	if all := db.events(t, "events"); n != all {
		t.Errorf("%d of %d events are listed", n, all)
	}
}

// Grants are split by tenant, rows and all, and hold the contract.
func TestGrantsByTenant(t *testing.T) {
	onServers(t, func(t *testing.T, db administered) {
		p := providertest.New(t, providertest.WithDatabase(db.Database))
		app := p.Client(clientreg.Seed{ID: "app"})
		tokens := p.Person("ada@example.com", "seven slow trains to Turin").SignIn(app)
		keys := db.keys(t, "grants")
		db.file(t, "grants")
		if after := db.keys(t, "grants"); !slices.Equal(after, keys) {
			t.Errorf("the keys were\n%s\nand are\n%s", strings.Join(keys, "\n"), strings.Join(after, "\n"))
		}
		if again := app.Refresh(tokens.Refresh); again.Status != 200 {
			t.Errorf("a refresh is answered by %d %s", again.Status, again.Body)
		}
	})
}

// Both kinds of partitions hold the whole contract.
func TestPartitionsConform(t *testing.T) {
	onServers(t, func(t *testing.T, db administered) {
		for _, name := range []string{"events", "events_month", "grants"} {
			db.file(t, name)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		conformance.Test(t, func(*testing.T) core.Database { return db.Database })
	})
}

// A process looks at the schema once, when it starts: what docs/scale.md makes
// of it has to be what it looks for.
func TestMIG07_AProcessStartsOnPartitions(t *testing.T) {
	onServers(t, func(t *testing.T, db administered) {
		for _, name := range []string{"events", "events_month", "grants"} {
			db.file(t, name)
		}
		again := db.restarted(t)
		if err := again.Ready(t.Context()); err != nil {
			t.Errorf("it is not ready: %v", err)
		}
		if err := db.restarted(t).Migrate(t.Context()); err != nil {
			t.Errorf("it does not start: %v", err)
		}
	})
}
