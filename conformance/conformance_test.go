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

func TestReportSaysWhatFailedAndWhy(t *testing.T) {
	for name, one := range map[string]struct {
		open func() (core.Database, error)
		want string
	}{
		"cannot be opened": {func() (core.Database, error) { return nil, errors.New("no such file") }, "open: no such file"},
		"is not ready":     {func() (core.Database, error) { return unready{memory.New()}, nil }, "wrong schema"},
		"panics":           {func() (core.Database, error) { return panicking{memory.New()}, nil }, "the store panicked: nowhere"},
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
