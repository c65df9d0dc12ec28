package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

func tenantChecks() []Check {
	return []Check{
		check("tenant.comes_back_equal", "everything a company owns hangs on its tenant's id", tenantEqual),
		check("tenant.unique", "two companies under one name are one company", tenantUnique),
		check("tenant.end", "ending one tenant must not end another", tenantEnds),
		check("tenant.lists_apart", "a list that shows a neighbour's rows shows one company the people of another", tenantLists),
		check("tenant.pages", "work that walks all tenants must reach every one", tenantPages),
	}
}

func (t *trial) newTenant(id core.ID) core.Tenant {
	return core.Tenant{ID: id, Name: "é 😀 " + id.String(), Row: core.Row{Change: newID()}}
}

func tenantEqual(t *trial) {
	v := t.newTenant(newID())
	_, err := t.db.TenantByName(t.ctx, v.Name)
	t.notFound(err, "a tenant that was never created")
	t.ok(t.db.CreateTenant(t.ctx, v), "CreateTenant")
	got, err := t.db.TenantByName(t.ctx, v.Name)
	t.ok(err, "TenantByName")
	v.Version = 1
	same(t, v, got, "a tenant")
}

func tenantUnique(t *trial) {
	name := t.newTenant(newID()).Name
	errs := t.race(callers, func(int) error {
		v := t.newTenant(newID())
		v.Name = name
		return t.db.CreateTenant(t.ctx, v)
	})
	t.oneWinner(errs, "tenants of one name")
	v := t.newTenant(newID())
	t.ok(t.db.CreateTenant(t.ctx, v), "CreateTenant")
	again := t.newTenant(v.ID)
	again.Name += " another"
	t.conflict(t.db.CreateTenant(t.ctx, again), "CreateTenant with a taken id")
	_, err := t.db.TenantByName(t.ctx, again.Name)
	t.notFound(err, "a tenant that was refused")
}

func tenantEnds(t *trial) {
	a, b, change := t.newTenant(newID()), t.newTenant(newID()), newID()
	t.ok(t.db.CreateTenant(t.ctx, a), "CreateTenant")
	t.ok(t.db.CreateTenant(t.ctx, b), "CreateTenant")
	t.ok(t.db.EndTenant(t.ctx, a.ID, change), "EndTenant")
	got, err := t.db.TenantByName(t.ctx, a.Name)
	t.ok(err, "TenantByName of one that ended")
	a.Ended, a.Change, a.Version = true, change, 2
	same(t, a, got, "a tenant that was ended")
	other, err := t.db.TenantByName(t.ctx, b.Name)
	t.ok(err, "TenantByName")
	b.Version = 1
	same(t, b, other, "a tenant after another ended")
}

// tenantPages looks at tenants made after all that are there, whoever made them.
func tenantPages(t *trial) {
	var ids []core.ID
	start := core.NewID(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(uint16(newID()[15])<<8|uint16(newID()[14])) * time.Hour))
	for n := range 5 {
		id := start
		id[15], id[14] = byte(n), 0xff
		ids = append(ids, id)
	}
	for _, n := range []int{3, 1, 2, 4} {
		t.ok(t.db.CreateTenant(t.ctx, t.newTenant(ids[n])), "CreateTenant")
	}
	after := ids[0]
	for _, want := range []core.ID{ids[1], ids[2], ids[3], ids[4]} {
		got, err := t.db.Tenants(t.ctx, core.PageOf{After: after, Limit: 1})
		t.ok(err, "Tenants")
		t.that(len(got) == 1 && got[0].ID == want, "a page of tenants is not what follows in order of id")
		after = want
	}
}

// tenantLists asks a tenant for every list under a neighbour's ids.
func tenantLists(t *trial) {
	s, other := newScene(), t.neighbour()
	s.store(t, true, true, true, true)
	credential := credentials().sample()
	credential.Account = s.account.ID
	s.account.Version = 1
	in := joining(s.account.ID, core.MemberOfOrganization)
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{
		Account: s.account, PutIdentifiers: []core.Identifier{email("a@example.com")}, PutCredentials: []core.Credential{credential},
		PutMemberships: []core.Membership{in},
	}), "UpdateAccount")
	t.ok(t.s.CreateKey(t.ctx, keys().sample()), "CreateKey")
	o, g, c := t.company("a.example"), groups().sample(), connections().sample()
	g.Organization, c.Organization = o.ID, o.ID
	t.ok(t.s.CreateGroup(t.ctx, g), "CreateGroup")
	t.ok(t.s.CreateConnection(t.ctx, c), "CreateConnection")
	page := core.PageOf{Limit: 100}
	for what, list := range map[string]func(core.Store) (int, error){
		"Grants":      func(v core.Store) (int, error) { return count(v.Grants(t.ctx, core.GrantFilter{}, page)) },
		"Clients":     func(v core.Store) (int, error) { return count(v.Clients(t.ctx, "", 100)) },
		"Accounts":    func(v core.Store) (int, error) { return count(v.Accounts(t.ctx, page)) },
		"Identifiers": func(v core.Store) (int, error) { return count(v.Identifiers(t.ctx, s.account.ID)) },
		"Credentials": func(v core.Store) (int, error) { return count(v.Credentials(t.ctx, s.account.ID)) },
		"Sessions":    func(v core.Store) (int, error) { return count(v.Sessions(t.ctx, []core.ID{s.session.ID})) },
		"SessionsOf":  func(v core.Store) (int, error) { return count(v.SessionsOf(t.ctx, s.account.ID, page)) },
		"Consents":    func(v core.Store) (int, error) { return count(v.Consents(t.ctx, s.account.ID, "", 100)) },
		"Keys":        func(v core.Store) (int, error) { return count(v.Keys(t.ctx)) },
		"Memberships": func(v core.Store) (int, error) {
			return count(v.Memberships(t.ctx, s.account.ID, in.Kind, page))
		},
		"Members":       func(v core.Store) (int, error) { return count(v.Members(t.ctx, in.MembershipKey, page)) },
		"Organizations": func(v core.Store) (int, error) { return count(v.Organizations(t.ctx, page)) },
		"Domains":       func(v core.Store) (int, error) { return count(v.Domains(t.ctx, o.ID)) },
		"Groups":        func(v core.Store) (int, error) { return count(v.Groups(t.ctx, o.ID, page)) },
		"Connections":   func(v core.Store) (int, error) { return count(v.Connections(t.ctx, o.ID, page)) },
	} {
		n, err := list(t.s)
		t.ok(err, what)
		t.that(n == 1, "%s lists %d rows of a tenant that has one", what, n)
		n, err = list(other.s)
		t.ok(err, what+" at a neighbour")
		t.that(n == 0, "%s lists %d rows of a neighbour", what, n)
	}
}

func count[V any](all []V, err error) (int, error) { return len(all), err }

func databaseChecks() []Check {
	return []Check{
		check("database.migrates_again", "every replica migrates when it starts", func(t *trial) {
			for _, err := range t.race(4, func(int) error { return t.db.Migrate(t.ctx) }) {
				t.ok(err, "Migrate beside Migrate")
			}
			t.ok(t.db.Ready(t.ctx), "Ready after Migrate")
		}),
		check("database.nothing_is_pending_after_migrate", "an operator who runs the steps by hand must see when none is left", func(t *trial) {
			t.ok(t.db.Migrate(t.ctx), "Migrate")
			pending, err := t.db.Pending(t.ctx)
			t.ok(err, "Pending")
			t.that(len(pending) == 0, "%d steps are pending after Migrate", len(pending))
		}),
		check("database.ready_may_be_asked_often", "whatever balances the load asks every replica every second", func(t *trial) {
			for _, err := range t.race(callers, func(int) error { return t.db.Ready(t.ctx) }) {
				t.ok(err, "Ready beside Ready")
			}
		}),
		check("database.tenant_is_a_view", "a provider makes a tenant's store anew whenever it likes", func(t *trial) {
			v := grants().stored(t)
			got, _, err := t.db.Tenant(t.tenant).Grant(t.ctx, v.ID)
			t.ok(err, "Grant through another store of the tenant")
			same(t, v, got, "a grant through another store of the tenant")
		}),
		check("lease.one_holder", "work that every replica does at once is work done many times over", leaseOne),
		check("lease.ends_and_is_prolonged", "a replica that died must not keep the others from working", leaseEnds),
	}
}

func leaseOne(t *trial) {
	name, held := "conformance "+newID().String(), make([]bool, callers)
	for _, err := range t.race(callers, func(n int) (err error) {
		held[n], err = t.db.Lease(t.ctx, name, newID(), noon, noon.Add(time.Minute))
		return err
	}) {
		t.ok(err, "Lease in a race")
	}
	n := 0
	for _, h := range held {
		if h {
			n++
		}
	}
	t.that(n == 1, "%d of %d hold one lease", n, callers)
}

func leaseEnds(t *trial) {
	name, a, b := "conformance "+newID().String(), newID(), newID()
	until := noon.Add(time.Minute)
	for _, one := range []struct {
		what       string
		name       string
		holder     core.ID
		now, until time.Time
		want       bool
	}{
		{"free", name, a, noon, until, true},
		{"held by another", name, b, noon, until, false},
		{"of another name", name + " ", b, noon, until, true},
		{"held by the caller", name, a, noon.Add(30 * time.Second), until.Add(time.Minute), true},
		{"prolonged by another", name, b, until, until.Add(time.Minute), false},
		{"about to end", name, b, until.Add(time.Minute - time.Microsecond), until.Add(time.Hour), false},
		{"over", name, b, until.Add(time.Minute), until.Add(time.Hour), true},
		{"taken over", name, a, until.Add(time.Minute), until.Add(time.Hour), false},
	} {
		got, err := t.db.Lease(t.ctx, one.name, one.holder, one.now, one.until)
		t.ok(err, "Lease")
		t.that(got == one.want, "a lease that is %s: got it is %t, want %t", one.what, got, one.want)
	}
}

func contextChecks() []Check {
	return []Check{
		check("context.cancelled_calls_return", "a browser that went away must not hold a connection, and its outcome must not be read as a refusal", contextCancelled),
	}
}

// contextCancelled wants calls under a cancelled context to come back at once,
// and with the truth: done, or nothing that reads like an answer.
func contextCancelled(t *trial) {
	v, fresh := grants().stored(t), grants().sample()
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	next := v
	grants().alter(&next)
	calls := map[string]func() error{
		"Grant":           func() error { _, _, err := t.s.Grant(ctx, v.ID); return err },
		"Grants":          func() error { _, err := t.s.Grants(ctx, core.GrantFilter{}, core.PageOf{Limit: 1}); return err },
		"Client":          func() error { return notAnswer(t.s.Client(ctx, "app")) },
		"Mark":            func() error { return t.s.Mark(ctx, "proof", newHash(), noon, core.ID{}) },
		"CreateGrant":     func() error { return t.s.CreateGrant(ctx, fresh) },
		"UpdateGrant":     func() error { return t.s.UpdateGrant(ctx, next) },
		"Append":          func() error { return t.s.Append(ctx, newEvent()) },
		"ClaimDeliveries": func() error { _, err := t.db.ClaimDeliveries(ctx, []core.ID{t.tenant}, noon, noon, 1); return err },
	}
	for name, call := range calls {
		done := make(chan error, 1)
		go func() { done <- call() }()
		select {
		case err := <-done:
			t.that(err == nil || errors.Is(err, core.ErrUnavailable) || errors.Is(err, context.Canceled),
				"%s under a cancelled context says %v, want core.ErrUnavailable or what it did", name, err)
			t.that(!errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrNotFound), "%s under a cancelled context reads as a refusal: %v", name, err)
		case <-time.After(10 * time.Second):
			t.failf("%s under a cancelled context does not return", name)
		}
	}
	got, _, err := t.s.Grant(t.ctx, v.ID)
	t.ok(err, "Grant")
	t.that(got.Version <= 2, "an update under a cancelled context was written %d times", got.Version-1)
}

// notAnswer drops a value: only the error is looked at. A client that is not
// there is the truth, so it is no failure here.
func notAnswer(_ core.Client, err error) error {
	if errors.Is(err, core.ErrNotFound) {
		return nil
	}
	return err
}
