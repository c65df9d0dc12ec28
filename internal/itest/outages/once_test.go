package outages

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// write is one that a lost answer must not have done twice.
type write struct {
	name string
	// run does it to what prepare made.
	prepare, run func(ctx context.Context, s core.Store) error
	// stands counts how often it was done.
	stands func(ctx context.Context, s core.Store) (int, error)
}

// writes are one of each kind: a row, a row with its events, a change of one, an
// account with its parts, counters, marks, the end of many.
func writes() []write {
	return slices.Concat(grantWrites(), countWrites())
}

func nothing(context.Context, core.Store) error { return nil }

func grantWrites() []write {
	g, changed, ended := grant(), grant(), grant()
	version := func(of core.ID) func(context.Context, core.Store) (int, error) {
		return func(ctx context.Context, s core.Store) (int, error) {
			found, _, err := s.Grant(ctx, of)
			if errors.Is(err, core.ErrNotFound) {
				return 0, nil
			}
			return int(found.Version), err
		}
	}
	before := func(n int, err error) (int, error) { return n - 1, err } // of a row that was there
	logged := grant()
	return []write{
		{"a row", nothing, func(ctx context.Context, s core.Store) error { return s.CreateGrant(ctx, g) }, version(g.ID)},
		{
			"a row and its events", nothing,
			func(ctx context.Context, s core.Store) error { return s.CreateGrant(ctx, logged, event(logged.ID)) },
			func(ctx context.Context, s core.Store) (int, error) {
				rows, err := version(logged.ID)(ctx, s)
				events, more := s.Events(ctx, core.EventFilter{Name: core.EventGrantCreated}, core.PageOf{Limit: 100})
				own := slices.DeleteFunc(events, func(e core.Event) bool { return e.Thing != logged.ID })
				if len(own) != rows {
					return 0, errors.New("row and event do not agree")
				}
				return rows, errors.Join(err, more)
			},
		},
		{
			"a change", func(ctx context.Context, s core.Store) error { return s.CreateGrant(ctx, changed) },
			func(ctx context.Context, s core.Store) error {
				next := changed
				next.Version, next.Change, next.Generation = 1, id(), 2
				return s.UpdateGrant(ctx, next)
			},
			func(ctx context.Context, s core.Store) (int, error) { return before(version(changed.ID)(ctx, s)) },
		},
		{
			"the end of many", func(ctx context.Context, s core.Store) error { return s.CreateGrant(ctx, ended) },
			func(ctx context.Context, s core.Store) error {
				_, _, err := s.EndGrants(ctx, core.GrantFilter{Session: ended.Session}, "test", id(), 10)
				return err
			},
			func(ctx context.Context, s core.Store) (int, error) { return before(version(ended.ID)(ctx, s)) },
		},
	}
}

func countWrites() []write {
	taken, forgiven, marked := core.Hash{1}, core.Hash{2}, core.Hash{3}
	limit := func(key core.Hash) []core.Limit { return []core.Limit{{Key: key, Max: 100, Window: time.Hour}} }
	take := func(key core.Hash) func(context.Context, core.Store) error {
		return func(ctx context.Context, s core.Store) error { _, err := s.Take(ctx, start, limit(key)); return err }
	}
	count := func(ctx context.Context, s core.Store, key core.Hash) (int, error) {
		got, err := s.Take(ctx, start, limit(key)) // which counts itself
		if err != nil {
			return 0, err
		}
		return got[0].Count - 1, nil
	}
	return []write{
		{"an attempt", nothing, take(taken), func(ctx context.Context, s core.Store) (int, error) { return count(ctx, s, taken) }},
		{
			"a success", func(ctx context.Context, s core.Store) error {
				return errors.Join(take(forgiven)(ctx, s), take(forgiven)(ctx, s), take(forgiven)(ctx, s))
			},
			func(ctx context.Context, s core.Store) error { return s.Forgive(ctx, start, []core.Hash{forgiven}) },
			func(ctx context.Context, s core.Store) (int, error) {
				n, err := count(ctx, s, forgiven)
				return 3 - n, err
			},
		},
		{
			"a mark", nothing, func(ctx context.Context, s core.Store) error {
				return s.Mark(ctx, "jti", marked, start.Add(time.Hour), core.ID{})
			},
			func(ctx context.Context, s core.Store) (int, error) {
				is, _, err := s.Marked(ctx, "jti", marked, "app")
				if is {
					return 1, err
				}
				return 0, err
			},
		},
		accountWrite(),
	}
}

// accountWrite creates an account with a name and a password.
func accountWrite() write {
	a := core.Account{ID: id(), Row: row()}
	name := core.Identifier{Kind: core.IdentifierEmail, Value: "ada@example.com"}
	change := core.AccountChange{Account: a, PutIdentifiers: []core.Identifier{name}, PutCredentials: []core.Credential{{
		CredentialKey: core.CredentialKey{Kind: "password", Handle: "h"}, Account: a.ID, Row: row(),
	}}}
	return write{
		"an account", nothing, func(ctx context.Context, s core.Store) error { return s.CreateAccount(ctx, change, event(a.ID)) },
		func(ctx context.Context, s core.Store) (int, error) {
			found, err := s.AccountByIdentifier(ctx, name)
			if errors.Is(err, core.ErrNotFound) {
				return 0, nil
			}
			credentials, more := s.Credentials(ctx, a.ID)
			if len(credentials) != 1 {
				return 0, errors.New("half an account")
			}
			return int(found.Version), errors.Join(err, more)
		},
	}
}

// FLT03, FLT04, FLT06, FLT07: each request of each kind of write is lost, before
// the server saw it and after it did it. What is answered as done is done once;
// what is answered as unknown is done once or not at all; nothing is done twice
// by a driver that tries again, and nobody is told of a conflict with himself.
func TestThreat_FLT03_FLT04_FLT06_FLT07_NothingIsDoneTwice(t *testing.T) {
	t.Parallel()
	kinds := []faultproxy.Kind{faultproxy.CutBefore, faultproxy.CutAfter, faultproxy.ResetAfter, faultproxy.HalfAnswer, faultproxy.HalfRequest}
	servers(t, func(t *testing.T, r *rig) {
		store := r.open(t, 2, 10*time.Second)
		sure := r.direct(t)
		n := byte(0)
		for _, kind := range kinds {
			for at := 1; ; at++ {
				struck := false
				for _, w := range writes() {
					n++
					view := core.ID{1, byte(kind), byte(at), n}
					if once(t, r, w, store.Tenant(view), sure.Tenant(view), faultproxy.Fault{Kind: kind, At: at}) {
						struck = true
					}
				}
				if !struck || t.Failed() {
					break
				}
			}
		}
	})
}

// once does a write with a fault in force, and says whether the fault struck.
func once(t *testing.T, r *rig, w write, s, sure core.Store, f faultproxy.Fault) (struck bool) {
	t.Helper()
	must(t, w.prepare(t.Context(), sure))
	r.proxy.Arm(f)
	err := w.run(t.Context(), s)
	lost := strings.Join(r.proxy.Struck(), " ")
	r.proxy.Arm(faultproxy.Fault{})
	n, read := w.stands(t.Context(), sure)
	switch {
	case read != nil:
		t.Errorf("%s, %s of request %d (%s): %v", w.name, f.Kind, f.At, lost, read)
	case err == nil && n != 1, errors.Is(err, core.ErrUnavailable) && n != 0 && n != 1:
		t.Errorf("%s, %s of request %d (%s): done %d times, answered %v", w.name, f.Kind, f.At, lost, n, err)
	case err != nil && !errors.Is(err, core.ErrUnavailable):
		t.Errorf("%s, %s of request %d (%s): %v", w.name, f.Kind, f.At, lost, err)
	}
	return lost != ""
}

// plain hides everything of a store but the contract.
type plain struct{ core.Store }

// FLT28: what is one write stays one behind a decorator that knows only the
// contract: there is no transaction that it could lose.
func TestThreat_FLT28_OneWriteBehindADecorator(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		s := plain{r.open(t, 1, 20*time.Second).Tenant(tenant)}
		first, second := grant(), grant()
		taken := event(first.ID)
		must(t, s.CreateGrant(t.Context(), first, taken))
		if err := s.CreateGrant(t.Context(), second, event(second.ID), taken); !errors.Is(err, core.ErrConflict) {
			t.Errorf("with an event that is there already: %v", err)
		}
		if _, _, err := s.Grant(t.Context(), second.ID); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("the grant is there without its event: %v", err)
		}
		person(t, s, "ada@example.com")
		same := core.AccountChange{
			Account:        core.Account{ID: id(), Row: row()},
			PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: "ada@example.com"}},
		}
		if err := s.CreateAccount(t.Context(), same); !errors.Is(err, core.ErrConflict) {
			t.Errorf("with a name that is taken: %v", err)
		}
		if _, err := s.Account(t.Context(), same.Account.ID); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("the account is there without its name: %v", err)
		}
	})
}
