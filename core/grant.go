package core

import "time"

// GrantState is where a grant stands. Each state also ends by time.
type GrantState string

// The states. denied and revoked are final.
const (
	GrantWaiting  GrantState = "waiting"  // a device shows a code and polls
	GrantApproved GrantState = "approved" // the person has agreed; the device may redeem
	GrantCode     GrantState = "code"     // an authorization code is out
	GrantActive   GrantState = "active"   // redeemed: tokens live
	GrantDenied   GrantState = "denied"
	GrantRevoked  GrantState = "revoked"
)

// MaxFailedRedemptions ends a code: the fifth wrong attempt (CD-08).
const MaxFailedRedemptions = 5

// Grant is one authorization given to a client, from code to revocation: one
// row, whose state is the whole truth.
type Grant struct {
	ID ID
	Row
	State   GrantState
	Account ID
	Client  string
	// Session the person was signed in with.
	Session ID
	// UserCode is the keyed hash of a device's code; zero for other grants.
	UserCode Hash
	GrantTerms
}

// GrantTerms is the part of a grant that is not a key.
type GrantTerms struct {
	Lane       Lane       `json:"lane"`
	ClientHash Hash       `json:"client_hash"` // of the metadata shown
	AuthMethod AuthMethod `json:"auth_method"` // pinned
	Access     []Access   `json:"access"`
	// Claims is the claims request parameter (OpenID Connect Core section 5.5).
	Claims string `json:"claims,omitempty"`
	// ClaimScopes are those of which claims were asked by name and shown to the
	// person; no others are given by name, whatever the client may ask for later.
	ClaimScopes []string  `json:"claim_scopes,omitempty"`
	AMR         []string  `json:"amr,omitempty"`
	ACR         string    `json:"acr,omitempty"`
	AuthTime    time.Time `json:"auth_time,omitzero"`
	// AskedAuthTime says that the request makes auth_time a must (OC-06).
	AskedAuthTime bool `json:"asked_auth_time,omitempty"`
	// Proof is the thumbprint of the key that tokens are bound to.
	Proof string `json:"proof,omitempty"`
	// Offline grants outlive their session (offline_access).
	Offline bool `json:"offline,omitempty"`

	// Epochs as read when the decision began.
	Epochs GrantEpochs `json:"epochs"`

	// Secret is the SHA-256 of the random part that the code and every refresh
	// token of the grant carry.
	Secret Hash `json:"secret"`
	// Challenge is the PKCE S256 challenge; empty for an exempted client. It
	// and RedirectHash stay, since a replay is judged by them.
	Challenge    string `json:"challenge,omitempty"`
	RedirectHash Hash   `json:"redirect,omitzero"`
	// Nonce is cleared by redemption.
	Nonce  string `json:"nonce,omitempty"`
	Failed int    `json:"failed,omitempty"` // redemptions with something wrong
	// AskedFrom is the network address that a waiting device asked from; it is
	// cleared by the answer.
	AskedFrom string `json:"asked_from,omitempty"`

	CreatedAt time.Time `json:"created_at"`
	CodeEnds  time.Time `json:"code_ends,omitzero"`
	// Ends is absolute; rotation never moves it. IdleEnds moves with use.
	Ends     time.Time `json:"ends"`
	IdleEnds time.Time `json:"idle_ends,omitzero"`

	// Generation of the refresh token that is current; 0 before redemption.
	Generation uint64    `json:"generation,omitempty"`
	RotatedAt  time.Time `json:"rotated_at,omitzero"`
	// Refreshable says that the client was given a refresh token.
	Refreshable bool `json:"refreshable,omitempty"`
	// LongLived: the client was given one access token that lives until it is
	// revoked, and no refresh token.
	LongLived bool `json:"long_lived,omitempty"`
	// AccessEpoch is in every access token of the grant; raising it ends them.
	AccessEpoch uint64 `json:"access_epoch,omitempty"`
	// Replaces are grants that are within this one, of the same client and session.
	// They end once the client shows that it has this one, by its refresh token, and
	// are named until they have.
	Replaces []ID `json:"replaces,omitempty"`
	// Reason is why it was revoked or denied, for the log.
	Reason string `json:"reason,omitempty"`
}

// GrantEpochs are the counters a grant was made under.
type GrantEpochs struct {
	Account uint64 `json:"a,omitempty"`
	Client  uint64 `json:"cl,omitempty"`
	Consent uint64 `json:"co,omitempty"`
}

// Standing is how everything that a grant depends on stands now.
type Standing struct {
	Account AccountStanding
	Client  ClientStanding
	// Consent is the epoch of the consent; 0 where there is no row.
	Consent uint64
	Session SessionStanding
}

// Refusal is why a grant did not give what was asked. The client hears
// invalid_grant for all of them; the log says which.
type Refusal string

// The refusals.
const (
	RefusedSecret   Refusal = "secret"   // right MAC, other random bytes: a restored database
	RefusedClient   Refusal = "client"   // presented by another client
	RefusedBinding  Refusal = "binding"  // wrong verifier or redirect URI
	RefusedPending  Refusal = "pending"  // nobody has decided yet
	RefusedDenied   Refusal = "denied"   // the person said no
	RefusedExpired  Refusal = "expired"  // over by time
	RefusedRevoked  Refusal = "revoked"  // ended before
	RefusedReplayed Refusal = "replayed" // a code used again; the grant ends
	RefusedReused   Refusal = "reused"   // an old refresh token; the grant ends
	RefusedProof    Refusal = "proof"    // another proof key; the grant ends
	RefusedAhead    Refusal = "ahead"    // a generation the row has not reached: restored
	RefusedAccount  Refusal = "account"  // gone, disabled, or signed out everywhere
	RefusedDisabled Refusal = "disabled" // the client is
	RefusedConsent  Refusal = "consent"  // withdrawn
	RefusedSession  Refusal = "session"  // signed out
)

// Decision is what a transition comes to. Grant is what shall stand; where
// Write is true it must be written before anything is answered, also with a
// refusal. Refusal is empty when what was asked is given.
type Decision struct {
	Grant   Grant
	Write   bool
	Refusal Refusal
}

// How long the row of a code is kept that nobody redeems.
const (
	// KeepCodes is how long after its end, so that late attempts still find it.
	KeepCodes = 24 * time.Hour
	// MaxCodeStart is the longest from the instant that the ID of a grant was
	// drawn for to the end of its code: an interaction passes its own on, and may
	// take two hours, and a code lives for ten minutes.
	MaxCodeStart = 3 * time.Hour
)

// Kept is when the row may be purged as it stands; the zero time is never. A
// grant is created with the end that it has once it is redeemed, KeepUntil, so
// that redemption moves nothing that a store finds rows by. While its code is
// still out it goes sooner: KeepCodes after the code, and never later than
// KeepUntil.
func (g *Grant) Kept() time.Time {
	if g.State != GrantCode || g.CodeEnds.IsZero() {
		return g.KeepUntil
	}
	soon := Instant(g.CodeEnds.Add(KeepCodes))
	if !g.KeepUntil.IsZero() && g.KeepUntil.Before(soon) {
		return g.KeepUntil
	}
	return soon
}

// MarshalPayload writes what is not a key.
func (g *Grant) MarshalPayload() ([]byte, error) { return marshalMembers(&g.GrantTerms, g.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (g *Grant) UnmarshalPayload(b []byte) (err error) {
	g.Rest, err = unmarshalMembers(b, &g.GrantTerms)
	return err
}
