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

// mode is a server set otherwise than its makers did, legally. Settings that
// have nothing to do with each other are made at once: each has to do no harm.
type mode struct {
	set map[string]string
	// since is the release of the server that knows it, and made how its database
	// is made; both may be left out.
	since int
	made  string
	// refused is what the error at start must say: the setting and the remedy.
	// Without it the store must work.
	refused []string
	// folds says that the server would take different texts for the same one.
	folds bool
}

// promised are the checks that a server's mode could break: what is written
// comes back, is counted, has one winner, is found in order and is kept at all.
var promised = []string{
	"text.keys_come_back_equal", "text.payload_comes_back_equal", "text.nul_kept_or_refused", "text.consents_and_grants_by_bytes", "time.microseconds_and_utc",
	"time.due_keeps_microseconds", "maxima.kept_whole", "limit.exact_under_contention", "limit.windows", "replay.marked_once",
	"event.append_all_or_nothing", "event.pages", "grant.events_iff_change", "grant.one_winner_of_many", "grant.filters",
	"account.all_or_nothing", "account.credential_has_one_owner", "key.one_of_each_epoch", "delivery.claimed_once", "lease.one_holder",
	"purge.in_batches", "tenant.unique",
}

// keysApart takes long, and is about nothing but folding.
const keysApart = "text.keys_compare_by_bytes"

func (m mode) checks(t *testing.T) (list []conformance.Check) {
	t.Helper()
	names := slices.Clone(promised)
	if m.folds {
		names = append(names, keysApart)
	}
	for _, c := range conformance.Store() {
		if slices.Contains(names, c.Name) {
			list = append(list, c)
		}
	}
	if len(list) != len(names) {
		t.Fatalf("only %d of %d checks are still called like that", len(list), len(names))
	}
	return list
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
	for _, c := range m.checks(t) {
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
