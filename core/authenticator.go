package core

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Tools are what New makes once for everything that plugs in.
type Tools struct {
	// Issuer is the issuer identifier. A part that several issuers share is
	// started for each: what belongs to one issuer comes with the turn.
	Issuer string
	// Now is the provider's one clock.
	Now      func() time.Time
	Logger   *slog.Logger
	Observer Observer
	// HTTP goes out through the guarded client: https only, no redirects, no
	// private addresses.
	HTTP *http.Client
	// Lifetimes in force.
	Lifetimes Lifetimes
	// Offers is what the provider has to give; the zero value is unknown.
	Offers Offers
}

// Offers is what clients can be given here, so that a lane can tell at start
// what a client would ask for in vain.
type Offers struct {
	Algorithms  []string // that ID tokens can be signed with
	Scopes      []string // every scope that is known
	Vetted      []string // those of Scopes that no client gets which registered itself
	Resources   []string // URIs
	Signed      []string // those of Resources whose access tokens are JWTs
	ACR         []string // acr values that can be reached
	Methods     []string // of the authenticators
	DeviceGrant bool     // whether devices may ask (RFC 8628)
	Exchange    []string // client_ids that a rule lets exchange tokens (RFC 8693)
	JWTBearer   bool     // whether assertions are taken as grants (RFC 7523)
}

// Authenticator finds out who is at the browser. It is one step of the
// interaction: it decides; the provider does cookies, CSRF, throttling, saving
// and writing. It is called by many goroutines and holds nothing of a request.
type Authenticator interface {
	// Method is its name in facts and URLs: "password", "upstream:google".
	Method() string
	// Label is what people call it where that is a name, such as "Google": its
	// button then says "Continue with Google". Empty is the message "way." and its
	// method.
	Label() string
	// Start is called once per process.
	Start(Tools) error
	// Steps are the pages it owns, each the last part of a URL, unique among
	// all authenticators: "password", "reset". The first is where signing in
	// with it starts.
	Steps() []Step
	// Starts names, for each purpose that it serves, the step where that begins.
	// One without TurnSignIn is no way to sign in by itself; one without
	// TurnSecond is no second factor; one without TurnEnrol sets nothing up for
	// an account that is there.
	Starts() map[TurnPurpose]Step
	// Usable says whether the account could show itself with it now, given all
	// that the account is recognised by. It reads nothing.
	Usable(a Account, of []Credential) bool
	// Endpoints are its own URLs below the issuer.
	Endpoints() []Endpoint
	// Begin answers a GET of one of its steps.
	Begin(ctx context.Context, t Turn) (Reply, error)
	// Continue answers a POST of one of its steps.
	Continue(ctx context.Context, t Turn) (Reply, error)
	// Revoke ends what a credential of its own stood for elsewhere: tokens kept with
	// a link (RP-17). It is called once the credential is gone from the account, in
	// the turn that removed it; Turn.Connection is the one it came by, where that can
	// still be used. An error is logged and changes nothing. Most have nothing to do.
	Revoke(ctx context.Context, t Turn, gone Credential) error
}

// TurnPurpose is what an authenticator is asked to do.
type TurnPurpose string

// The purposes of a turn. All but TurnSignIn are about an account that is known.
const (
	TurnSignIn TurnPurpose = "signin"
	TurnSecond TurnPurpose = "second" // show one thing more, after signing in
	TurnEnrol  TurnPurpose = "enrol"  // set up one more way, or link an identity
	TurnVerify TurnPurpose = "verify" // prove an address of the account
	TurnChange TurnPurpose = "change" // replace a credential of the account
)

// Turn is all that an authenticator may know of a request.
type Turn struct {
	// Issuer is the issuer identifier; every URL of the authenticator is below it.
	Issuer  string
	Purpose TurnPurpose
	Step    Step
	At      time.Time
	// Request is what the client asked for, its hints and wishes; the zero value
	// where no client waits. It is read, not written.
	Request *AuthorizationRequest
	// MultiFactor says that what is shown here should be more than one factor: a
	// passkey with user verification.
	MultiFactor bool
	// Connection is the one to sign in by, as it stands, with Sealed opened; nil
	// for an authenticator that keeps none.
	Connection *Connection
	// Returned is what a browser has just brought to an EndpointReturn of this
	// authenticator, for the step that Arrive named; nil otherwise.
	Returned *Returned
	// Interaction names the one under way, so that what is used up can be
	// marked with it: a repeat by the same interaction is the same use.
	Interaction ID
	// Account is known for everything but a first sign-in; zero otherwise.
	Account Account
	// Identifier is what was typed on the first page.
	Identifier string
	// Action is what PurposeAccount is for: "password", "enrol:totp".
	Action string
	// Invited is an address, canonical, that an invitation has led here by mail and
	// so has proven: who signs up with it needs no further proof of it.
	Invited string
	// Form is what was posted; nil for Begin.
	Form url.Values
	// Notes are the authenticator's own from last time, opened.
	Notes []byte
	// Ticket is the mailed link that led here, if one did and it is good.
	Ticket  *Ticket
	Locales []string
	Brand   Brand
	// KnownFor lists the accounts that have signed in at this browser and have
	// not signed out everywhere since: it tells guessing from a person who
	// mistypes. Only for Continue.
	KnownFor []ID
	// Address is the caller's network address, canonical, /64 for IPv6.
	Address string

	// Find looks up an account by identifier and its credential of a kind; both
	// zero with ErrNotFound if there is none.
	Find Finder
	// Reserve counts an attempt before a secret is checked. It returns a
	// *Throttled when any key is over its limit.
	Reserve func(ctx context.Context, limits ...NamedLimit) error
	// Hash keys a short typed code, or anything guessable, with the tenant's
	// key: all accepted keys, newest first.
	Hash func(parts ...string) []Hash
	// Link mints the handle of a ticket to be mailed and the URL that carries
	// it; the ticket goes into the reply.
	Link func(path string, t *Ticket) (url string)
	// State mints what brings this browser back to this interaction: the state of
	// OAuth, the RelayState of SAML (at most 80 bytes). It is new each time: keep it
	// in the notes and compare.
	State func() string
	// Seal closes what could be used as it is, before it is kept in a credential;
	// Open reads it again. The label keeps one use apart from another.
	Seal func(label string, secret []byte) ([]byte, error)
	Open func(label string, sealed []byte) ([]byte, error)
	// Once marks something as used until the instant given: the id of an
	// assertion, the time step of a code. False says that it was used before. Ask
	// last, after all other checks.
	Once func(ctx context.Context, kind, thing string, until time.Time) (bool, error)
}

// Finder reads what an authenticator needs of the store.
type Finder interface {
	ByIdentifier(ctx context.Context, i Identifier) (Account, error)
	Credential(ctx context.Context, k CredentialKey) (Credential, error)
	// Credentials lists all that an account is recognised by, of every
	// authenticator: what must go when its address turns out to be another's.
	Credentials(ctx context.Context, account ID) ([]Credential, error)
}

// NamedLimit is a limit as an authenticator writes it: the parts are hashed
// with the tenant's key.
type NamedLimit struct {
	Parts  []string
	Max    int
	Window time.Duration
	// Free limits are counted but never refuse.
	Free bool
}

// Throttled is returned by Reserve: too many attempts.
type Throttled struct{ Until time.Time }

// Error says so.
func (t *Throttled) Error() string { return "core: too many attempts" }

// Reply is what an authenticator decides: exactly one of Show, Redirect,
// AutoPostTo, Refused, Authenticated, Identified, Enrolled, GoTo.
type Reply interface{ reply() }

// Show draws a page of the authenticator.
type Show struct {
	Page Page
	Keep
}

// GoTo sends the browser to another step, after a post (303).
type GoTo struct {
	Step Step
	Keep
}

// Keep is what a reply leaves behind, written before the page is shown. Where
// another request has changed the notes since the turn began, nothing is written
// and the authenticator is asked again, with a new Turn.
type Keep struct {
	// Notes replace the authenticator's notes where not nil; sealed.
	Notes []byte
	// Identifier replaces what was typed where not empty.
	Identifier string
	// Letters are sent by whichever replica delivers.
	Letters []Letter
	// Ticket is written, replacing an older one of the same id.
	Ticket *Ticket
	Events []Event
}

// Redirect sends the browser away, to an upstream.
type Redirect struct {
	URL string
	Keep
}

// AutoPostTo sends the browser away with a form.
type AutoPostTo struct {
	Post AutoPost
	Keep
}

// Refused is a wrong secret: the page again, with the problem. It is not an
// error.
type Refused struct {
	Page Page
	Keep
}

// Authenticated says who it is. The provider writes Credential, where not nil,
// before it believes it.
type Authenticated struct {
	Account ID
	AMR     []string
	// Credential replaces one that the use changed (a rehash, a counter).
	Credential *Credential
	// Spend is one that the use consumes: a recovery code. It is removed, by a
	// write of the account, before the person is believed.
	Spend *CredentialKey
	// SpendTicket marks the turn's ticket as used, before the person is believed.
	SpendTicket bool
	Keep
}

// Identified says who another identity provider says it is. The provider makes an
// account of it, in one place for all authenticators: by a link that is stored, by
// a hook, or by an address that the other one may speak for.
type Identified struct {
	Identity Identity
	Keep
}

// Identity is a person as another identity provider names them.
type Identity struct {
	// Key is the link that is stored, and looked for: its Kind is the
	// authenticator's method or, with a connection, the connection's kind; of an
	// assertion whose subjects no authenticator shares, CredentialAssertion. Its
	// Handle tells the issuer and the subject, never an address or a name (RP-07,
	// SM-16).
	Key CredentialKey
	// Issuer and Subject as the other one writes them, for people to read.
	Issuer, Subject string
	// Stable is false for a subject that is another next time: nothing is stored
	// for it, nothing is linked to it.
	Stable bool
	// Profile is what it says of the person. EmailVerified only where it said so.
	Profile Profile
	// EmailTrusted says that it may speak for the address: it is the authority of
	// the domain by configuration (RP-14).
	EmailTrusted bool
	// AMR is what it is believed to have seen: "fed", and "mfa" only where the
	// configuration trusts it for that (RP-16).
	AMR []string
	// ACR and AuthTime as it says, where it does.
	ACR      string
	AuthTime time.Time
	// SessionIndex names the sign-in there, for a sign-out that begins there.
	SessionIndex string
	// SessionEnds caps the session here; zero does not.
	SessionEnds time.Time
	// Secret is kept in the credential as it is given, so the authenticator seals it
	// with Turn.Seal: tokens, if they are kept at all.
	Secret []byte
}

// Enrolled carries a change to an account: a new one, a new password, a proven
// address. The provider writes it before it believes it.
type Enrolled struct {
	Change AccountChange
	// New: the account is to be created.
	New bool
	// EndSessions raises the sign-in epoch, EndGrants the grants epoch.
	EndSessions, EndGrants bool
	// AMR is what was shown on the way; empty if this signs nobody in. For
	// TurnEnrol it is what proved the new thing: it then counts as shown, so that
	// a person who was made to set it up is not asked for it at once.
	AMR []string
	// SpendTicket marks the turn's ticket as used, before the change.
	SpendTicket bool
	Keep
}

func (Show) reply()          {}
func (GoTo) reply()          {}
func (Redirect) reply()      {}
func (AutoPostTo) reply()    {}
func (Refused) reply()       {}
func (Authenticated) reply() {}
func (Identified) reply()    {}
func (Enrolled) reply()      {}
