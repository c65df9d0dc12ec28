package core

import (
	"testing"
	"time"
)

const µs = time.Microsecond

// at sets when something is presented.
func redeemedAt(at time.Time) func(*Redemption) { return func(r *Redemption) { r.At = at } }
func rotatedAt(at time.Time) func(*Rotation)    { return func(r *Rotation) { r.At = at } }

// codeCases: what is presented with a code, and when.
func codeCases() []transitionCase {
	codeEnds := grantIn(GrantCode).CodeEnds
	all := []transitionCase{
		{name: "TOK04 CD-02 −1 µs", state: GrantCode, redeem: redeemedAt(codeEnds.Add(-µs)), wants: GrantActive, write: true},
		{name: "TOK04 CD-02 ±0", state: GrantCode, redeem: redeemedAt(codeEnds), refusal: RefusedExpired},
		{name: "TOK04 CD-02 +1 µs", state: GrantCode, redeem: redeemedAt(codeEnds.Add(µs)), refusal: RefusedExpired},
		{name: "RD-12 no redirect URI", state: GrantCode, redeem: func(r *Redemption) { r.RedirectHash = Hash{} }, wants: GrantActive, write: true},
		{name: "PK-01 exempted", state: GrantCode, grant: func(g *Grant) { g.Challenge = "" }, wants: GrantActive, write: true},
		{name: "CD-03 bound key kept", state: GrantCode, grant: func(g *Grant) { g.Proof = "jkt" }, wants: GrantActive, write: true},
		{name: "CD-08 fifth wrong", state: GrantCode, grant: func(g *Grant) { g.Failed = 4 },
			redeem: func(r *Redemption) { r.Verifier = "x" }, refusal: RefusedBinding, wants: GrantRevoked, write: true},
		{name: "CD-08 fourth wrong", state: GrantCode, grant: func(g *Grant) { g.Failed = 3 },
			redeem: func(r *Redemption) { r.Verifier = "x" }, refusal: RefusedBinding, write: true},
		{name: "CD-08 right after four", state: GrantCode, grant: func(g *Grant) { g.Failed = 4 }, wants: GrantActive, write: true},
		{name: "CD-08 wrong and over", state: GrantCode, grant: func(g *Grant) { g.Failed = 4; g.CodeEnds = testAt },
			redeem: func(r *Redemption) { r.Verifier = "x" }, refusal: RefusedBinding},
		{name: "CD-04 replay when over", state: GrantActive, redeem: redeemedAt(codeEnds.Add(time.Hour)),
			refusal: RefusedReplayed, wants: GrantRevoked, write: true},
		{name: "CD-04 replay of a descendant's code", state: GrantActive, grant: func(g *Grant) { g.Generation = 7 },
			refusal: RefusedReplayed, wants: GrantRevoked, write: true},
		{name: "CD-04 replay while disabled", state: GrantActive, standing: func(s *Standing) { s.Account.Disabled = true },
			refusal: RefusedReplayed, wants: GrantRevoked, write: true},
		{name: "a restored database", state: GrantCode, redeem: func(r *Redemption) { r.Secret = Hash{1} }, refusal: RefusedSecret},
		{name: "a restored database, replay", state: GrantActive, redeem: func(r *Redemption) { r.Secret = Hash{1} }, refusal: RefusedSecret},
	}
	for _, wrong := range []struct {
		name    string
		grant   func(*Grant)
		redeem  func(*Redemption)
		refusal Refusal
	}{
		{"CD-03 client", nil, func(r *Redemption) { r.Client = "other" }, RefusedClient},
		{"PK-05 no verifier", nil, func(r *Redemption) { r.Verifier = "" }, RefusedBinding},
		{"PK-05 verifier without challenge", func(g *Grant) { g.Challenge = "" }, func(r *Redemption) { r.Verifier = testVerifier }, RefusedBinding},
		{"PK-04 wrong verifier", nil, func(r *Redemption) { r.Verifier = testVerifier + "x" }, RefusedBinding},
		{"PK-02 plain verifier", nil, func(r *Redemption) { r.Verifier = s256(testVerifier) }, RefusedBinding},
		{"RD-12 RED14 redirect URI", nil, func(r *Redemption) { r.RedirectHash = Hash{1} }, RefusedBinding},
		{"CD-03 proof key", func(g *Grant) { g.Proof = "jkt" }, func(r *Redemption) { r.Proof = "other" }, RefusedProof},
		{"CD-03 no proof", func(g *Grant) { g.Proof = "jkt" }, func(r *Redemption) { r.Proof = "" }, RefusedProof},
	} {
		c := transitionCase{name: wrong.name, state: GrantCode, grant: wrong.grant, redeem: wrong.redeem, refusal: wrong.refusal, write: true}
		replay := c
		replay.name, replay.state, replay.write = "CD-05 replay, "+wrong.name, GrantActive, false
		all = append(all, c, replay)
	}
	for i := range all {
		all[i].transition = "Redeem"
	}
	return all
}

// standingCases: what a grant depends on has ended (CD-07, RT-10).
func standingCases() []transitionCase {
	var all []transitionCase
	for _, c := range []struct {
		name     string
		standing func(*Standing)
		refusal  Refusal
		session  bool // ends only what is bound to the session
	}{
		{"no account", func(s *Standing) { s.Account = AccountStanding{} }, RefusedAccount, false},
		{"account disabled", func(s *Standing) { s.Account.Disabled = true }, RefusedAccount, false},
		{"signed out everywhere", func(s *Standing) { s.Account.GrantsEpoch++ }, RefusedAccount, false},
		{"client disabled", func(s *Standing) { s.Client.Disabled = true }, RefusedDisabled, false},
		{"client was disabled", func(s *Standing) { s.Client.Epoch++ }, RefusedDisabled, false},
		{"consent withdrawn", func(s *Standing) { s.Consent++ }, RefusedConsent, false},
		{"no session", func(s *Standing) { s.Session = SessionStanding{} }, RefusedSession, true},
		{"signed out", func(s *Standing) { s.Session.Ended = true }, RefusedSession, true},
		{"session over", func(s *Standing) { s.Session.Ends = testAt.Add(time.Second) }, RefusedSession, true},
		{"session idle", func(s *Standing) { s.Session.IdleEnds = testAt.Add(time.Second) }, RefusedSession, true},
		{"password changed", func(s *Standing) { s.Account.SignInEpoch++ }, RefusedSession, true},
	} {
		bound := func(g *Grant) { g.Offline = false }
		all = append(all,
			transitionCase{name: "CD-07 " + c.name, state: GrantCode, transition: "Redeem", standing: c.standing, refusal: c.refusal},
			transitionCase{name: "CD-07 " + c.name, state: GrantApproved, transition: "Redeem", standing: c.standing, refusal: c.refusal},
			transitionCase{name: "RT-10 RFR13 bound, " + c.name, state: GrantActive, transition: "Rotate", grant: bound, standing: c.standing, refusal: c.refusal},
			transitionCase{name: "INV-F4 reuse, " + c.name, state: GrantActive, transition: "Rotate", standing: c.standing,
				grant: func(g *Grant) { g.Generation = 9 }, rotate: func(r *Rotation) { r.Generation = 2 },
				refusal: RefusedReused, wants: GrantRevoked, write: true},
		)
		offline := transitionCase{name: "RT-10 offline, " + c.name, state: GrantActive, transition: "Rotate", standing: c.standing, refusal: c.refusal}
		if c.session {
			offline.refusal, offline.write = "", true
		}
		all = append(all, offline)
	}
	return all
}

// refreshCases: generations, windows and ends.
func refreshCases() []transitionCase {
	g := grantIn(GrantActive)
	at := func(generation uint64) func(*Grant) { return func(g *Grant) { g.Generation = generation } }
	old := func(generation uint64, after time.Duration) func(*Rotation) {
		return func(r *Rotation) { r.Generation, r.At = generation, testAt.Add(after) }
	}
	with := func(fs ...func(*Rotation)) func(*Rotation) {
		return func(r *Rotation) {
			for _, f := range fs {
				f(r)
			}
		}
	}
	overlap := func(d time.Duration) func(*Rotation) { return func(r *Rotation) { r.Overlap = d } }
	proof := func(p string) func(*Rotation) { return func(r *Rotation) { r.Proof = p } }
	bound := func(g *Grant) { g.Proof = "jkt" }
	keep := func(r *Rotation) { r.Rotate = false }
	all := []transitionCase{
		{name: "RT-01 RFR04 another client", rotate: func(r *Rotation) { r.Client = "other" }, refusal: RefusedClient},
		{name: "RT-01 another client, old", grant: at(9), rotate: with(old(2, time.Hour), func(r *Rotation) { r.Client = "other" }), refusal: RefusedClient},
		{name: "restored, other bytes", rotate: func(r *Rotation) { r.Secret = Hash{1} }, refusal: RefusedSecret},
		{name: "generation 0", rotate: func(r *Rotation) { r.Generation = 0 }, refusal: RefusedSecret},
		{name: "restored, ahead", rotate: func(r *Rotation) { r.Generation = 2 }, refusal: RefusedAhead},
		{name: "ahead by all", rotate: func(r *Rotation) { r.Generation = ^uint64(0) }, refusal: RefusedAhead},
		{name: "RFR14 none was given", grant: func(g *Grant) { g.Refreshable = false }, refusal: RefusedRevoked},
		{name: "RT-04 predecessor at once", grant: at(5), rotate: old(4, 0)},
		{name: "RT-05 predecessor, +29 s", grant: at(5), rotate: old(4, 29*time.Second)},
		{name: "RT-05 predecessor, −1 µs", grant: at(5), rotate: old(4, 30*time.Second-µs)},
		{name: "RT-05 predecessor, ±0", grant: at(5), rotate: old(4, 30*time.Second), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "RT-05 RFR03 predecessor, +31 s", grant: at(5), rotate: old(4, 31*time.Second), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "RT-05 two back", grant: at(5), rotate: old(3, 0), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "RT-05 an hour is cut to a minute", grant: at(5), rotate: with(old(4, 61*time.Second), overlap(time.Hour)), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "strict", grant: at(5), rotate: with(old(4, 0), overlap(0)), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "strict, a clock behind", grant: at(5), rotate: with(old(4, -time.Second), overlap(0)), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "strict, negative", grant: at(5), rotate: with(old(4, -time.Hour), overlap(-1)), refusal: RefusedReused, wants: GrantRevoked, write: true},
		{name: "overlap, a clock behind", grant: at(5), rotate: old(4, -time.Second)},
		{name: "RFR08 idle −1 µs", rotate: rotatedAt(g.IdleEnds.Add(-µs)), write: true},
		{name: "RFR08 idle ±0", rotate: rotatedAt(g.IdleEnds), refusal: RefusedExpired},
		{name: "RFR08 idle +1 µs", rotate: rotatedAt(g.IdleEnds.Add(µs)), refusal: RefusedExpired},
		{name: "RT-08 end −1 µs", grant: func(g *Grant) { g.IdleEnds = time.Time{} }, rotate: rotatedAt(g.Ends.Add(-µs)), write: true},
		{name: "RT-08 end ±0", grant: func(g *Grant) { g.IdleEnds = time.Time{} }, rotate: rotatedAt(g.Ends), refusal: RefusedExpired},
		{name: "RT-08 end +1 µs", grant: func(g *Grant) { g.IdleEnds = time.Time{} }, rotate: rotatedAt(g.Ends.Add(µs)), refusal: RefusedExpired},
		{name: "RT-14 same key", grant: bound, rotate: proof("jkt"), write: true},
		{name: "RT-14 other key", grant: bound, rotate: proof("other"), refusal: RefusedProof, wants: GrantRevoked, write: true},
		{name: "RFR11 other key in the window", grant: func(g *Grant) { bound(g); g.Generation = 5 }, rotate: with(old(4, 0), proof("other")),
			refusal: RefusedProof, wants: GrantRevoked, write: true},
		{name: "INV-F7 proof left out", grant: bound, refusal: RefusedProof},
		{name: "INV-F7 proof for an unbound grant", rotate: proof("jkt"), write: true},
		{name: "RT-15 kept, soon", rotate: keep},
		{name: "RT-15 kept, a sixteenth later", rotate: with(keep, old(1, 2*24*time.Hour)), write: true},
		{name: "RT-15 kept, an old one", grant: at(2), rotate: with(keep, old(1, time.Hour)), refusal: RefusedReused, wants: GrantRevoked, write: true},
	}
	for i := range all {
		all[i].state, all[i].transition = GrantActive, "Rotate"
	}
	return all
}

// deviceCases: a device waits, a person claims and decides.
func deviceCases() []transitionCase {
	ends := grantIn(GrantWaiting).CodeEnds.Sub(testAt)
	claimed := func(g *Grant) { g.Account, g.Session = testAccount, testSession }
	return []transitionCase{
		{name: "right after −1 µs", state: GrantWaiting, transition: "Claim", claimAt: ends - µs, write: true},
		{name: "over", state: GrantWaiting, transition: "Claim", claimAt: ends, refusal: RefusedExpired},
		{name: "by another", state: GrantWaiting, transition: "Claim", grant: claimed, claimant: ID{8}, refusal: RefusedAccount},
		{name: "again", state: GrantWaiting, transition: "Claim", grant: claimed, write: true},
		{name: "claimed", state: GrantWaiting, transition: "Approve", grant: claimed, wants: GrantApproved, write: true},
		{name: "by another", state: GrantWaiting, transition: "Approve", grant: claimed,
			approve: func(a *Approval) { a.Account = ID{8} }, refusal: RefusedAccount},
		{name: "over", state: GrantWaiting, transition: "Approve", grant: claimed,
			approve: func(a *Approval) { a.At = testAt.Add(ends) }, refusal: RefusedExpired},
		{name: "INV-F3 for more", state: GrantWaiting, transition: "Approve", grant: claimed,
			approve: func(a *Approval) { a.Access = []Access{{Resource: "https://api", Scopes: []string{"x"}}} }, refusal: RefusedConsent},
		{name: "for less", state: GrantWaiting, transition: "Approve", grant: claimed,
			approve: func(a *Approval) { a.Access = []Access{{Scopes: []string{"openid"}}} }, wants: GrantApproved, write: true},
		{name: "client disabled since", state: GrantWaiting, transition: "Approve", grant: claimed,
			approve: func(a *Approval) { a.Epochs.Client++ }, refusal: RefusedDisabled},
		{name: "polls −1 µs", state: GrantWaiting, transition: "Redeem", redeem: redeemedAt(testAt.Add(ends - µs)), refusal: RefusedPending},
		{name: "polls when over", state: GrantWaiting, transition: "Redeem", redeem: redeemedAt(testAt.Add(ends)), refusal: RefusedExpired},
		{name: "polls, client disabled", state: GrantWaiting, transition: "Redeem", standing: func(s *Standing) { s.Client.Disabled = true }, refusal: RefusedDisabled},
		{name: "approved, too late", state: GrantApproved, transition: "Redeem", redeem: redeemedAt(testAt.Add(ends)), refusal: RefusedExpired},
		{name: "of another epoch", state: GrantActive, transition: "RevokeAccess", grant: func(g *Grant) { g.AccessEpoch = 3 }},
	}
}

func TestRT08_rotationMovesNoEnd(t *testing.T) {
	g, s := grantIn(GrantActive), goodStanding()
	for day := 1; day < 180; day++ {
		r := rotation(g.Generation)
		r.At = testAt.Add(time.Duration(day) * 24 * time.Hour)
		d := g.Rotate(r, s)
		if d.Refusal != "" || d.Grant.Generation != g.Generation+1 || d.Grant.IdleEnds.After(g.Ends) {
			t.Fatalf("day %d: %q, generation %d", day, d.Refusal, d.Grant.Generation)
		}
		g = d.Grant
	}
	r := rotation(g.Generation)
	r.At = testAt.Add(180 * 24 * time.Hour)
	if d := g.Rotate(r, s); d.Refusal != RefusedExpired {
		t.Fatalf("a daily refresh outlived the end: %q", d.Refusal)
	}
}
