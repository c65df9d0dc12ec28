package conformance

import (
	"fmt"

	"github.com/keywright/keywright/core"
)

func grantChecks() []Check {
	return []Check{
		check("grant.filters", "who ends the grants of one person, client or session must not end another's, nor miss one", grantFilters),
		check("grant.end_in_batches", "what was revoked stays revoked, and a batch that never finishes revokes nothing", grantEnds),
		check("grant.end_beside_rotation", "a grant that is used while it is ended must end up ended, not forked", grantEndsRacing),
		check("grant.end_tenants_apart", "ending the grants of a client here must not sign its people out at a neighbour", grantEndsTenants),
		check("grant.user_code_finds_the_waiting", "a code typed at a television must lead to the device that shows it, while it waits", grantUserCode),
		check("grant.user_code_has_one_owner", "two devices that show one code are one person approving another's device", grantUserCodeOnce),
	}
}

// family is a grant for each pair of two accounts, clients and sessions.
func (t *trial) family() (like core.Grant, all []core.Grant) {
	like = grants().sample()
	other := grants().sample()
	for n := range 8 {
		g := grants().sample()
		g.Account, g.Client, g.Session, g.State = like.Account, like.Client, like.Session, core.GrantActive
		if n&1 != 0 {
			g.Account = other.Account
		}
		if n&2 != 0 {
			g.Client = other.Client
		}
		if n&4 != 0 {
			g.Session = other.Session
		}
		t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
		g.Version = 1
		all = append(all, g)
	}
	return like, all
}

// matches says whether the filter names the grant.
func matches(f core.GrantFilter, g core.Grant) bool {
	return (f.Account.IsZero() || g.Account == f.Account) && (f.Client == "" || g.Client == f.Client) &&
		(f.Session.IsZero() || g.Session == f.Session)
}

// filtersOf are all that can be asked about a grant.
func filtersOf(g core.Grant) []core.GrantFilter {
	return []core.GrantFilter{
		{}, {Account: g.Account}, {Client: g.Client}, {Session: g.Session},
		{Account: g.Account, Client: g.Client}, {Client: g.Client, Session: g.Session},
		{Account: g.Account, Session: g.Session}, {Account: g.Account, Client: g.Client, Session: g.Session},
	}
}

func grantFilters(t *trial) {
	like, all := t.family()
	for _, f := range filtersOf(like) {
		want := map[core.ID]core.Grant{}
		for _, g := range all {
			if matches(f, g) {
				want[g.ID] = g
			}
		}
		got, err := t.s.Grants(t.ctx, f, core.PageOf{Limit: 100})
		t.ok(err, "Grants")
		t.that(len(got) == len(want), "Grants with %+v gives %d, want %d", f, len(got), len(want))
		for _, g := range got {
			same(t, want[g.ID], g, "a grant that the filter names")
		}
	}
}

func grantEnds(t *trial) {
	for n := range filtersOf(core.Grant{}) {
		t := t.neighbour()
		like, all := t.family()
		denied, f := all[0], filtersOf(like)[n]
		denied.State = core.GrantDenied
		t.ok(t.s.UpdateGrant(t.ctx, denied), "UpdateGrant")
		change, ended := newID(), 0
		for more, calls := true, 0; more; calls++ {
			var n int
			var err error
			n, more, err = t.s.EndGrants(t.ctx, f, "test", change, 3)
			t.ok(err, "EndGrants")
			t.that(n <= 3, "a batch of at most 3 ended %d grants", n)
			t.that(calls < 20, "EndGrants says that some are left after %d batches", calls)
			ended += n
		}
		want := 0
		for n, g := range all {
			got, _, err := t.s.Grant(t.ctx, g.ID)
			t.ok(err, "Grant")
			switch {
			case n == 0:
				same(t, grants().at(denied, 2), got, "a denied grant that a filter names")
			case !matches(f, g):
				same(t, g, got, fmt.Sprintf("a grant that %+v does not name", f))
			default:
				want++
				g = g.Revoke("test").Grant
				g.Version, g.Change = 2, change
				same(t, g, got, "a grant that was ended")
			}
		}
		t.that(ended == want, "EndGrants tells of %d grants ended, want %d", ended, want)
	}
}

// grantEndsRacing rotates grants while they are being ended.
func grantEndsRacing(t *trial) {
	_, all := t.family()
	for _, err := range t.race(len(all)+2, func(n int) error {
		if n < len(all) {
			for v := uint64(1); v < 20; v++ {
				g := grants().at(all[n], v)
				g.Generation++
				if t.s.UpdateGrant(t.ctx, g) != nil {
					return nil
				}
			}
			return nil
		}
		_, _, err := t.s.EndGrants(t.ctx, core.GrantFilter{}, "test", newID(), 100)
		return err
	}) {
		t.ok(err, "EndGrants beside updates")
	}
	for more, calls := true, 0; more; calls++ {
		var err error
		_, more, err = t.s.EndGrants(t.ctx, core.GrantFilter{}, "test", newID(), 100)
		t.ok(err, "EndGrants after a race")
		t.that(calls < 20, "EndGrants says that some are left after %d batches", calls)
	}
	for _, g := range all {
		got, _, err := t.s.Grant(t.ctx, g.ID)
		t.ok(err, "Grant")
		t.that(got.State == core.GrantRevoked, "a grant is %s after all were ended", got.State)
		t.conflict(t.s.UpdateGrant(t.ctx, grants().at(g, got.Version-1)), "an update begun before the end")
	}
}

func grantEndsTenants(t *trial) {
	like, all := t.family()
	other := t.neighbour()
	for _, f := range filtersOf(like) {
		n, more, err := other.s.EndGrants(t.ctx, f, "test", newID(), 100)
		t.ok(err, "EndGrants")
		t.that(n == 0 && !more, "a neighbour's EndGrants ended %d grants", n)
		got, err := other.s.Grants(t.ctx, f, core.PageOf{Limit: 100})
		t.ok(err, "Grants")
		t.that(len(got) == 0, "a neighbour's list has %d grants", len(got))
	}
	for _, g := range all {
		grants().unchanged(t, g, "after a neighbour's EndGrants")
	}
}

func waitingGrant() core.Grant {
	g := grants().sample()
	g.State, g.UserCode, g.Account, g.Session = core.GrantWaiting, newHash(), core.ID{}, core.ID{}
	return g
}

func grantUserCode(t *trial) {
	g, other := waitingGrant(), t.neighbour()
	plain := grants().sample()
	plain.State = core.GrantWaiting
	t.ok(t.s.CreateGrant(t.ctx, plain), "CreateGrant without a user code")
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
	g.Version = 1
	got, err := t.s.GrantByUserCode(t.ctx, []core.Hash{newHash(), g.UserCode})
	t.ok(err, "GrantByUserCode by the second of two hashes")
	same(t, g, got, "the grant by user code")
	for _, none := range [][]core.Hash{nil, {}, {newHash()}, {{}}} {
		_, err = t.s.GrantByUserCode(t.ctx, none)
		t.notFound(err, "GrantByUserCode of no code that is out")
	}
	_, err = other.s.GrantByUserCode(t.ctx, []core.Hash{g.UserCode})
	t.notFound(err, "GrantByUserCode of a neighbour's code")
	g.State = core.GrantApproved
	t.ok(t.s.UpdateGrant(t.ctx, g), "UpdateGrant")
	_, err = t.s.GrantByUserCode(t.ctx, []core.Hash{g.UserCode})
	t.notFound(err, "GrantByUserCode of a grant that waits no more")
}

func grantUserCodeOnce(t *trial) {
	code := newHash()
	errs := t.race(callers, func(int) error {
		g := waitingGrant()
		g.UserCode = code
		return t.s.CreateGrant(t.ctx, g)
	})
	t.oneWinner(errs, "waiting grants with one user code")
	g := waitingGrant()
	g.UserCode = code
	t.ok(t.neighbour().s.CreateGrant(t.ctx, g), "CreateGrant with a neighbour's user code")
	for range 2 {
		g := waitingGrant()
		g.UserCode = core.Hash{}
		t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant without a user code")
	}
}
