package conformance

import (
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

func purgeChecks() []Check {
	return []Check{
		check("purge.only_what_is_past", "a clean-up that takes a living row ends a session, or lets a replayed assertion through", purgeOnlyPast),
		check("purge.every_kind", "what is never cleaned up fills the disk", purgeEveryKind),
		check("purge.spent_limits", "every address that ever tried a password would leave a row for good", purgeSpent),
		check("purge.in_batches", "a clean-up of everything at once stops all other writes while it lasts", purgeBatches),
		check("purge.beside_itself", "every replica cleans up, at any time", purgeRacing),
		check("purge.follows_a_moved_end", "a device's code is kept for a day and its tokens for months: a store that forgets the second end signs people out", purgeFollows),
		check("purge.takes_codes_left_behind", "anybody who is signed in can ask for codes all day: kept as long as their tokens would live, those that nobody redeems would be most of the disk; and who takes a redeemed one signs somebody out", purgeCodes),
		check("purge.takes_the_whole_aggregate", "an address, a passkey or a domain that outlives what it belonged to can never be given to anybody", purgeAggregates),
		check("purge.codes_beside_redemption", "a code that is redeemed while a clean-up looks at it becomes tokens: to remove it then signs somebody out a moment later", purgeRedemption),
		check("purge.beside_traffic", "a row that was prolonged a moment ago must not be removed by a clean-up that began before, nor written by a caller after it is gone", purgeTraffic),
		check("purge.frees_keys", "what was purged must not stand in the way of what comes after", purgeFrees),
	}
}

// purgeAll removes everything that is past at an instant.
func (t *trial) purgeAll(now time.Time) (n int) {
	idle := 0
	for range 10_000 {
		some, more, err := t.db.Purge(t.ctx, now, 100)
		t.ok(err, "Purge")
		t.that(some <= 100, "a purge of at most 100 removed %d", some)
		n += some
		if !more {
			return n
		}
		if idle++; some > 0 {
			idle = 0
		}
		t.that(idle < 100, "Purge removes nothing and says that some are left, a hundred times in turn")
	}
	t.failf("Purge says that some are left, without end")
	return n
}

// purged tries one kind of thing with three ends: past, later and never.
func purged[V any](t *trial, r role[V]) {
	now := noon.Add(-24 * time.Hour)
	things, kept := make([]V, 3), []time.Time{now.Add(-time.Microsecond), now.Add(time.Microsecond), {}}
	for n := range things {
		things[n] = r.sample()
		if k, is := any(&things[n]).(*core.Key); is {
			k.Epoch = uint64(n) // unique
		}
		r.row(&things[n]).KeepUntil = kept[n]
		t.ok(r.create(t.ctx, t.s, things[n]), "create of a "+r.name)
	}
	t.purgeAll(now)
	_, err := r.read(t.ctx, t.s, things[0])
	t.notFound(err, "a "+r.name+" past its end after Purge")
	r.unchanged(t, r.at(things[1], 1), "before its end, after Purge")
	r.unchanged(t, r.at(things[2], 1), "without an end, after Purge")
}

func purgeEveryKind(t *trial) {
	purged(t, grants())
	purged(t, clients())
	purged(t, accounts())
	purged(t, credentials())
	purged(t, sessions())
	purged(t, interactions())
	purged(t, consents())
	purged(t, tickets())
	purged(t, keys())
	purged(t, organizations())
	purged(t, groups())
	purged(t, connections())
	purged(t, memberships())
}

func purgeOnlyPast(t *trial) {
	now := noon.Add(-24 * time.Hour)
	past, later, never := now.Add(-time.Microsecond), now.Add(time.Microsecond), time.Time{}
	marks, events, mails := map[time.Time]core.Hash{}, map[time.Time]core.Event{}, []core.Event{}
	key := newHash()
	_, err := t.s.Take(t.ctx, later.Add(-time.Minute), []core.Limit{{Key: key, Max: 1, Window: time.Minute}})
	t.ok(err, "Take")
	t.drain()
	for _, until := range []time.Time{past, later, never} {
		marks[until], events[until] = newHash(), newEvent()
		t.ok(t.s.Mark(t.ctx, "proof", marks[until], until, core.ID{}), "Mark")
		e := events[until]
		e.KeepUntil = until
		e.Deliveries = nil
		events[until] = e
		t.ok(t.s.Append(t.ctx, e), "Append")
		m := newEvent()
		m.KeepUntil, m.Deliveries[0].KeepUntil = never, until
		t.ok(t.s.Append(t.ctx, m), "Append")
		mails = append(mails, m)
	}
	t.purgeAll(now)
	for _, until := range []time.Time{past, later, never} {
		there, _, err := t.s.Marked(t.ctx, "proof", marks[until], "app")
		t.ok(err, "Marked")
		t.that(there == (until != past), "a mark to be kept until %v: marked is %t after a purge at %v", until, there, now)
		t.wantEvent(events[until], until != past, "to be kept until "+until.String())
	}
	t.wantDeliveries(mails[1], mails[2])
	taken, err := t.s.Take(t.ctx, now, []core.Limit{{Key: key, Max: 1, Window: time.Minute}})
	t.ok(err, "Take")
	t.that(taken[0].Count == 2, "a limit whose window is not over was purged: the next attempt counts as %d, want 2", taken[0].Count)
	t.ok(t.s.Mark(t.ctx, "proof", marks[past], never, core.ID{}), "Mark again of what was purged")
}

// purgeSpent counts what goes: nobody can see it otherwise.
func purgeSpent(t *trial) {
	now := noon.Add(-48 * time.Hour)
	t.purgeAll(now)
	for range 3 {
		_, err := t.s.Take(t.ctx, now.Add(-time.Hour), []core.Limit{{Key: newHash(), Max: 1, Window: time.Minute}})
		t.ok(err, "Take")
	}
	n := t.purgeAll(now)
	t.that(n == 3, "%d rows were purged after the windows of 3 limits were over", n)
}

func purgeBatches(t *trial) {
	now := noon.Add(-48 * time.Hour)
	t.purgeAll(now)
	for range 7 {
		t.ok(t.s.Mark(t.ctx, "proof", newHash(), now.Add(-time.Hour), core.ID{}), "Mark")
	}
	for n, want := range []struct {
		n    int
		more bool
	}{{3, true}, {3, true}, {1, false}, {0, false}} {
		got, more, err := t.db.Purge(t.ctx, now, 3)
		t.ok(err, "Purge")
		t.that(got == want.n && more == want.more, "batch %d of at most 3 removed %d (more: %t), want %d (more: %t)", n+1, got, more, want.n, want.more)
	}
}

func purgeRacing(t *trial) {
	now := noon.Add(-48 * time.Hour)
	t.purgeAll(now)
	live := sessions().stored(t)
	for range callers {
		v := sessions().sample()
		v.KeepUntil = now.Add(-time.Hour)
		t.ok(t.s.CreateSession(t.ctx, v), "CreateSession")
	}
	removed := make([]int, 8)
	for _, err := range t.race(len(removed), func(n int) error {
		for range 10 * callers {
			some, more, err := t.db.Purge(t.ctx, now, 5)
			removed[n] += some
			if err != nil || !more || some == 0 {
				return err
			}
		}
		return errors.New("it says that some are left, without end")
	}) {
		t.ok(err, "Purge beside Purge")
	}
	total := t.purgeAll(now)
	for _, n := range removed {
		total += n
	}
	t.that(total == callers, "%d rows past their end were purged as %d", callers, total)
	sessions().unchanged(t, live, "after many purges")
}

// purgeFollows moves the end of a grant once, at its first and at a later
// update, as redemption by a device does.
func purgeFollows(t *trial) {
	now := noon.Add(-24 * time.Hour)
	for before := range uint64(2) {
		g := grants().sample()
		g.KeepUntil = now.Add(-time.Hour)
		t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
		for g.Version = 1; g.Version <= before; g.Version++ {
			g.Change = newID()
			t.ok(t.s.UpdateGrant(t.ctx, g), "UpdateGrant")
		}
		g.Change, g.KeepUntil = newID(), now.Add(time.Hour)
		t.ok(t.s.UpdateGrant(t.ctx, g), "UpdateGrant with a later end")
		t.purgeAll(now)
		grants().unchanged(t, grants().at(g, g.Version+1), "whose end was moved, after a purge at its first end")
		t.purgeAll(now.Add(2 * time.Hour))
		_, _, err := t.s.Grant(t.ctx, g.ID)
		t.notFound(err, "a grant past the end it was moved to")
	}
}

// purgeCodes leaves some codes lying and redeems others. The clock goes on with
// what is made: a store may look for codes by the instants in their ids.
func purgeCodes(t *trial) {
	at := noon.Add(-24 * time.Hour)
	t.purgeAll(at)
	ends := at.Add(time.Minute)
	code := func(s core.Store, drawn time.Time) core.Grant {
		g := grants().sample()
		g.ID, g.CodeEnds, g.Ends, g.KeepUntil = core.NewID(drawn), ends, ends.Add(8*core.KeepCodes), ends.Add(9*core.KeepCodes)
		t.ok(s.CreateGrant(t.ctx, g), "CreateGrant")
		return grants().at(g, 1)
	}
	slow := ends.Add(-core.MaxCodeStart)
	other := t.neighbour()
	left := map[*trial][]core.Grant{t: {code(t.s, at), code(t.s, slow)}, other: {code(other.s, at)}}
	redeem := func(g core.Grant) core.Grant {
		g.State, g.Generation, g.Change = core.GrantActive, 1, newID()
		t.ok(t.s.UpdateGrant(t.ctx, g), "UpdateGrant of a code that is redeemed")
		g.Version++
		return g
	}
	redeemed := []core.Grant{redeem(code(t.s, at)), redeem(code(t.s, slow))}
	late := code(t.s, at)
	slower := code(t.s, slow.Add(-2*time.Hour)) // no code is: when it goes is the store's affair, but not before its time
	t.purgeAll(ends.Add(core.KeepCodes - time.Microsecond))
	for of, all := range left {
		for _, g := range all {
			grants().unchanged(of, g, "whose code is over for less than KeepCodes, after Purge")
		}
	}
	grants().unchanged(t, slower, "whose code is over for less than KeepCodes and was drawn for before MaxCodeStart, after Purge")
	redeemed = append(redeemed, redeem(late)) // nobody else does so late, yet what is redeemed stays
	t.purgeAll(ends.Add(2 * core.KeepCodes))
	for of, all := range left {
		for _, g := range all {
			_, _, err := of.s.Grant(t.ctx, g.ID)
			t.notFound(err, "a grant whose code nobody redeemed, twice KeepCodes after it, after Purge")
		}
	}
	for _, g := range redeemed {
		grants().unchanged(t, g, "that was redeemed, after Purge had taken codes as old as its own")
	}
	t.purgeAll(redeemed[0].KeepUntil)
	for _, g := range redeemed {
		_, _, err := t.s.Grant(t.ctx, g.ID)
		t.notFound(err, "a redeemed grant past its end after Purge")
	}
}

// purgeRedemption redeems codes while those left are being purged: each is either
// redeemed or gone.
func purgeRedemption(t *trial) {
	at := noon.Add(-24 * time.Hour)
	t.purgeAll(at)
	codes := make([]core.Grant, callers)
	for n := range codes {
		codes[n] = grants().sample()
		codes[n].ID, codes[n].CodeEnds = core.NewID(at), at.Add(time.Minute)
		t.ok(t.s.CreateGrant(t.ctx, codes[n]), "CreateGrant")
		codes[n].Version, codes[n].State, codes[n].Generation, codes[n].Change = 1, core.GrantActive, 1, newID()
	}
	over := at.Add(3 * core.KeepCodes)
	errs := t.race(callers+callers/2, func(n int) error {
		if n < callers {
			return t.s.UpdateGrant(t.ctx, codes[n])
		}
		_, _, err := t.db.Purge(t.ctx, over, 1)
		return err
	})
	t.purgeAll(over)
	for n, err := range errs {
		switch {
		case n >= callers:
			t.ok(err, "Purge beside redemptions")
		case err == nil:
			grants().unchanged(t, grants().at(codes[n], 2), "that was redeemed beside Purge")
		default:
			t.conflict(err, "UpdateGrant of a code that was purged")
			_, _, err := t.s.Grant(t.ctx, codes[n].ID)
			t.notFound(err, "a code that could not be redeemed, since it was purged")
		}
	}
}

// purgeFrees creates again what was purged.
func purgeFrees(t *trial) {
	now := noon.Add(-24 * time.Hour)
	k := keys().sample()
	k.KeepUntil = now.Add(-time.Hour)
	g := waitingGrant()
	g.KeepUntil = k.KeepUntil
	t.ok(t.s.CreateKey(t.ctx, k), "CreateKey")
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
	t.purgeAll(now)
	all, err := t.s.Grants(t.ctx, core.GrantFilter{Client: g.Client}, core.PageOf{Limit: 10})
	t.ok(err, "Grants")
	t.that(len(all) == 0, "a purged grant is listed")
	k.KeepUntil, g.KeepUntil = time.Time{}, time.Time{}
	t.ok(t.s.CreateKey(t.ctx, k), "CreateKey of what was purged")
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant of what was purged")
	grants().unchanged(t, grants().at(g, 1), "after it was purged and created again")
}

// purgeAggregates purges an account and an organization with all that is part
// of them, and takes their keys again.
func purgeAggregates(t *trial) {
	now := noon.Add(-24 * time.Hour)
	a, c := accounts().sample(), credentials().sample()
	m := joining(a.ID, core.MemberOfOrganization)
	a.KeepUntil, c.Account, c.KeepUntil, m.KeepUntil = now.Add(-time.Hour), a.ID, time.Time{}, time.Time{}
	person := core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{email("a@example.com")},
		PutCredentials: []core.Credential{c}, PutMemberships: []core.Membership{m},
	}
	company := core.OrganizationChange{Organization: organizations().sample(), PutDomains: []string{"a.example"}}
	company.Organization.KeepUntil = a.KeepUntil
	t.ok(t.s.CreateAccount(t.ctx, person), "CreateAccount")
	t.ok(t.s.CreateOrganization(t.ctx, company), "CreateOrganization")
	t.purgeAll(now)
	_, err := t.s.AccountByIdentifier(t.ctx, email("a@example.com"))
	t.notFound(err, "a purged account by its identifier")
	_, err = t.s.Credential(t.ctx, c.CredentialKey)
	t.notFound(err, "a credential of a purged account")
	t.nobody(m.MembershipKey, "in an organization whose one member was purged")
	t.unowned("a.example", "a domain of a purged organization")
	_, err = t.s.OrganizationByName(t.ctx, company.Organization.Name)
	t.notFound(err, "a purged organization by name")

	person.Account.KeepUntil, company.Organization.KeepUntil = time.Time{}, time.Time{}
	a.ID, company.Organization.ID = newID(), newID() // others
	person.Account.ID, c.Account, m.Account = a.ID, a.ID, a.ID
	person.PutCredentials, person.PutMemberships = []core.Credential{c}, []core.Membership{m}
	t.ok(t.s.CreateAccount(t.ctx, person), "CreateAccount of another with the keys of what was purged")
	t.ok(t.s.CreateOrganization(t.ctx, company), "CreateOrganization of another with the keys of what was purged")
	t.has(accounts().at(person.Account, 1), person.PutIdentifiers, []core.Credential{credentials().at(c, 1)}, "after it was purged and created again")
	t.belongs(a.ID, []core.Membership{memberships().at(m, 1)}, "after it was purged and created again")
	t.owns(organizations().at(company.Organization, 1), []string{"a.example"}, "after it was purged and created again")
}

// purgeTraffic prolongs sessions while they are being purged: each is either
// prolonged or gone.
func purgeTraffic(t *trial) {
	now := noon.Add(-48 * time.Hour)
	t.purgeAll(now)
	over := make([]core.Session, callers)
	for n := range over {
		over[n] = sessions().sample()
		over[n].KeepUntil = now.Add(-time.Hour)
		t.ok(t.s.CreateSession(t.ctx, over[n]), "CreateSession")
		over[n].Version, over[n].KeepUntil = 1, noon
		over[n].Change = newID()
	}
	// Purges of one row each, half as many as there are rows: some are prolonged.
	errs := t.race(callers+callers/2, func(n int) error {
		if n < callers {
			return t.s.UpdateSession(t.ctx, over[n])
		}
		_, _, err := t.db.Purge(t.ctx, now, 1)
		return err
	})
	t.purgeAll(now)
	for n, err := range errs {
		switch {
		case n >= callers:
			t.ok(err, "Purge beside writers")
		case err == nil:
			sessions().unchanged(t, sessions().at(over[n], 2), "that was prolonged beside Purge")
		default:
			t.conflict(err, "UpdateSession of what was purged")
			_, err := sessions().read(t.ctx, t.s, over[n])
			t.notFound(err, "a session that could not be prolonged, since it was purged")
		}
	}
}
