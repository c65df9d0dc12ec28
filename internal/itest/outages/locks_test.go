package outages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// person is an account with a name, to be changed as one.
func person(t *testing.T, s core.Store, name string) core.AccountChange {
	t.Helper()
	change := core.AccountChange{
		Account:        core.Account{ID: id(), Row: row()},
		PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: name}},
	}
	must(t, s.CreateAccount(t.Context(), change))
	change.Account.Version, change.Account.Change = 1, id()
	return change
}

func isAccounts(sql string) bool    { return strings.HasPrefix(sql, "UPDATE accounts") }
func isIdentifiers(sql string) bool { return strings.HasPrefix(sql, "UPDATE identifiers") }

// FLT12: a second connection holds in the other order what a change of an
// account locks. Whoever the server sacrifices, the change is done, once.
func TestThreat_FLT12_Deadlock(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		s := r.open(t, 4, 20*time.Second).Tenant(tenant)
		change := person(t, s, "ada@example.com")
		other := begin(t, r.admin(t))
		r.heavy(t, other)     // MySQL sacrifices who has changed less
		r.looksLate(t, other) // Postgres sacrifices who looks for a deadlock first
		do(t, other, "UPDATE identifiers SET kind = kind")
		crossed, watch := make(chan error, 1), r.admin(t)
		r.proxy.Arm(faultproxy.Fault{At: 1, Match: isIdentifiers, Call: func() {
			go func() { // the account is locked by the change, which goes for the name now
				r.waits(t, watch)
				_, err := other.Exec("UPDATE accounts SET disabled = 0")
				crossed <- errors.Join(err, other.Rollback())
			}()
		}})
		if err := s.UpdateAccount(t.Context(), change, event(change.Account.ID)); err != nil {
			t.Errorf("the change: %v", err)
		}
		err := <-crossed
		if err != nil && !strings.Contains(strings.ToLower(err.Error()), "deadlock") {
			t.Errorf("the other: %v", err)
		}
		// Both may be, one after the other: where the change is back at the account before
		// the other has woken up, they cross once more.
		if tried := r.proxy.Requests(); tried < 2 {
			t.Errorf("the change was not sacrificed, which shows nothing: tried %d times, the other: %v", tried, err)
		}
		wantVersion(t, s, change.Account.ID, 2)
	})
}

// waits waits until a session of the database waits for a lock.
func (r *rig) waits(t *testing.T, watch *sql.DB) {
	const waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	until(t, func() string {
		n, err := 0, error(nil)
		if r.server == faultproxy.MySQL {
			var all []dbserver.Session
			all, err = dbserver.MySQLSessions(context.Background(), watch)
			n = len(slices.DeleteFunc(all, func(s dbserver.Session) bool { return !isIdentifiers(s.Running) }))
		} else {
			err = watch.QueryRow(waiting).Scan(&n)
		}
		if err != nil || n == 0 {
			return fmt.Sprint("nobody waits for a lock: ", err)
		}
		return ""
	})
}

// heavy changes many rows.
func (r *rig) heavy(t *testing.T, tx *sql.Tx) {
	t.Helper()
	for n := range 50 {
		name := r.bytes(core.ID{byte(n)})
		do(t, tx, "INSERT INTO leases (name, holder, until) VALUES ("+name+", "+name+", 0)")
	}
}

// looksLate has a transaction look for a deadlock later than any other, where the role
// of the test may say so.
func (r *rig) looksLate(t *testing.T, tx *sql.Tx) {
	t.Helper()
	if r.server == faultproxy.Postgres {
		do(t, tx, "SELECT set_config('deadlock_timeout', '1min', true) FROM pg_roles WHERE rolname = current_user AND rolsuper")
	}
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
	must(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

func do(t *testing.T, tx *sql.Tx, statement string) {
	t.Helper()
	_, err := tx.ExecContext(t.Context(), statement)
	must(t, fmtError(statement, err))
}

func wantVersion(t *testing.T, s core.Store, account core.ID, version uint64) {
	t.Helper()
	if a, err := s.Account(t.Context(), account); err != nil || a.Version != version {
		t.Errorf("version %d, want %d: %v", a.Version, version, err)
	}
	events, err := s.Events(t.Context(), core.EventFilter{}, core.PageOf{Limit: 10})
	if err != nil || uint64(len(events)) != version-1 {
		t.Errorf("%d events for version %d: %v", len(events), version, err)
	}
}

// patient is a database that waits for a lock for as long as the server is told
// to, and counts what it tries.
func (r *rig) patient(t *testing.T, tried func(text string)) core.Store {
	t.Helper()
	hear := func(_ context.Context, text string) { tried(text) }
	var db core.Database
	var err error
	if r.server == faultproxy.MySQL { // 3 seconds are the adapter's own
		db, err = mysql.Open(t.Context(), r.dsn, mysql.Connections(4), mysql.Timeout(20*time.Second), mysql.OnStatement(hear))
	} else {
		db, err = postgres.Open(t.Context(), with(r.dsn, "lock_timeout=1000"), postgres.Connections(4), postgres.Timeout(20*time.Second), postgres.OnStatement(hear))
	}
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, migrate(t, db))
	return db.Tenant(tenant)
}

// FLT12: a lock that is not to be had in time is waited for again.
func TestThreat_FLT12_LockWaitTimeout(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		var tried atomic.Int32
		again := make(chan struct{})
		s := r.patient(t, func(text string) {
			if isAccounts(text) && tried.Add(1) == 2 {
				close(again)
			}
		})
		change := person(t, s, "ada@example.com")
		other := begin(t, r.admin(t))
		do(t, other, "UPDATE accounts SET disabled = 0")
		done := make(chan error, 1)
		go func() { done <- s.UpdateAccount(t.Context(), change, event(change.Account.ID)) }()
		<-again
		must(t, other.Rollback())
		if err := <-done; err != nil {
			t.Error(err)
		}
		wantVersion(t, s, change.Account.ID, 2)
	})
}

// FLT12, FLT19: a lock that somebody keeps ends the wait in time; the connection
// is of use again, or replaced, also where it is the only one.
func TestThreat_FLT12_FLT19_LockKept(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		s := r.open(t, 1, 500*time.Millisecond).Tenant(tenant)
		sure := r.direct(t).Tenant(tenant)
		change, free := person(t, sure, "ada@example.com"), person(t, sure, "grace@example.com")
		other := begin(t, r.admin(t))
		do(t, other, "UPDATE accounts SET disabled = 0 WHERE tenant = "+r.bytes(tenant)+" AND id = "+r.bytes(change.Account.ID))
		for range 2 {
			begun := time.Now()
			err := s.UpdateAccount(t.Context(), change, event(change.Account.ID))
			if took := time.Since(begun); !errors.Is(err, core.ErrUnavailable) || took > 5*time.Second {
				t.Errorf("after %s: %v", took, err)
			}
		}
		until(t, func() string {
			_, err := s.Account(t.Context(), change.Account.ID)
			return wrong("a read of what is locked", err)
		})
		until(t, func() string { return wrong("a change of something else", s.UpdateAccount(t.Context(), free)) })
		must(t, other.Rollback())
		until(t, func() string { // the server may still be undoing
			a, err := s.Account(t.Context(), change.Account.ID)
			if err == nil && a.Version == 1 {
				err = s.UpdateAccount(t.Context(), change, event(change.Account.ID))
			}
			return wrong("the change at last", err)
		})
		wantVersion(t, sure, change.Account.ID, 2)
	})
}

// wrong is an error in words, for until.
func wrong(what string, err error) string {
	if err == nil {
		return ""
	}
	return what + ": " + err.Error()
}

// bytes is an id as the server writes it.
func (r *rig) bytes(of core.ID) string {
	if r.server == faultproxy.MySQL {
		return fmt.Sprintf("X'%x'", of[:])
	}
	return fmt.Sprintf("decode('%x', 'hex')", of[:])
}

// FLT13: who loses a conditional write and reads again sees what won, in the
// transaction mode that the server is set to by default, too.
func TestThreat_FLT13_TheLoserSeesTheWinner(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		one, two := r.open(t, 2, 20*time.Second).Tenant(tenant), r.open(t, 2, 20*time.Second).Tenant(tenant)
		g := grant()
		must(t, one.CreateGrant(t.Context(), g))
		for version := uint64(1); version < 20; version++ {
			next := g
			next.Version, next.Generation = version, version+1
			results := make([]error, 2)
			var racing sync.WaitGroup
			for n, s := range []core.Store{one, two} {
				mine := next
				mine.Change = id()
				racing.Go(func() {
					results[n] = s.UpdateGrant(t.Context(), mine, event(mine.ID))
					if seen, _, err := s.Grant(t.Context(), g.ID); err != nil || seen.Version != version+1 {
						t.Errorf("after %v it sees version %d, want %d: %v", results[n], seen.Version, version+1, err)
					}
				})
			}
			racing.Wait()
			if won := (results[0] == nil) != (results[1] == nil); !won || !errors.Is(errors.Join(results...), core.ErrConflict) {
				t.Fatalf("version %d: %v", version, results)
			}
		}
	})
}
