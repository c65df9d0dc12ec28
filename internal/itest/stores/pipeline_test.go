package stores

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// newGrant is one as it is created.
func newGrant(at time.Time) core.Grant {
	return core.Grant{
		ID: core.NewID(at), Row: core.Row{Change: core.NewID(at)}, State: core.GrantCode, Client: "app",
	}
}

func newTenant(t *testing.T, db core.Database) core.Store {
	t.Helper()
	now := core.Instant(time.Now())
	tenant := core.Tenant{ID: core.NewID(now), Name: "t", Row: core.Row{Change: core.NewID(now)}}
	must(t, db.CreateTenant(t.Context(), tenant))
	return db.Tenant(tenant.ID)
}

// TestPostgresBatchesHarmNobody: statements of many callers share a transaction.
// One that fails must not be felt by the others, and of two that are the same
// exactly one wins.
func TestPostgresBatchesHarmNobody(t *testing.T) {
	db, err := postgres.Open(t.Context(), databases.Postgres(t), postgres.Connections(4))
	migrate(t, db, err)
	s, now := newTenant(t, db), core.Instant(time.Now())
	for round := range 20 {
		const each = 24
		twice, once := newGrant(now), make([]core.Grant, each)
		var won atomic.Int32
		var wait sync.WaitGroup
		for n := range each {
			once[n] = newGrant(now)
			wait.Go(func() {
				if err := s.CreateGrant(t.Context(), once[n]); err != nil {
					t.Errorf("round %d: a grant of its own: %v", round, err)
				}
			})
			wait.Go(func() {
				switch err := s.CreateGrant(t.Context(), twice); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, core.ErrConflict):
					t.Errorf("round %d: the same grant: %v", round, err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d callers created one grant", round, won.Load())
		}
		for _, g := range once {
			if _, _, err := s.Grant(t.Context(), g.ID); err != nil {
				t.Fatalf("round %d: answered and not there: %v", round, err)
			}
		}
	}
}

// TestReadersWhoMeetGetTheirOwnRows: many callers read at once, rows that are
// there, rows that are not, and those of a neighbour.
func TestReadersWhoMeetGetTheirOwnRows(t *testing.T) {
	db, err := postgres.Open(t.Context(), databases.Postgres(t), postgres.Connections(4))
	migrate(t, db, err)
	now := core.Instant(time.Now())
	own, neighbour := newTenant(t, db), db.Tenant(core.NewID(now))
	const rows = 40
	ids := make([]core.ID, rows)
	for n := range ids {
		g := newGrant(now)
		g.Reason = fmt.Sprint(n)
		must(t, own.CreateGrant(t.Context(), g))
		ids[n] = g.ID
	}
	var wait sync.WaitGroup
	for n := range 1000 {
		wait.Go(func() {
			store, id, want := own, ids[n%rows], fmt.Sprint(n%rows)
			switch n % 5 {
			case 3:
				store, want = neighbour, ""
			case 4:
				id, want = core.NewID(now), ""
			}
			g, _, err := store.Grant(t.Context(), id)
			if errors.Is(err, core.ErrNotFound) != (want == "") || g.Reason != want {
				t.Errorf("reader %d: row %q, %v; want %q", n, g.Reason, err, want)
			}
		})
	}
	wait.Wait()
}

// TestPostgresBatchesDoNotDeadlock: replicas write the same rows, each a batch at
// a time, in one order.
func TestPostgresBatchesDoNotDeadlock(t *testing.T) {
	dsn := databases.Postgres(t)
	const replicas, callers, rows, each = 3, 16, 24, 40
	var stores []core.Store
	db, err := postgres.Open(t.Context(), dsn, postgres.Connections(8))
	migrate(t, db, err)
	tenant := core.Tenant{ID: core.NewID(time.Now()), Name: "t", Row: core.Row{Change: core.NewID(time.Now())}}
	must(t, db.CreateTenant(t.Context(), tenant))
	for range replicas {
		db, err := postgres.Open(t.Context(), dsn, postgres.Connections(8))
		migrate(t, db, err)
		stores = append(stores, db.Tenant(tenant.ID))
	}
	ids := make([]core.ID, rows)
	for n := range ids {
		g := newGrant(core.Instant(time.Now()))
		must(t, stores[0].CreateGrant(t.Context(), g))
		ids[n] = g.ID
	}
	var won atomic.Int64
	var wait sync.WaitGroup
	for n := range replicas * callers {
		s := stores[n%replicas]
		wait.Go(func() {
			for range each {
				if raise(t, s, ids[rand.IntN(rows)]) {
					won.Add(1)
				}
			}
		})
	}
	wait.Wait()
	versions := int64(-rows)
	for _, id := range ids {
		g, _, err := stores[0].Grant(t.Context(), id)
		must(t, err)
		versions += int64(g.Version)
	}
	if versions != won.Load() {
		t.Errorf("%d updates were answered, %d took place", won.Load(), versions)
	}
	var deadlocks int
	const count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
	if err := connect(t, "pgx", dsn).QueryRow(count).Scan(&deadlocks); err != nil || deadlocks > 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
}

// raise updates a row once; false if somebody else did first.
func raise(t *testing.T, s core.Store, id core.ID) bool {
	g, _, err := s.Grant(t.Context(), id)
	if err == nil {
		g.Reason, g.Change = fmt.Sprint(g.Version), core.NewID(core.Instant(time.Now()))
		err = s.UpdateGrant(t.Context(), g)
	}
	if err != nil && !errors.Is(err, core.ErrConflict) {
		t.Errorf("an update: %v", err)
	}
	return err == nil
}
