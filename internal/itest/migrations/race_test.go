package migrations

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
)

const starters = 8

// Replicas that start at once all succeed, and each statement was run once.
func TestThreat_MIG04_HandlesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn, c := e.fresh(t), &cutter{} // which only listens
		var wait sync.WaitGroup
		for range starters {
			wait.Go(func() {
				db, err := e.cut(t.Context(), dsn, c) // with a pool of one connection
				if err == nil {
					err = errors.Join(db.Migrate(t.Context()), db.Ready(t.Context()), db.Close())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, text := range []string{"CREATE TABLE grants (", "ADD COLUMN waiting_code", "VALUES (3)"} {
			if n := c.count(text); n != 1 {
				t.Errorf("%q was run %d times", text, n)
			}
		}
	})
}

// One handle may be asked from several goroutines, with a single connection too.
func TestThreat_MIG04_OneHandleAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.opened(t, e.fresh(t), 1)
		var wait sync.WaitGroup
		for range starters {
			wait.Go(func() {
				if err := db.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	})
}

func TestThreat_MIG04_ProcessesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn, undisturbed := e.fresh(t), e.fresh(t)
		e.migrated(t, undisturbed)
		processes := make([]*exec.Cmd, starters)
		for n := range processes {
			processes[n] = e.process(t, dsn, 0)
			if err := processes[n].Start(); err != nil {
				t.Fatal(err)
			}
		}
		for _, process := range processes {
			if err := process.Wait(); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(e.whole(t, undisturbed), e.whole(t, dsn)); diff != "" {
			t.Error(diff)
		}
	})
}

// here leaves out the databases of other tests.
const here = " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

// lock is how another process holds the lock of a step, and how one sees that
// somebody waits for it: by what counts them, on MySQL by the state of a session.
var lock = map[string]struct{ take, waiting string }{
	"sqlite": {take: "BEGIN IMMEDIATE"},
	"postgres": {
		take:    "SELECT pg_advisory_lock(7738725088633644904)",
		waiting: "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted" + here,
	},
	"mysql": {
		take:    "SELECT GET_LOCK(CONCAT('keywright ', LEFT(SHA2(DATABASE(), 256), 40)), 0)",
		waiting: "User lock",
	},
}

// Whoever waits for a step of somebody else waits as long as its caller wants,
// and goes on when that one dies.
func TestThreat_MIG04_WaitsForTheLock(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn, _ := e.at(t, 1)
		holder := e.hold(t, dsn)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begun := time.Now()
		err := e.opened(t, dsn, 1).Migrate(ctx)
		if !errors.Is(err, core.ErrUnavailable) || errors.Is(err, context.Canceled) {
			t.Errorf("while somebody holds the lock: %v", err)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("gave up after %s", took)
		}
		done, db := make(chan error, 1), e.opened(t, dsn, 1)
		go func() { done <- db.Migrate(t.Context()) }()
		e.awaitWaiter(t, dsn)
		select {
		case err := <-done:
			t.Fatalf("did not wait: %v", err)
		default:
		}
		holder() // dies
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// hold takes the lock on a connection of its own, which is closed by what it
// returns.
func (e engine) hold(t *testing.T, dsn string) (die func()) {
	t.Helper()
	conn, err := e.raw(t, dsn).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), lock[e.name].take); err != nil {
		t.Fatal(err)
	}
	die = func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) } // which closes it
	t.Cleanup(die)
	return die
}

// awaitWaiter returns once somebody waits for the lock. SQLite does not tell, and
// whoever comes late there finds the lock free.
func (e engine) awaitWaiter(t *testing.T, dsn string) {
	t.Helper()
	if lock[e.name].waiting == "" {
		return
	}
	e.await(t, e.raw(t, dsn), lock[e.name].waiting)
}

// await asks until the count is not zero.
func (e engine) await(t *testing.T, on *sql.DB, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := 0; n == 0; {
		var err error
		if e.name == "mysql" {
			var all []dbserver.Session
			all, err = dbserver.MySQLSessions(ctx, on)
			n = len(slices.DeleteFunc(all, func(s dbserver.Session) bool { return s.State != query }))
		} else {
			err = on.QueryRowContext(ctx, query).Scan(&n)
		}
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", query, err))
		}
	}
}
