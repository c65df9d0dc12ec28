package core

import (
	"testing"
	"time"
)

// LOD04: a code that nobody redeems must not lie for as long as its tokens would
// have lived. Redemption moves the end of the row, and nothing else does.
func TestThreat_LOD04_OnlyRedemptionMovesTheEndOfTheRow(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	soon, late := at.Add(24*time.Hour), at.AddDate(0, 6, 0)
	account := NewID(at)
	g := Grant{ID: NewID(at), State: GrantCode, Account: account, Client: "c", Session: NewID(at), Row: Row{Version: 1, KeepUntil: soon}}
	g.Secret, g.CodeEnds, g.Ends = Hash{1}, at.Add(time.Minute), late
	s := Standing{Account: AccountStanding{Found: true}, Session: SessionStanding{Found: true, Ends: late, IdleEnds: late}}
	r := Redemption{At: at, Client: "c", Secret: Hash{1}, Refreshable: true, IdleEnds: late, KeepUntil: late}

	wrong := r
	wrong.Client = "other"
	if d := g.Redeem(wrong, s); !d.Write || !d.Grant.KeepUntil.Equal(soon) {
		t.Errorf("a wrong attempt keeps the row until %v", d.Grant.KeepUntil)
	}
	d := g.Redeem(r, s)
	if d.Refusal != "" || !d.Grant.KeepUntil.Equal(late) {
		t.Fatalf("redeemed: %q, kept until %v", d.Refusal, d.Grant.KeepUntil)
	}
	rotated := d.Grant.Rotate(Rotation{At: at, Client: "c", Secret: Hash{1}, Generation: 1, Rotate: true}, s)
	if rotated.Refusal != "" || !rotated.Grant.KeepUntil.Equal(late) {
		t.Errorf("rotated: %q, kept until %v", rotated.Refusal, rotated.Grant.KeepUntil)
	}
	if ended := d.Grant.Revoke("x"); !ended.Grant.KeepUntil.Equal(late) {
		t.Errorf("revoked: kept until %v", ended.Grant.KeepUntil)
	}
}
