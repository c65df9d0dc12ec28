package migrations

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keywright/keywright/core"
)

var update = flag.Bool("update", false, "record the rows that this release writes, for those to come")

func fixture(step int) string { return filepath.Join("testdata", fmt.Sprintf("step%d.txt", step)) }

// What a release has written at any step of the schema is read by this one as it
// was written.
func TestThreat_MIG05_RowsOfEveryStep(t *testing.T) {
	latest := len(pendingOfEmpty(t))
	if *update {
		record(t, latest)
	}
	each(t, func(t *testing.T, e engine) {
		for step := 1; step <= latest; step++ {
			t.Run(fmt.Sprintf("step %d", step), func(t *testing.T) {
				text, err := os.ReadFile(fixture(step))
				if err != nil {
					t.Fatalf("%v; record it: go test ./internal/itest/migrations -run MIG05 -update", err)
				}
				dsn, _ := e.at(t, step)
				e.load(t, dsn, string(text))
				check(t, e.migrated(t, dsn), step)
			})
		}
	})
}

func TestThreat_MIG05_FileOfTheFirstRelease(t *testing.T) {
	t.Parallel()
	check(t, engines[0].migrated(t, unpacked(t, "step1.db.gz")), 1)
}

// pendingOfEmpty are all the steps there are.
func pendingOfEmpty(t *testing.T) []core.Migration {
	t.Helper()
	pending, err := engines[0].opened(t, engines[0].fresh(t), 1).Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pending
}

// record writes the rows of this release down.
func record(t *testing.T, step int) {
	t.Helper()
	e := engines[0]
	dsn := e.fresh(t)
	db := e.migrated(t, dsn)
	if err := errors.Join(written().write(t.Context(), db), writtenLater().write(t.Context(), db)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixture(step), []byte(e.dump(t, dsn)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, db core.Database, step int) {
	t.Helper()
	got, err := read(t.Context(), db)
	if diff := cmp.Diff(written(), got); diff != "" || err != nil {
		t.Errorf("- written, + read: %v\n%s", err, diff)
	}
	if step < firstWithOrganizations {
		return
	}
	later, err := readLater(t.Context(), db)
	if diff := cmp.Diff(writtenLater(), later); diff != "" || err != nil {
		t.Errorf("- written, + read: %v\n%s", err, diff)
	}
}

// read asks the store for everything.
func read(ctx context.Context, db core.Database) (t things, err error) {
	want, s := written(), db.Tenant(tenant)
	var errs [16]error
	var standing core.Standing
	t.Tenant, errs[0] = db.TenantByName(ctx, want.Tenant.Name)
	t.Grants = make([]core.Grant, len(want.Grants))
	t.Grants[0], standing, errs[1] = s.Grant(ctx, want.Grants[0].ID)
	t.Grants[1], errs[2] = s.GrantByUserCode(ctx, []core.Hash{code})
	t.Grants[2], _, errs[3] = s.Grant(ctx, want.Grants[2].ID)
	if !standing.Client.Disabled || standing.Consent != 7 || standing.Account.GrantsEpoch != 6 || standing.Session.SignInEpoch != 5 {
		err = fmt.Errorf("standing: %+v", standing)
	}
	t.Client, errs[4] = s.Client(ctx, want.Client.ID)
	t.Account, errs[5] = s.AccountByIdentifier(ctx, want.Identifiers[0])
	t.Identifiers, errs[6] = s.Identifiers(ctx, want.Account.ID)
	t.Credentials, errs[7] = s.Credentials(ctx, want.Account.ID)
	sessions, problem := s.Sessions(ctx, []core.ID{want.Session.ID})
	if errs[8] = problem; len(sessions) == 1 {
		t.Session = sessions[0].Session
	}
	t.Interaction, errs[9] = s.Interaction(ctx, want.Interaction.ID)
	t.Consent, _, errs[10] = s.Consent(ctx, want.Consent.Account, want.Consent.Client)
	t.Ticket, errs[11] = s.Ticket(ctx, want.Ticket.ID)
	keys, problem := s.Keys(ctx)
	if errs[12] = problem; len(keys) == 1 {
		t.Key = keys[0]
	}
	t.Marked, _, errs[13] = s.Marked(ctx, "jti", secret, want.Client.ID)
	taken, problem := s.Take(ctx, noon, []core.Limit{attempts})
	if errs[14] = problem; len(taken) == 1 {
		t.Attempts = taken[0].Count
	}
	errs[15] = t.readWork(ctx, db)
	return t, errors.Join(append(errs[:], err)...)
}

// readWork reads what belongs to jobs beside the requests.
func (t *things) readWork(ctx context.Context, db core.Database) error {
	events, err := db.Tenant(tenant).Events(ctx, core.EventFilter{Client: written().Client.ID}, core.PageOf{Limit: 9})
	if len(events) == 1 {
		t.Event = events[0]
	}
	claimed, claim := db.ClaimDeliveries(ctx, []core.ID{tenant}, noon, noon.Add(time.Hour), 9)
	if len(claimed) == 1 {
		t.Delivery = claimed[0].Delivery
	}
	got, lease := db.Lease(ctx, "purge", id(19), noon, noon.Add(time.Hour))
	t.LeaseIsTaken = !got
	return errors.Join(err, claim, lease)
}
