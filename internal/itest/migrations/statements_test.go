package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func statementsOf(step int, e engine) string { return fmt.Sprintf("statements%d.%s.sql", step, e.name) }

// Every statement that a release ran, recorded in testdata, is one that the
// schema of today still takes: nothing it names has gone.
func TestThreat_MIG01_StatementsOfEarlierReleases(t *testing.T) {
	latest := len(pendingOfEmpty(t))
	each(t, func(t *testing.T, e engine) {
		dsn := e.fresh(t)
		e.migrated(t, dsn)
		if *update {
			e.recordStatements(t, statementsOf(latest, e))
		}
		pool := e.raw(t, dsn)
		for step := 1; step <= latest; step++ {
			name := statementsOf(step, e)
			if _, err := os.Stat(filepath.Join("testdata", name)); err != nil && step < latest {
				continue // no release had its schema there
			}
			for _, text := range statements(t, name) {
				if err := e.understands(t.Context(), pool, text); err != nil {
					t.Errorf("%s: %v\n%s", name, err, text)
				}
			}
		}
	})
}

// understands asks the database to read a statement, and not to run it.
func (e engine) understands(ctx context.Context, pool *sql.DB, text string) error {
	if e.name == "sqlite" { // its driver reads a statement only when it is run
		rows, err := pool.QueryContext(ctx, "EXPLAIN "+text, make([]any, strings.Count(text, "?"))...)
		if err != nil {
			return err
		}
		return rows.Close()
	}
	s, err := pool.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return s.Close()
}

// recordStatements writes down what this release asks of a database.
func (e engine) recordStatements(t *testing.T, name string) {
	t.Helper()
	var mu sync.Mutex
	var heard []string
	db, err := e.open(t.Context(), e.fresh(t), 1, func(_ context.Context, text string) {
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(heard, text) {
			heard = append(heard, text)
		}
	})
	if err == nil {
		err = errors.Join(db.Migrate(t.Context()), exercise(t.Context(), db), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(heard, ";\n\n") + ";\n"
	if err := os.WriteFile(filepath.Join("testdata", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// exercise asks everything there is to ask.
func exercise(ctx context.Context, db core.Database) error {
	w, l, s := written(), writtenLater(), db.Tenant(tenant)
	if err := errors.Join(w.write(ctx, db), l.write(ctx, db)); err != nil {
		return err
	}
	_, err := read(ctx, db)
	_, later := readLater(ctx, db)
	errs := []error{err, later, exerciseReads(ctx, w, l, s), exerciseWrites(ctx, w, l, s)}
	_, _, err = s.EndGrants(ctx, core.GrantFilter{Account: w.Account.ID, Client: w.Client.ID, Session: w.Session.ID}, "x", id(51), 9)
	errs = append(errs, s.Unmark(ctx, "jti", secret, id(50)))
	errs = append(errs, err, db.RetryDelivery(ctx, tenant, w.Delivery.ID, noon), db.FinishDelivery(ctx, tenant, w.Delivery.ID),
		db.Ready(ctx), db.EndTenant(ctx, tenant, id(2)))
	_, err = db.Tenants(ctx, core.PageOf{Limit: 3})
	errs = append(errs, s.CreateGrant(ctx, leftCode()))
	_, _, codes := db.Purge(ctx, noon.Add(48*time.Hour), 1000)
	_, _, purge := db.Purge(ctx, noon.Add(10000*time.Hour), 1000)
	return errors.Join(append(errs, err, codes, purge)...)
}

func exerciseReads(ctx context.Context, w things, l laterThings, s core.Store) error {
	var errs [16]error
	page := core.PageOf{Limit: 3}
	_, _, _, errs[0] = s.GrantAndAccount(ctx, w.Grants[0].ID)
	_, errs[1] = s.Grants(ctx, core.GrantFilter{Account: w.Account.ID, Client: w.Client.ID, Session: w.Session.ID}, page)
	_, errs[2] = s.Clients(ctx, "", 3)
	_, errs[3] = s.Account(ctx, w.Account.ID)
	_, errs[4] = s.Accounts(ctx, page)
	_, errs[5] = s.Credential(ctx, w.Credentials[0].CredentialKey)
	_, errs[6] = s.Sessions(ctx, []core.ID{w.Session.ID, id(44)})
	_, errs[7] = s.SessionsOf(ctx, w.Account.ID, page)
	_, errs[8] = s.Consents(ctx, w.Account.ID, "", 3)
	_, errs[9] = s.Events(ctx, core.EventFilter{Account: w.Account.ID, Client: w.Client.ID, Name: "x"}, page)
	_, errs[10] = s.Organizations(ctx, page)
	_, errs[11] = s.OrganizationByName(ctx, l.Organization.Name)
	_, errs[12] = s.Groups(ctx, l.Organization.ID, page)
	_, errs[13] = s.Connections(ctx, l.Organization.ID, page)
	_, errs[14] = s.Members(ctx, l.Memberships[0].MembershipKey, page)
	_, errs[15] = s.Take(ctx, noon, []core.Limit{attempts, {Key: code, Max: 1, Window: time.Hour}})
	return errors.Join(errs[:]...)
}

func exerciseWrites(ctx context.Context, w things, l laterThings, s core.Store) error {
	rotated, credential := w.Grants[0], w.Credentials[0]
	rotated.Version, credential.Version = 2, 2
	return errors.Join(
		s.UpdateGrant(ctx, w.Grants[0]), s.UpdateGrant(ctx, rotated, core.Event{ID: id(50), At: noon}), s.UpdateGrant(ctx, w.Grants[1]),
		s.UpdateClient(ctx, w.Client),
		s.UpdateAccount(ctx, core.AccountChange{
			Account: w.Account, PutIdentifiers: w.Identifiers[:1], RemoveIdentifiers: w.Identifiers[1:], PutCredentials: w.Credentials[:1],
			RemoveCredentials: []core.CredentialKey{w.Credentials[1].CredentialKey},
		}),
		s.UpdateAccount(ctx, core.AccountChange{
			Account: l.Account, PutMemberships: l.Memberships, RemoveMemberships: []core.MembershipKey{{Kind: core.MemberOfGroup, Of: id(1)}},
		}),
		s.UpdateCredential(ctx, credential), s.UpdateSession(ctx, w.Session), s.UpdateInteraction(ctx, w.Interaction),
		s.UpdateConsent(ctx, w.Consent), s.UpdateTicket(ctx, w.Ticket), s.UpdateKey(ctx, w.Key), s.Forgive(ctx, noon, []core.Hash{secret}),
		s.UpdateOrganization(ctx, core.OrganizationChange{Organization: l.Organization, PutDomains: l.Domains[:1], RemoveDomains: l.Domains[1:]}),
		s.UpdateGroup(ctx, l.Group), s.UpdateConnection(ctx, l.Connections[0]),
	)
}
