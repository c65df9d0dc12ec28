package conformance

import (
	"github.com/keywright/keywright/core"
)

func membershipChecks() []Check {
	return []Check{
		check("membership.comes_back_equal", "a role lost or altered is a right lost or altered", membershipEqual),
		check("membership.under_the_accounts_version", "who was put out of a company must not come back by a change that began before", membershipVersion),
		check("membership.one_winner_of_many", "two changes that both saw the last free seat must not both take it", membershipRace),
		check("membership.all_or_nothing", "a right that is given by half of a change was never meant to be given", membershipAllOrNothing),
		check("membership.kinds_apart", "a group is no organization: being in one must not count as being in the other", membershipKinds),
		check("membership.tenants_apart", "the same id at another issuer is another company", membershipTenants),
		check("account.puts_only_its_own", "a change to one account that gives another a way in, or a right, passes by that account's version", accountForeign),
	}
}

// belongs wants exactly these memberships of an account, each also in the list
// of what it is in.
func (t *trial) belongs(account core.ID, want []core.Membership, when string) {
	n := 0
	for _, kind := range []core.MembershipKind{core.MemberOfOrganization, core.MemberOfGroup} {
		all, err := t.s.Memberships(t.ctx, account, kind, core.PageOf{Limit: 100})
		t.ok(err, "Memberships "+when)
		n += len(all)
	}
	t.that(n == len(want), "%d memberships %s, want %d", n, when, len(want))
	for _, m := range want {
		memberships().unchanged(t, m, when)
		in, err := t.s.Members(t.ctx, m.MembershipKey, core.PageOf{Limit: 100})
		t.ok(err, "Members "+when)
		same(t, []core.Membership{m}, in, "the members "+when)
	}
}

// nobody wants nobody to be in it.
func (t *trial) nobody(k core.MembershipKey, when string) {
	in, err := t.s.Members(t.ctx, k, core.PageOf{Limit: 100})
	t.ok(err, "Members "+when)
	t.that(len(in) == 0, "%d members %s, want none", len(in), when)
}

// joining is a membership of an account in something new.
func joining(account core.ID, kind core.MembershipKind) core.Membership {
	m := memberships().sample()
	m.Account, m.Kind = account, kind
	return m
}

func membershipEqual(t *trial) {
	a := accounts().sample()
	m, g := joining(a.ID, core.MemberOfOrganization), joining(a.ID, core.MemberOfGroup)
	t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{Account: a, PutMemberships: []core.Membership{m, g}}), "CreateAccount")
	m, g = memberships().at(m, 1), memberships().at(g, 1)
	t.belongs(a.ID, []core.Membership{m, g}, "after create")

	fill(&m.MembershipTerms)
	m.Row = newRow()
	extra := joining(a.ID, core.MemberOfGroup)
	a.Version = 1
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{
		Account: a, PutMemberships: []core.Membership{m, extra},
		RemoveMemberships: []core.MembershipKey{g.MembershipKey, {Kind: core.MemberOfGroup, Of: newID()}},
	}), "UpdateAccount")
	got, err := memberships().read(t.ctx, t.s, m)
	t.ok(err, "Memberships")
	t.that(got.Version > 1, "a membership put over another has version %d, want more than 1", got.Version)
	t.belongs(a.ID, []core.Membership{memberships().at(m, got.Version), memberships().at(extra, 1)}, "after a change of everything")
	t.nobody(g.MembershipKey, "in a group that its one member left")
}

func membershipVersion(t *trial) {
	a := accounts().stored(t)
	m := joining(a.ID, core.MemberOfOrganization)
	t.ok(putMembership(t.ctx, t.s, m), "UpdateAccount that puts a membership")
	for what, change := range map[string]core.AccountChange{
		"puts":    {PutMemberships: []core.Membership{joining(a.ID, core.MemberOfOrganization)}},
		"removes": {RemoveMemberships: []core.MembershipKey{m.MembershipKey}},
	} {
		change.Account = a // as it was before the membership
		e := newEvent()
		t.taken(t.s.UpdateAccount(t.ctx, change, e), "version", "UpdateAccount at an old version that "+what+" a membership")
		t.wantEvent(e, false, "of a change that was refused")
		t.belongs(a.ID, []core.Membership{memberships().at(m, 1)}, "after a change that was refused")
	}
	t.wantDeliveries()
}

func membershipRace(t *trial) {
	a, events := accounts().stored(t), make([]core.Event, callers)
	rivals := make([]core.Membership, callers)
	for n := range rivals {
		rivals[n], events[n] = joining(a.ID, core.MemberOfOrganization), newEvent()
	}
	errs := t.race(callers, func(n int) error {
		return t.s.UpdateAccount(t.ctx, core.AccountChange{Account: a, PutMemberships: rivals[n : n+1]}, events[n])
	})
	winner := t.oneWinner(errs, "changes to one account, each with a membership")
	t.belongs(a.ID, []core.Membership{memberships().at(rivals[winner], 1)}, "after the race")
	for n := range events {
		t.wantEvent(events[n], n == winner, "of a caller in the race")
	}
	t.wantDeliveries(events[winner])
}

func membershipAllOrNothing(t *trial) {
	t.person("taken@example.com")
	a := accounts().stored(t)
	m, other := joining(a.ID, core.MemberOfOrganization), joining(a.ID, core.MemberOfGroup)
	t.ok(putMembership(t.ctx, t.s, m), "UpdateAccount")
	a.Version = 2
	t.taken(t.s.UpdateAccount(t.ctx, core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{email("taken@example.com")},
		PutMemberships: []core.Membership{other}, RemoveMemberships: []core.MembershipKey{m.MembershipKey},
	}), "identifier", "UpdateAccount with a taken identifier")
	t.belongs(a.ID, []core.Membership{memberships().at(m, 1)}, "after a change that was refused")
	t.nobody(other.MembershipKey, "in a group that was joined by a change that was refused")
}

func membershipKinds(t *trial) {
	a := accounts().stored(t)
	m := joining(a.ID, core.MemberOfOrganization)
	twin := m
	twin.Kind = core.MemberOfGroup
	t.ok(putMembership(t.ctx, t.s, m), "UpdateAccount")
	none, err := t.s.Memberships(t.ctx, a.ID, core.MemberOfGroup, core.PageOf{Limit: 10})
	t.ok(err, "Memberships")
	t.that(len(none) == 0, "an account that is in an organization alone is in %d groups", len(none))
	t.nobody(twin.MembershipKey, "in a group whose id is that of an organization")
	fill(&twin.MembershipTerms)
	t.ok(putMembership(t.ctx, t.s, twin), "UpdateAccount that puts a membership of another kind")
	t.belongs(a.ID, []core.Membership{memberships().at(m, 1), memberships().at(twin, 1)}, "with one of each kind under one id")
	a.Version = 3
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: a, RemoveMemberships: []core.MembershipKey{m.MembershipKey}}), "UpdateAccount")
	t.belongs(a.ID, []core.Membership{memberships().at(twin, 1)}, "after the other of the same id was removed")
}

func membershipTenants(t *trial) {
	other, a := t.neighbour(), accounts().stored(t)
	m := joining(a.ID, core.MemberOfOrganization)
	t.ok(putMembership(t.ctx, t.s, m), "UpdateAccount")
	other.belongs(a.ID, nil, "of a neighbour's account")
	other.nobody(m.MembershipKey, "in a neighbour's organization")
	twin := m
	fill(&twin.MembershipTerms)
	t.ok(putMembership(t.ctx, other.s, twin), "CreateAccount with the keys of a neighbour's")
	other.belongs(a.ID, []core.Membership{memberships().at(twin, 1)}, "beside a neighbour's")
	b, err := other.s.Account(t.ctx, a.ID)
	t.ok(err, "Account")
	t.ok(other.s.UpdateAccount(t.ctx, core.AccountChange{Account: b, RemoveMemberships: []core.MembershipKey{m.MembershipKey}}), "UpdateAccount")
	t.belongs(a.ID, []core.Membership{memberships().at(m, 1)}, "after a neighbour removed its own")
}

// accountForeign puts what names another account.
func accountForeign(t *trial) {
	a, b := accounts().stored(t), accounts().stored(t)
	m, c := joining(b.ID, core.MemberOfOrganization), credentials().sample()
	c.Account = b.ID
	for what, change := range map[string]core.AccountChange{
		"membership": {PutMemberships: []core.Membership{m}},
		"credential": {PutCredentials: []core.Credential{c}},
	} {
		change.Account = a
		t.that(t.s.UpdateAccount(t.ctx, change) != nil, "a change to one account that puts a %s of another was accepted", what)
		accounts().unchanged(t, a, "after a change with another's "+what)
	}
	for _, id := range []core.ID{a.ID, b.ID} {
		t.belongs(id, nil, "after a change that puts another's was refused")
		held, err := t.s.Credentials(t.ctx, id)
		t.ok(err, "Credentials")
		t.that(len(held) == 0, "an account has %d credentials after a change that puts another's was refused", len(held))
	}
}
