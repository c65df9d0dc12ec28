package core

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// What the tests of grants start from.

var (
	testAt       = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	testAccount  = ID{1}
	testSession  = ID{2}
	testSecret   = Hash(sha256.Sum256([]byte("random part")))
	testRedirect = Hash(sha256.Sum256([]byte("https://app.example/cb")))
)

const testVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B

// grantIn makes a grant in the state, as its history would have made it.
func grantIn(state GrantState) Grant {
	g := Grant{
		ID: ID{9}, Row: Row{Version: 1, KeepUntil: testAt.Add(time.Hour * 9000)}, State: state,
		Account: testAccount, Client: "app", Session: testSession,
		GrantTerms: GrantTerms{
			Lane: LaneSeeded, AuthMethod: AuthNone, Access: []Access{{Scopes: []string{"openid", "offline_access"}}},
			AMR: []string{"pwd"}, AuthTime: testAt.Add(-time.Hour), Offline: true,
			Epochs: GrantEpochs{Account: 3, Client: 4, Consent: 5},
			Secret: testSecret, Challenge: s256(testVerifier), RedirectHash: testRedirect, Nonce: "n",
			CreatedAt: testAt, CodeEnds: testAt.Add(time.Minute), Ends: testAt.Add(180 * 24 * time.Hour),
		},
	}
	switch state {
	case GrantWaiting, GrantApproved:
		g.Challenge, g.RedirectHash, g.Nonce, g.UserCode = "", Hash{}, "", testSecret
	case GrantActive:
		g.Nonce, g.Generation, g.RotatedAt, g.Refreshable = "", 1, testAt, true
		g.IdleEnds = testAt.Add(30 * 24 * time.Hour)
	}
	if state == GrantWaiting {
		g.Account, g.Session = ID{}, ID{}
	}
	return g
}

// active at a generation, whose rotation was at testAt.
func activeAt(generation uint64) Grant {
	g := grantIn(GrantActive)
	g.Generation = generation
	return g
}

// standing under which the grants of grantIn stand.
func goodStanding() Standing {
	return Standing{
		Account: AccountStanding{Found: true, SignInEpoch: 7, GrantsEpoch: 3},
		Client:  ClientStanding{Epoch: 4},
		Consent: 5,
		Session: SessionStanding{
			Found: true, SignInEpoch: 7,
			Ends: testAt.Add(9000 * time.Hour), IdleEnds: testAt.Add(8000 * time.Hour),
		},
	}
}

// redemption that is right for the grant.
func redemption(g Grant) Redemption {
	r := Redemption{
		At: testAt.Add(time.Second), Client: "app", Secret: testSecret, RedirectHash: g.RedirectHash, Proof: g.Proof,
		Refreshable: true, IdleEnds: testAt.Add(30 * 24 * time.Hour),
	}
	if g.Challenge != "" {
		r.Verifier = testVerifier
	}
	return r
}

// rotation of the generation, one second after the last.
func rotation(generation uint64) Rotation {
	return Rotation{
		At: testAt.Add(time.Second), Client: "app", Secret: testSecret, Generation: generation,
		Overlap: 30 * time.Second, Rotate: true, Idle: 30 * 24 * time.Hour,
	}
}

func approval(g Grant) Approval {
	return Approval{
		At: testAt.Add(time.Second), Account: testAccount, Access: g.Access, AMR: []string{"pwd"},
		AuthTime: testAt, Offline: true, Epochs: GrantEpochs{Account: 3, Client: 4, Consent: 5},
	}
}

// s256 is the PKCE transformation (RFC 7636 section 4.2).
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
