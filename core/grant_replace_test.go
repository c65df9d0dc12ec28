package core

import (
	"testing"
	"time"
)

// MC-11: a grant ends for another only where all of it is in that one and both are
// the same copy of the client's.
func TestMC11_Replaced(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	account, session := NewID(at), NewID(at)
	grant := func(scopes ...string) Grant {
		g := Grant{ID: NewID(at), State: GrantActive, Account: account, Client: "c", Session: session}
		g.Access = []Access{{Scopes: []string{"openid"}}, {Resource: "https://api.example", Scopes: scopes}}
		return g
	}
	for _, one := range []struct {
		name   string
		change func(old, by *Grant)
		public bool
		want   bool
	}{
		{"narrower", func(_, _ *Grant) {}, false, true},
		{"narrower, of a public client: two copies may run in one browser", func(_, _ *Grant) {}, true, false},
		{"public, bound to one key", func(o, b *Grant) { o.Proof, b.Proof = "k", "k" }, true, true},
		{"bound to another key", func(o, b *Grant) { o.Proof, b.Proof = "k", "l" }, false, false},
		{"only one is bound", func(_, b *Grant) { b.Proof = "k" }, false, false},
		{"the same access: no step up", func(o, b *Grant) { o.Access = b.Access }, false, false},
		{"something of its own", func(o, _ *Grant) { o.Access = Union(o.Access, []Access{{Scopes: []string{"email"}}}) }, false, false},
		{"another resource", func(o, _ *Grant) { o.Access[1].Resource = "https://other.example" }, false, false},
		{"another session", func(o, _ *Grant) { o.Session = NewID(at) }, false, false},
		{"another account", func(o, _ *Grant) { o.Account = NewID(at) }, false, false},
		{"another client", func(o, _ *Grant) { o.Client = "d" }, false, false},
		{"a code that is out", func(o, _ *Grant) { o.State = GrantCode }, false, false},
		{"ended before", func(o, _ *Grant) { o.State = GrantRevoked }, false, false},
		{"a device's, approved in the session", func(o, _ *Grant) { o.UserCode = Hash{1} }, false, false},
		{"for a device, which has not been shown what others hold", func(_, b *Grant) { b.UserCode = Hash{1} }, false, false},
		{"itself", func(o, b *Grant) { o.ID = b.ID }, false, false},
		{"the new one has ended", func(_, b *Grant) { b.State = GrantRevoked }, false, false},
	} {
		old, by := grant("read"), grant("read", "write")
		if one.change(&old, &by); old.Replaced(&by, one.public) != one.want {
			t.Errorf("%s: want %v", one.name, one.want)
		}
	}
}

// MC-11: what a grant replaces is named until it has ended, which a use of its
// refresh token does not know yet.
func TestMC11_SettlingForgetsWhatIsReplaced(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	late := at.AddDate(0, 6, 0)
	g := Grant{ID: NewID(at), State: GrantCode, Account: NewID(at), Client: "c", Session: NewID(at)}
	g.Secret, g.CodeEnds, g.Ends, g.Replaces = Hash{1}, at.Add(time.Minute), late, []ID{NewID(at)}
	s := Standing{Account: AccountStanding{Found: true}, Session: SessionStanding{Found: true, Ends: late, IdleEnds: late}}
	redeemed := g.Redeem(Redemption{At: at, Client: "c", Secret: Hash{1}, Refreshable: true, IdleEnds: late}, s)
	if len(redeemed.Grant.Replaces) != 1 {
		t.Fatal("redemption alone shows nothing: its answer can be lost")
	}
	for _, rotates := range []bool{true, false} {
		r := Rotation{At: at, Client: "c", Secret: Hash{1}, Generation: 1, Rotate: rotates}
		first := redeemed.Grant.Rotate(r, s)
		if first.Refusal != "" || first.Write != rotates || len(first.Grant.Replaces) != 1 || !first.Grant.IdleEnds.Equal(late) {
			t.Errorf("rotates %v: %+v", rotates, first)
		}
		settled := first.Grant.Settle()
		if !settled.Write || len(settled.Grant.Replaces) != 0 || settled.Grant.Settle().Write {
			t.Errorf("rotates %v: settled: %+v", rotates, settled)
		}
	}
	wrong := redeemed.Grant.Rotate(Rotation{At: at, Client: "d", Secret: Hash{1}, Generation: 1}, s)
	if wrong.Refusal == "" || len(wrong.Grant.Replaces) != 1 {
		t.Error("another client ends what this one replaces")
	}
}
