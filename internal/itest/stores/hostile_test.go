package stores

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// mode is a server set otherwise than its makers did, legally.
type mode struct {
	set map[string]string
	// refused is what the error at start must say: the setting and the remedy.
	// Without it the store must work.
	refused []string
}

// promises are the checks that a server's mode could break: what is written
// comes back, is told apart, is counted, is kept once and is kept at all.
func promises() []conformance.Check {
	kinds := []string{"text", "time", "maxima", "limit", "replay", "event", "list", "grant", "tenant", "lease", "delivery"}
	long := []string{"grant.end_in_batches", "grant.end_beside_rotation"} // and about nothing that a mode changes
	return slices.DeleteFunc(conformance.Store(), func(c conformance.Check) bool {
		kind, _, _ := strings.Cut(c.Name, ".")
		return !slices.Contains(kinds, kind) || slices.Contains(long, c.Name)
	})
}

// try opens the store and holds the mode to what it says.
func (m mode) try(t *testing.T, open func(ctx context.Context) (core.Database, error)) {
	t.Helper()
	db, err := open(t.Context())
	if err == nil {
		defer func() { _ = db.Close() }()
		err = db.Migrate(t.Context())
	}
	if len(m.refused) > 0 {
		refused(t, err, m.refused)
		return
	}
	if err != nil {
		t.Fatalf("the store does not start: %v", err)
	}
	for _, c := range promises() {
		if err := c.Run(t.Context(), db); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	kept(t, db, open)
}

// refused wants an error at start that names what is wrong and what to do.
func refused(t *testing.T, err error, says []string) {
	t.Helper()
	if err == nil {
		t.Fatalf("the store starts; it should say %q", says)
	}
	if !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("the error is not core.ErrUnavailable: %v", err)
	}
	for _, word := range says {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
}

// kept wants that what was answered is there for the next process.
func kept(t *testing.T, db core.Database, open func(ctx context.Context) (core.Database, error)) {
	t.Helper()
	name := fmt.Sprintf("kept %s", t.Name())
	tenant := core.Tenant{ID: core.ID{1, 2, 3}, Name: name, Row: core.Row{Change: core.ID{4}}}
	if err := db.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	all, err := again.Tenants(t.Context(), core.PageOf{Limit: 1000})
	if err != nil || !slices.ContainsFunc(all, func(one core.Tenant) bool { return one.Name == name }) {
		t.Errorf("what was answered is not there afterwards: %d tenants, %v", len(all), err)
	}
}
