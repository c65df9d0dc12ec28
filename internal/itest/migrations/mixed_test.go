package migrations

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// release is what one does with a grant while its schema changes.
type release interface {
	create(ctx context.Context, g core.Grant) error
	// rotate replaces the grant under its version.
	rotate(ctx context.Context, g core.Grant) error
	// version reads the grant and all it depends on.
	version(ctx context.Context, id core.ID) (uint64, error)
}

// current is this release.
type current struct{ core.Store }

func (r current) create(ctx context.Context, g core.Grant) error {
	return r.CreateGrant(ctx, g, core.Event{ID: g.ID, At: noon, Thing: g.ID, Version: 1})
}

func (r current) rotate(ctx context.Context, g core.Grant) error { return r.UpdateGrant(ctx, g) }

func (r current) version(ctx context.Context, id core.ID) (uint64, error) {
	g, _, err := r.Grant(ctx, id)
	return g.Version, err
}

// load lets callers create and rotate grants until it is stopped.
type load struct {
	done atomic.Int64 // grants
	stop context.CancelFunc
	wait sync.WaitGroup
}

const (
	callers   = 4
	rotations = 3
)

func begin(t *testing.T, r release) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{stop: stop}
	for range callers {
		l.wait.Go(func() {
			for ctx.Err() == nil {
				if err := rotateOne(t.Context(), r, newGrant()); err != nil {
					t.Error(err)
					return
				}
				l.done.Add(1)
			}
		})
	}
	return l
}

func newGrant() core.Grant {
	g := written().Grants[0]
	g.ID = core.NewID(time.Now())
	return g
}

// rotateOne lives through a grant's life, and misses nothing of it.
func rotateOne(ctx context.Context, r release, g core.Grant) error {
	if err := r.create(ctx, g); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	for n := range rotations {
		g.Version = uint64(1 + n)
		if err := r.rotate(ctx, g); err != nil {
			return fmt.Errorf("rotate: %w", err)
		}
		if version, err := r.version(ctx, g.ID); err != nil || version != g.Version+1 {
			return fmt.Errorf("version %d after %d: %w", version, g.Version, err)
		}
	}
	return nil
}

// until waits for more grants.
func (l *load) until(t *testing.T, more int64) {
	t.Helper()
	late, was := time.After(patience), l.done.Load()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for l.done.Load() < was+more {
		select {
		case <-late:
			t.Fatalf("%d grants and no more", l.done.Load()-was)
		case <-tick.C:
			if t.Failed() {
				return
			}
		}
	}
}

// end stops the callers and says how many grants there must be.
func (l *load) end() int64 {
	l.stop()
	l.wait.Wait()
	return l.done.Load()
}

// A release that knows fewer steps serves while the next one takes them.
func TestThreat_MIG01_ServesWhileTheNextMigrates(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for step := 1; step < len(pendingOfEmpty(t)); step++ {
			t.Run(fmt.Sprintf("from step %d", step), func(t *testing.T) {
				dsn, _ := e.at(t, step)
				l := begin(t, newFirst(t, e, e.raw(t, dsn)))
				l.until(t, 10)
				e.migrated(t, dsn)
				l.until(t, 10)
				e.count(t, dsn, "SELECT COUNT(*) FROM grants WHERE version = 4", l.end())
				e.count(t, dsn, "SELECT COUNT(*) FROM grants g JOIN events e ON e.tenant = g.tenant AND e.thing = g.id", l.done.Load())
			})
		}
	})
}

func (e engine) count(t *testing.T, dsn, query string, want int64) {
	t.Helper()
	var got int64
	if err := e.raw(t, dsn).QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
		t.Errorf("%s gives %d, want %d: %v", query, got, want, err)
	}
}

// What one release began the other goes on with, on the schema of the later one.
func TestThreat_MIG01_ReleasesTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.fresh(t)
		now := current{e.migrated(t, dsn).Tenant(tenant)}
		before := newFirst(t, e, e.raw(t, dsn))
		for n, turns := range [][]release{{before, now, before}, {now, before, now}} {
			g := newGrant()
			if err := turns[1].create(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			for _, r := range turns {
				version, err := r.version(t.Context(), g.ID)
				if g.Version = version; err == nil {
					err = r.rotate(t.Context(), g)
				}
				if err != nil {
					t.Errorf("order %d: %v", n, err)
				}
			}
			if version, err := now.version(t.Context(), g.ID); err != nil || version != 4 {
				t.Errorf("order %d: version %d, %v", n, version, err)
			}
		}
	})
}

// reader is a back-up or a report that has read a table in a transaction and
// stays; and how one sees that a step waits for it.
var reader = map[string]struct{ begin, waiting string }{
	"postgres": {
		begin:   "BEGIN",
		waiting: "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted" + here,
	},
	"mysql": {
		begin:   "START TRANSACTION",
		waiting: "Waiting for table metadata lock",
	},
}

// A step that has to wait for a table, because somebody reads it for long, gives
// way to those who serve; and it is taken once the table is free.
func TestThreat_MIG03_GivesWayToALongReader(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		if e.name == "sqlite" {
			return // its readers and its writer do not wait for each other
		}
		dsn, _ := e.at(t, 1)
		long, err := e.raw(t, dsn).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = long.Raw(func(any) error { return driver.ErrBadConn }) }) // which closes it, whatever comes
		for _, text := range []string{reader[e.name].begin, "SELECT COUNT(*) FROM grants"} {
			if _, err := long.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan error, 1)
		next := e.opened(t, dsn, 1)
		go func() { done <- next.Migrate(t.Context()) }()
		e.await(t, e.raw(t, dsn), reader[e.name].waiting)
		l := begin(t, newFirst(t, e, e.raw(t, dsn)))
		l.until(t, 10) // served, again and again, before the reader has ended
		select {
		case err := <-done:
			t.Errorf("did not wait: %v", err)
		default:
		}
		if _, err := long.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := errors.Join(<-done, next.Ready(t.Context())); err != nil {
			t.Error(err)
		}
		l.end()
	})
}

// A release that runs stays ready when a later one has taken steps that it does
// not know, and does not migrate (MIG06).
func TestThreat_MIG06_LaterSchema(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.fresh(t)
		e.migrated(t, dsn)
		e.exec(t, e.raw(t, dsn), "ALTER TABLE grants ADD COLUMN later INTEGER", "CREATE INDEX grants_later ON grants (tenant, later)",
			"CREATE TABLE of_later (id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO schema_steps (number) VALUES (99)")
		db := e.opened(t, dsn, 1)
		if err := errors.Join(db.Ready(t.Context()), rotateOne(t.Context(), current{db.Tenant(tenant)}, newGrant())); err != nil {
			t.Error(err)
		}
		before := e.whole(t, dsn)
		err := db.Migrate(t.Context())
		if err == nil || errors.Is(err, core.ErrUnavailable) {
			t.Errorf("Migrate: %v, want a refusal that no waiting mends", err)
		}
		wantError(t, err, "step 99", "run a later release")
		if len(before) != len(e.whole(t, dsn)) {
			t.Error("it changed the schema")
		}
		if pending, err := db.Pending(t.Context()); err != nil || len(pending) > 0 {
			t.Errorf("Pending: %v, %v", pending, err)
		}
	})
}
