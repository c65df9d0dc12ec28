package core

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Pages draws what a person sees. The provider decides what is shown; a Pages
// decides how, in which words and in which language. It holds no state of a
// request and is called by many goroutines at once.
type Pages interface {
	// Start is called once by New, before anything is drawn. It reports what a
	// replaced template or catalogue lacks.
	Start(Tools) error
	// Page writes one whole HTML document. Nothing in p is trusted markup.
	Page(ctx context.Context, w io.Writer, p Page) error
	// Asset answers one file below the issuer's assets path, by its name with
	// the hash in it. ok is false for a name that was never handed out.
	Asset(name string) (a Asset, ok bool)
	// Letter writes the words of one message to a person.
	Letter(ctx context.Context, l Letter) (Mail, error)
	// Locales lists the language tags that pages can be drawn in, default first.
	Locales() []string
}

// Asset is a file that pages load from the issuer's own origin. Its name holds
// a hash of its bytes, so it may be cached for ever.
type Asset struct {
	ContentType string
	Bytes       []byte
}

// Brand is how one tenant looks. Colours are parsed and checked for contrast,
// never pasted into a stylesheet; an empty member means the default.
type Brand struct {
	// Name of the product, as in "Sign in to Name".
	Name string `json:"name,omitempty"`
	// Logo is the name of an asset or an absolute path on the issuer's origin;
	// LogoDark is used in dark mode where given.
	Logo     string `json:"logo,omitempty"`
	LogoDark string `json:"logo_dark,omitempty"`
	// Accent and Ground are CSS hex colours ("#0b5a6a"), AccentDark and
	// GroundDark those of dark mode.
	Accent     string `json:"accent,omitempty"`
	AccentDark string `json:"accent_dark,omitempty"`
	Ground     string `json:"ground,omitempty"`
	GroundDark string `json:"ground_dark,omitempty"`
	// Radius of corners in CSS pixels, 0 to 20; nil is the default of 10.
	Radius *int `json:"radius,omitempty"`
	// NoBlade switches off the drawing behind the card on wide screens.
	NoBlade bool `json:"no_blade,omitempty"`
	// Help and Privacy are https URLs for the footer; empty hides the link.
	Help    string `json:"help,omitempty"`
	Privacy string `json:"privacy,omitempty"`
	// Texts replaces messages by id, then by language tag ("" for every
	// language): Texts["signin.title"]["de"].
	Texts map[string]map[string]string `json:"texts,omitempty"`
}

// Names of the pages that the provider itself asks for. An authenticator may
// show these and pages of its own.
const (
	PageSignIn      = "signin"       // identifier first, and the other ways in
	PagePassword    = "password"     // the password for the identifier given
	PageSignUp      = "signup"       // name, email, new password
	PageCode        = "code"         // a code that was sent by mail
	PageReset       = "reset"        // asks for the address to send a link to
	PageResetSent   = "reset_sent"   // the same words whether or not an account exists
	PageNewPassword = "new_password" // reached by the mailed link, and for a change
	PageAccounts    = "accounts"     // which of several accounts
	PageConnection  = "connection"   // which connection of the organization
	PageIdentity    = "identity"     // signed in elsewhere, linked to no account here yet
	PageSecond      = "second"       // which second factor, where there are several
	PageEnrol       = "enrol"        // which one to set up
	PageAccount     = "account"      // a person's own ways to sign in, and more
	PageAct         = "account_act"  // one change to one of those, before it is made
	PageEmailChange = "email_change" // a new address, then the codes that prove it
	PageEmailUndo   = "email_undo"   // reached by the link that was mailed to the old address
	PageDelete      = "delete"       // of the account
	PageDeleted     = "deleted"
	PageProfile     = "profile"        // what else is asked when an account is made
	PageTerms       = "terms"          // terms that have changed
	PageInvitation  = "invitation"     // reached by the link of an invitation
	PageConsent     = "consent"        // may this app do this
	PageApproval    = "approval"       // no operator has let the app in yet
	PageDevice      = "device"         // the code that a device shows
	PageDeviceAsk   = "device_confirm" // is it yours, and may it do this
	PageDeviceDone  = "device_done"    // it is connected
	PageDeviceNot   = "device_denied"  // it is not
	PageSignOut     = "signout"        // asked where a request carries no valid hint
	PageSignedOut   = "signedout"      // it is done
	PageFinished    = "finished"       // done, and no app to go back to
	PageLeave       = "leave"          // before going to an address nobody vouches for
	PageAutoPost    = "autopost"       // form_post: posts itself, or by a button
	PageFault       = "error"          // a PageError: Page.Error names it
)

// Page is one page as facts: what is asked, of whom, by which app. The JSON
// form is what a team gets that draws its own pages (Accept: application/json);
// it never holds a secret.
type Page struct {
	// Name is one of the Page… names, or an authenticator's own.
	Name string `json:"page"`
	// Step of the interaction that the page belongs to, empty outside of one. In
	// the JSON form a page named "step" says which one to ask for next, by
	// Links["next"].
	Step Step `json:"step,omitempty"`
	// Status is the HTTP status; 0 means 200.
	Status int `json:"-"`
	// Locales are language tags in the order the person prefers.
	Locales []string `json:"-"`
	// Base is the path of the issuer, without a slash at its end; assets are
	// below Base + "/assets/".
	Base string `json:"-"`
	// Brand is the tenant's look.
	Brand Brand `json:"-"`
	// Form says where this page posts to and what it must carry.
	Form Form `json:"form"`
	// App is who sent the person here; nil where there is none.
	App *AppView `json:"app,omitempty"`
	// Account is the account in use; nil before one is known.
	Account *AccountView `json:"account,omitempty"`
	// Accounts are the choices on PageAccounts.
	Accounts []AccountView `json:"accounts,omitempty"`
	// Values are what fields hold, by field name. Never a password or a code.
	Values map[string]string `json:"values,omitempty"`
	// Problems stand beside their fields, or, without a field, above all.
	Problems []Problem `json:"problems,omitempty"`
	// Notices are results of the step before.
	Notices []Notice `json:"notices,omitempty"`
	// Consent is what PageConsent asks about.
	Consent *ConsentView `json:"consent,omitempty"`
	// Ways are other ways to sign in.
	Ways []Way `json:"ways,omitempty"`
	// Links leads elsewhere, by the link's name: "signup", "signin", "reset",
	// "switch", "again", "restart", "another" (account, or second factor),
	// "app", "approval", "passkey", "passkey_signup", "apps", "older" and "newer" (pages
	// of a list), and in the JSON form "next", "to"
	// and "hosted". A missing one is not offered. "locale" is one to which a language
	// tag is added.
	Links map[string]string `json:"links,omitempty"`
	// Args fill the page's own texts: "email", "host", "n", "duration".
	Args map[string]any `json:"args,omitempty"`
	// Items are things listed on the page: passkeys, linked identities, sessions.
	Items []Item `json:"items,omitempty"`
	// Apps are those on PageApps.
	Apps []ConnectedApp `json:"apps,omitempty"`
	// Challenge is what a script of the page hands to the browser: options of
	// WebAuthn in the JSON form of its Level 3.
	Challenge json.RawMessage `json:"challenge,omitempty"`
	// Secrets are shown once, to their owner, and never stored in this form:
	// recovery codes, the key of a code generator.
	Secrets []string `json:"secrets,omitempty"`
	// QR is what a QR code of the page says.
	QR string `json:"qr,omitempty"`
	// Fields are what PageProfile asks beside its own.
	Fields []Field `json:"fields,omitempty"`
	// Post is where PageAutoPost sends the person, with what.
	Post *AutoPost `json:"-"`
	// Error is the name of a PageError ("page_old"); only on PageFault.
	Error string `json:"error,omitempty"`
	// RequestID is the number to tell a help desk. It holds nothing personal.
	RequestID string `json:"request_id,omitempty"`
}

// Form is where a page posts to. Every field name in Hidden must be sent back
// as it is.
type Form struct {
	// Action is a path on the issuer's origin.
	Action string `json:"action,omitempty"`
	// Hidden holds the token against cross-site requests and what else the
	// step must bring back.
	Hidden map[string]string `json:"hidden,omitempty"`
}

// AppView is a client as a person sees it. Name, Host and URIs come from the
// client; Lane says how far to believe them.
type AppView struct {
	Name string `json:"name,omitempty"`
	Lane Lane   `json:"lane"`
	// Host is the host that identifies the client (CIMD), if any.
	Host string `json:"host,omitempty"`
	// RedirectHost is where the browser goes next.
	RedirectHost string `json:"redirect_host,omitempty"`
	// Home, Policy and Terms are https URLs, or empty.
	Home   string `json:"home,omitempty"`
	Policy string `json:"policy,omitempty"`
	Terms  string `json:"terms,omitempty"`
}

// AccountView is an account as its owner sees it on a page.
type AccountView struct {
	// Key chooses the account on PageAccounts; it means nothing elsewhere.
	Key   string `json:"key,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	// SignedOut says that choosing it asks for a way to sign in.
	SignedOut bool `json:"signed_out,omitempty"`
}

// ConsentView is what a person is asked to agree to.
type ConsentView struct {
	// Scopes in the order they are shown.
	Scopes []ScopeView `json:"scopes"`
	// Resources the app wants to use, with names where known.
	Resources []ResourceView `json:"resources,omitempty"`
	// Digest of all that is shown; it must come back with the decision (CN-04).
	Digest string `json:"digest"`
	// Unverified asks for the extra tick and offers no "remember" (CN-11).
	Unverified bool `json:"unverified,omitempty"`
	// Offline says that access lasts while the person is away.
	Offline bool `json:"offline,omitempty"`
	// StepUp says that the app holds, as remembered, all that is not New, and asks for
	// the rest: the decision is on what is New (MC-11, CN-08).
	StepUp bool `json:"step_up,omitempty"`
	// EveryTime says that the answer is not remembered, whatever is ticked: nothing
	// tells this app apart from another that says it is the same (BB-02).
	EveryTime bool `json:"every_time,omitempty"`
}

// ScopeView is one line of a consent page.
type ScopeView struct {
	// Name is the scope itself, such as "projects:read".
	Name string `json:"name"`
	// Text is the operator's description, by language tag ("" for any);
	// empty for scopes that the pages describe themselves or nobody does.
	Text map[string]string `json:"text,omitempty"`
	// New marks what was not agreed to before (CN-08).
	New bool `json:"new,omitempty"`
	// Includes are scopes that this one implies, asked or given along with it (MC-13);
	// they have no line of their own.
	Includes []ScopeView `json:"includes,omitempty"`
}

// ResourceView is an API that tokens are for.
type ResourceView struct {
	URI  string `json:"uri"`
	Name string `json:"name,omitempty"`
	// New marks one that was not agreed to before.
	New bool `json:"new,omitempty"`
}

// Item is one of several things on a page that something can be done with.
type Item struct {
	// Kind groups them: "passkey", "upstream:google", "session".
	Kind string `json:"kind"`
	// Key says which, in a form of this page; it means nothing elsewhere.
	Key string `json:"key"`
	// Label is what its owner or its maker calls it; Detail says more, such as an
	// address.
	Label  string    `json:"label,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	UsedAt time.Time `json:"used_at,omitzero"`
	// Count of those that are shown as one, such as recovery codes; else 0.
	Count int `json:"count,omitempty"`
	// Current marks the one in use now; Last the one that cannot be removed.
	Current bool `json:"current,omitempty"`
	Last    bool `json:"last,omitempty"`
	// Acts are what can be done with it: "remove", "rename", "change", "end". The
	// form posts "act" as one of them, a colon, and Key.
	Acts []string `json:"acts,omitempty"`
}

// Problem is one thing to mend, by the id of its message ("password_wrong" is
// the message "problem.password_wrong").
type Problem struct {
	Field string         `json:"field,omitempty"`
	ID    string         `json:"id"`
	Args  map[string]any `json:"args,omitempty"`
}

// Notice is news on a page: Kind is "ok", "warn", "bad" or "" for plain; ID
// names its message as in Problem ("code_again" is "notice.code_again").
type Notice struct {
	Kind string         `json:"kind,omitempty"`
	ID   string         `json:"id"`
	Args map[string]any `json:"args,omitempty"`
}

// Way is another way to sign in: a button that posts Value as "way".
type Way struct {
	Method string `json:"method"`
	// Label is a message id ("way.passkey") or, for a connection, its name.
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
}

// AutoPost is a page that posts itself to a verified redirect URI
// (OAuth 2.0 Form Post Response Mode).
type AutoPost struct {
	URL    string
	Fields [][2]string
}

// Letter is a message to a person, as facts. Its words are written by Pages.
type Letter struct {
	// Name is the message: "code", "reset", "have_account", "reset_none",
	// "changed", "email_changed", "deleted", "invitation", "signin", "signin_none",
	// "recovery_used", "recovery_few", "passkey_new", "passkey_clone".
	Name string `json:"name"`
	// To is the address. Empty in a reply is that of the account which the reply's
	// first event is about; an account without one gets no letter.
	To      string   `json:"to"`
	Locales []string `json:"locales,omitempty"`
	Brand   Brand    `json:"-"`
	// Code or Link is the secret it carries. Sealed while it waits.
	Code string `json:"code,omitempty"`
	Link string `json:"link,omitempty"`
	// Lifetime of the code or link.
	Lifetime time.Duration `json:"lifetime,omitempty"`
	// Thing is what was changed ("password"), for "changed".
	Thing string `json:"thing,omitempty"`
	// Organization that invites, for "invitation"; empty for none.
	Organization string `json:"organization,omitempty"`
	// Count is how many are left, for "recovery_used" and "recovery_few".
	Count int `json:"count,omitempty"`
}

// Mail is a message ready to send. It always has a plain-text part.
type Mail struct {
	To, Subject, Text, HTML string
}

// Mailer sends mail. Send may be called again for the same message after an
// error or a crash; ID is the same each time, so that a receiver can tell.
type Mailer interface {
	Send(ctx context.Context, id string, m Mail) error
}
