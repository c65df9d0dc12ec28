package conformance_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

func TestEveryCheckHasANameAndAReason(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range conformance.Store() {
		if seen[c.Name] || c.Name == "" || strings.ContainsAny(c.Name, " /") {
			t.Errorf("check %q: names are unique, and hold neither blanks nor slashes", c.Name)
		}
		if len(c.Why) < 20 {
			t.Errorf("check %q does not say why it matters", c.Name)
		}
		seen[c.Name] = true
	}
}

// unready never comes up.
type unready struct{ core.Database }

func (unready) Ready(context.Context) error { return errors.New("wrong schema") }

// panicking has tenants that are nowhere.
type panicking struct{ core.Database }

func (panicking) CreateTenant(context.Context, core.Tenant) error { panic("nowhere") }

// unwritten has no method yet but those that a run begins with.
type unwritten struct{ core.Database }

func (unwritten) Migrate(context.Context) error { return nil }
func (unwritten) Ready(context.Context) error   { return nil }
func (unwritten) Close() error                  { return nil }

// stuck does not come back, whatever its context says.
type stuck struct {
	core.Database
	cancel context.CancelFunc
	ends   chan struct{}
}

func (s stuck) CreateTenant(context.Context, core.Tenant) error {
	s.cancel()
	<-s.ends
	return nil
}

// Close would wait for what is under way.
func (s stuck) Close() error {
	<-s.ends
	return s.Database.Close()
}

func TestRunEndsWhereAStoreHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	db := stuck{memory.New(), cancel, make(chan struct{})}
	defer close(db.ends)
	r := conformance.Run(ctx, func() (core.Database, error) { return db, nil }, conformance.Store()...)
	if want := conformance.Store()[0].Name + " does not return"; r.Passed() || !strings.Contains(r.String(), want) {
		t.Fatalf("the report does not say %q:\n%s", want, r)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stop := conformance.Check{Name: "stop", Run: func(context.Context, core.Database) error { cancel(); return nil }}
	db := memory.New()
	r := conformance.Run(ctx, func() (core.Database, error) { return db, nil }, append([]conformance.Check{stop}, conformance.Store()...)...)
	if r.Passed() || len(r.Results) > 1 || !errors.Is(r.Err, context.Canceled) {
		t.Fatalf("after the context ended:\n%s", r)
	}
	if err := db.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Fatalf("the database is still open: %v", err)
	}
}

func TestReportSaysWhatFailedAndWhy(t *testing.T) {
	for name, one := range map[string]struct {
		open func() (core.Database, error)
		want string
	}{
		"cannot be opened": {func() (core.Database, error) { return nil, errors.New("no such file") }, "open: no such file"},
		"is not ready":     {func() (core.Database, error) { return unready{memory.New()}, nil }, "wrong schema"},
		"panics":           {func() (core.Database, error) { return panicking{memory.New()}, nil }, "the store panicked: nowhere (github.com/keywright/keywright/conformance_test.panicking.CreateTenant)"},
		"is being written": {func() (core.Database, error) { return unwritten{}, nil }, "unwritten).CreateTenant)"},
		"lacks everything": {func() (core.Database, error) { return struct{ core.Database }{}, nil }, ".Migrate)"},
	} {
		t.Run(name, func(t *testing.T) {
			checks := conformance.Store()[:2]
			r := conformance.Run(t.Context(), one.open, checks...)
			if r.Passed() {
				t.Fatal("passed")
			}
			if !strings.Contains(r.String(), one.want) {
				t.Fatalf("the report does not say %q:\n%s", one.want, r)
			}
			if len(r.Results) > 0 && !strings.Contains(r.String(), "why it matters: "+checks[0].Why) {
				t.Fatalf("the report does not say why:\n%s", r)
			}
		})
	}
}

func TestRunClosesWhatItOpened(t *testing.T) {
	db := memory.New()
	r := conformance.Run(t.Context(), func() (core.Database, error) { return db, nil }, conformance.Store()[0])
	if !r.Passed() || !strings.Contains(r.String(), "1 of 1 checks passed") {
		t.Fatal(r)
	}
	if err := db.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Fatalf("the database is still open: %v", err)
	}
}
