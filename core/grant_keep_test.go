package core

import (
	"testing"
	"time"
)

// LOD04: a code that nobody redeems must not lie for as long as its tokens would
// have lived, and redeeming one must not write a store's indexes anew. So the row
// has its last end from the start, and says when it goes as it stands.
func TestThreat_LOD04_ACodeGoesSoonAndItsTokensStay(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	soon, late := at.Add(time.Minute).Add(KeepCodes), at.AddDate(0, 6, 0)
	account := NewID(at)
	g := Grant{ID: NewID(at), State: GrantCode, Account: account, Client: "c", Session: NewID(at), Row: Row{Version: 1, KeepUntil: late}}
	g.Secret, g.CodeEnds, g.Ends = Hash{1}, at.Add(time.Minute), late
	s := Standing{Account: AccountStanding{Found: true}, Session: SessionStanding{Found: true, Ends: late, IdleEnds: late}}
	r := Redemption{At: at, Client: "c", Secret: Hash{1}, Refreshable: true, IdleEnds: late, KeepUntil: late}
	goes := func(what string, g Grant, keep, kept time.Time) {
		t.Helper()
		if !g.KeepUntil.Equal(keep) || !g.Kept().Equal(kept) {
			t.Errorf("%s: kept until %v, as it stands %v; want %v and %v", what, g.KeepUntil, g.Kept(), keep, kept)
		}
	}
	goes("a code", g, late, soon)

	wrong := r
	wrong.Client = "other"
	failed := g
	for n := range MaxFailedRedemptions {
		d := failed.Redeem(wrong, s)
		if failed = d.Grant; !d.Write {
			t.Fatalf("attempt %d is not counted", n)
		}
		if n < MaxFailedRedemptions-1 {
			goes("after a wrong attempt", failed, late, soon)
		}
	}
	goes("ended by wrong attempts", failed, soon, soon)
	goes("revoked before it was redeemed", g.Revoke("x").Grant, soon, soon)

	d := g.Redeem(r, s)
	goes("redeemed", d.Grant, late, late)
	rotated := d.Grant.Rotate(Rotation{At: at, Client: "c", Secret: Hash{1}, Generation: 1, Rotate: true}, s)
	goes("rotated", rotated.Grant, late, late)
	goes("revoked", d.Grant.Revoke("x").Grant, late, late)

	earlier := g // as the release before made it
	earlier.KeepUntil = soon
	goes("a code of an earlier release", earlier, soon, soon)
	goes("and redeemed", earlier.Redeem(r, s).Grant, late, late)
}

// Kept gives no more than there is.
func TestGrantKept(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 999, time.UTC)
	for name, c := range map[string]struct {
		g    Grant
		want time.Time
	}{
		"no end":                   {Grant{State: GrantActive}, time.Time{}},
		"no end, but of its code":  {Grant{State: GrantCode, GrantTerms: GrantTerms{CodeEnds: at}}, Instant(at).Add(KeepCodes)},
		"a code without an end":    {Grant{State: GrantCode, Row: Row{KeepUntil: at}}, at},
		"never later than its end": {Grant{State: GrantCode, Row: Row{KeepUntil: at}, GrantTerms: GrantTerms{CodeEnds: at}}, at},
		"a device's is as it says": {Grant{State: GrantWaiting, Row: Row{KeepUntil: at.AddDate(1, 0, 0)}, GrantTerms: GrantTerms{CodeEnds: at}}, at.AddDate(1, 0, 0)},
		"and once it was approved": {Grant{State: GrantApproved, Row: Row{KeepUntil: at.AddDate(1, 0, 0)}, GrantTerms: GrantTerms{CodeEnds: at}}, at.AddDate(1, 0, 0)},
	} {
		if got := c.g.Kept(); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
