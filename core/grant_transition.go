package core

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"
)

// The transitions of a grant: pure functions, value in, value out, which know
// time only as an argument. This file is the OAuth state machine.

// Stands says what, if anything, has ended the grant: time, a state, or one of
// the things it depends on. Until redeemed every grant is bound to its session,
// after that only those without offline access.
func (g *Grant) Stands(s Standing, at time.Time) Refusal {
	switch {
	case g.State == GrantRevoked:
		return RefusedRevoked
	case g.State == GrantDenied:
		return RefusedDenied
	case !at.Before(g.Ends):
		return RefusedExpired
	case s.Client.Disabled || s.Client.Epoch != g.Epochs.Client:
		return RefusedDisabled
	case g.State == GrantWaiting:
		return ""
	case !s.Account.Found || s.Account.Disabled || s.Account.GrantsEpoch != g.Epochs.Account:
		return RefusedAccount
	case s.Consent != g.Epochs.Consent:
		return RefusedConsent
	}
	if bound := g.State != GrantActive || !g.Offline; bound && !s.sessionLives(at) {
		return RefusedSession
	}
	return ""
}

func (s *Standing) sessionLives(at time.Time) bool {
	return s.Session.Found && !s.Session.Ended && at.Before(s.Session.Ends) && at.Before(s.Session.IdleEnds) &&
		s.Session.SignInEpoch == s.Account.SignInEpoch
}

// Redemption is a code or a device code as presented, after client
// authentication.
type Redemption struct {
	At     time.Time
	Client string
	// Secret is the SHA-256 of the random part of the code.
	Secret Hash
	// Verifier is the PKCE code_verifier; empty if none was sent.
	Verifier string
	// RedirectHash is of the redirect_uri parameter; zero if none was sent,
	// which is fine (OAuth 2.1 section 10.2).
	RedirectHash Hash
	Proof        string
	// Refreshable and the ends are what policy gives from here on.
	Refreshable bool
	// LongLived gives one lasting access token in place of refresh tokens.
	LongLived bool
	IdleEnds  time.Time
	// KeepUntil is how long the row is kept once the code has become tokens. A
	// grant that was made with a code has that end already; a device's has not, nor
	// one that an earlier release made.
	KeepUntil time.Time
}

// Redeem uses the code once. A second redemption that is right in every respect
// revokes the grant (CD-04); one with something wrong changes nothing (CD-05),
// except that five wrong ones end a code that is still out (CD-08).
func (g Grant) Redeem(r Redemption, s Standing) Decision {
	if !sameHash(g.Secret, r.Secret) {
		return refuse(g, RefusedSecret)
	}
	if wrong := g.wrongBinding(r); wrong != "" {
		return g.fail(r.At, wrong)
	}
	if g.State == GrantActive {
		return g.end(RefusedReplayed)
	}
	if ended := g.Stands(s, r.At); ended != "" {
		return refuse(g, ended)
	}
	if !r.At.Before(g.CodeEnds) {
		return refuse(g, RefusedExpired)
	}
	if g.State == GrantWaiting {
		return refuse(g, RefusedPending)
	}
	g.State, g.Nonce, g.Failed = GrantActive, "", 0
	g.KeepUntil = r.KeepUntil
	g.Generation, g.RotatedAt = 1, r.At
	g.Refreshable, g.LongLived, g.IdleEnds = r.Refreshable && !r.LongLived, r.LongLived, r.IdleEnds
	if g.Proof == "" {
		g.Proof = r.Proof
	}
	return Decision{Grant: g, Write: true}
}

// wrongBinding compares everything the code was bound to (CD-03, PK-05).
func (g *Grant) wrongBinding(r Redemption) Refusal {
	switch {
	case g.Client != r.Client:
		return RefusedClient
	case (g.Challenge == "") != (r.Verifier == ""):
		return RefusedBinding
	case g.Challenge != "" && !meets(r.Verifier, g.Challenge):
		return RefusedBinding
	case !r.RedirectHash.IsZero() && !sameHash(g.RedirectHash, r.RedirectHash):
		return RefusedBinding
	case g.Proof != "" && g.Proof != r.Proof:
		return RefusedProof
	}
	return ""
}

// fail counts a wrong attempt on a code that is still out; the fifth ends it.
func (g Grant) fail(at time.Time, why Refusal) Decision {
	if g.State != GrantCode || !at.Before(g.CodeEnds) {
		return refuse(g, why)
	}
	if g.Failed++; g.Failed >= MaxFailedRedemptions {
		return Decision{Grant: g.Revoke("attempts").Grant, Write: true, Refusal: why}
	}
	return Decision{Grant: g, Write: true, Refusal: why}
}

// Rotation is a refresh token as presented, after client authentication.
type Rotation struct {
	At         time.Time
	Client     string
	Secret     Hash
	Generation uint64
	Proof      string
	// Overlap is how long the predecessor still gets the current generation
	// again; 0 is strict, at most MaxOverlap.
	Overlap time.Duration
	// Rotate is whether this client's tokens are replaced at use.
	Rotate bool
	// Idle is how long the grant may lie unused from now; 0 means until Ends.
	Idle time.Duration
}

// Rotate judges a refresh token. The current generation is replaced by the next
// (or, without rotation, kept); the one before gets the current one again
// within the overlap window and writes nothing; anything older revokes the
// grant (RT-03), and so does another proof key than the one it is bound to:
// whether or not the grant stands just now, since what stands in its way may be
// lifted. Decision.Grant.Generation is the token to hand out.
func (g Grant) Rotate(r Rotation, s Standing) Decision {
	switch {
	case !sameHash(g.Secret, r.Secret) || r.Generation == 0: // 0 was never handed out
		return refuse(g, RefusedSecret)
	case g.Client != r.Client:
		return refuse(g, RefusedClient)
	case g.State != GrantActive || !g.Refreshable:
		return refuse(g, RefusedRevoked)
	case !r.At.Before(g.Ends), !g.IdleEnds.IsZero() && !r.At.Before(g.IdleEnds):
		return refuse(g, RefusedExpired)
	case g.Proof != "" && r.Proof == "": // a proof left out is no other key
		return refuse(g, RefusedProof)
	case g.Proof != "" && g.Proof != r.Proof:
		return g.end(RefusedProof)
	case r.Generation > g.Generation:
		return refuse(g, RefusedAhead)
	case r.Generation < g.Generation && !g.overlaps(r):
		return g.end(RefusedReused)
	}
	if ended := g.Stands(s, r.At); ended != "" {
		return refuse(g, ended)
	}
	if r.Generation < g.Generation {
		return Decision{Grant: g}
	}
	return g.use(r)
}

// overlaps says whether the token presented is the predecessor of the current
// one, in the window counted from its rotation (RT-05).
func (g *Grant) overlaps(r Rotation) bool {
	return r.Generation+1 == g.Generation && r.Overlap > 0 &&
		r.At.Before(g.RotatedAt.Add(min(r.Overlap, MaxOverlap)))
}

// use moves the grant on by one refresh of its current token.
func (g Grant) use(r Rotation) Decision {
	idle := g.Ends
	if r.Idle > 0 && r.At.Add(r.Idle).Before(g.Ends) {
		idle = r.At.Add(r.Idle)
	}
	if !r.Rotate {
		// A mark of use is written at most once in a sixteenth of the period.
		if idle.Sub(g.IdleEnds) < r.Idle/16 || !idle.After(g.IdleEnds) {
			return Decision{Grant: g}
		}
		g.IdleEnds = idle
		return Decision{Grant: g, Write: true}
	}
	g.Generation++
	g.RotatedAt, g.IdleEnds = r.At, idle
	return Decision{Grant: g, Write: true}
}

// Claim gives a waiting device grant to the person who typed its code.
func (g Grant) Claim(account, session ID, at time.Time) Decision {
	switch {
	case g.State != GrantWaiting:
		return refuse(g, RefusedRevoked)
	case !at.Before(g.CodeEnds):
		return refuse(g, RefusedExpired)
	case !g.Account.IsZero() && g.Account != account:
		return refuse(g, RefusedAccount)
	}
	g.Account, g.Session = account, session
	return Decision{Grant: g, Write: true}
}

// Approval is what a person agreed to for a device.
type Approval struct {
	At       time.Time
	Account  ID
	Access   []Access
	AMR      []string
	ACR      string
	AuthTime time.Time
	Offline  bool
	Epochs   GrantEpochs
}

// Approve lets the device redeem. Only who claimed the grant can, for no more
// than was asked.
func (g Grant) Approve(a Approval) Decision {
	switch {
	case g.State != GrantWaiting || g.Account.IsZero():
		return refuse(g, RefusedRevoked)
	case !a.At.Before(g.CodeEnds):
		return refuse(g, RefusedExpired)
	case g.Account != a.Account:
		return refuse(g, RefusedAccount)
	case g.Epochs.Client != a.Epochs.Client: // disabled since the device asked
		return refuse(g, RefusedDisabled)
	case !Within(a.Access, g.Access):
		return refuse(g, RefusedConsent)
	}
	g.State, g.Access, g.Offline = GrantApproved, a.Access, a.Offline
	g.AMR, g.ACR, g.AuthTime, g.Epochs = a.AMR, a.ACR, a.AuthTime, a.Epochs
	return Decision{Grant: g, Write: true}
}

// Deny ends a waiting grant: the device hears access_denied.
func (g Grant) Deny() Decision {
	if g.State != GrantWaiting {
		return refuse(g, RefusedRevoked)
	}
	g.State, g.Reason = GrantDenied, "denied"
	return Decision{Grant: g, Write: true}
}

// Revoke ends the grant in any state, for good. A second call writes nothing. A
// code that is out goes as soon as if nobody had redeemed it: nobody can.
func (g Grant) Revoke(reason string) Decision {
	if g.State == GrantRevoked || g.State == GrantDenied {
		return Decision{Grant: g}
	}
	g.KeepUntil = g.Kept()
	g.State, g.Reason, g.Nonce = GrantRevoked, reason, ""
	return Decision{Grant: g, Write: true}
}

// RevokeAccess ends every access token of the grant made under the epoch given;
// its refresh token lives. Doing it again for the same epoch writes nothing.
func (g Grant) RevokeAccess(epoch uint64) Decision {
	if g.State != GrantActive || epoch != g.AccessEpoch {
		return Decision{Grant: g}
	}
	g.AccessEpoch++
	return Decision{Grant: g, Write: true}
}

func (g Grant) end(why Refusal) Decision {
	d := g.Revoke(string(why))
	d.Refusal = why
	return d
}

func refuse(g Grant, why Refusal) Decision { return Decision{Grant: g, Refusal: why} }

func sameHash(a, b Hash) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// meets says whether the verifier is what the S256 challenge was made of (RFC 7636
// section 4.6).
func meets(verifier, challenge string) bool {
	var room [128]byte // the longest verifier
	sum := sha256.Sum256(append(room[:0], verifier...))
	var text [43]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return subtle.ConstantTimeCompare(text[:], []byte(challenge)) == 1
}
