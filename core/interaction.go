package core

import "time"

// Purpose is why a browser is in an interaction.
type Purpose string

// The purposes.
const (
	PurposeAuthorize Purpose = "authorize" // an authorization request waits
	PurposeDevice    Purpose = "device"    // a device waits for its code to be answered
	PurposeAccount   Purpose = "account"   // a person manages their own account
	PurposeSignIn    Purpose = "signin"    // nothing but signing in, or a mailed link
)

// Interaction is one browser's way from request to answer. It holds what
// happened, never how far one has come: that is computed anew by Next.
type Interaction struct {
	ID ID
	Row
	// Finished closes it to everything but repeating its answer.
	Finished bool
	InteractionTerms
}

// InteractionTerms is the part of an interaction that is not a key.
type InteractionTerms struct {
	Purpose   Purpose   `json:"purpose"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"` // the last step; idle end counts from here
	// Browser is the hash of the random part of the browser cookie's handle.
	Browser Hash `json:"browser"`
	// Random is what the code of the grant is derived from, so that a repeated
	// submit gives the same code. It alone opens nothing.
	Random ID `json:"random"`
	// Request is what waits; Client the digest of the client as first shown.
	Request    AuthorizationRequest `json:"request,omitzero"`
	ClientHash Hash                 `json:"client_hash,omitzero"`
	Locales    []string             `json:"locales,omitempty"`
	// Device is the waiting grant that PurposeDevice is about.
	Device ID `json:"device,omitzero"`
	// Action is what PurposeAccount is for, such as "password".
	Action string `json:"action,omitempty"`

	// Identifier is what was typed, as typed.
	Identifier string `json:"identifier,omitempty"`
	// Chosen is the account picked, or the one that signed in here last.
	Chosen ID `json:"chosen,omitzero"`
	// PickedAt is when an account was picked on purpose (prompt=select_account).
	PickedAt time.Time `json:"picked_at,omitzero"`
	// Authentications happened in this interaction, oldest first.
	Authentications []Authentication `json:"auth,omitempty"`
	// Decision on consent; counts only while its digest is what is shown.
	Decision *ConsentDecision `json:"decision,omitempty"`
	// Connection to sign in by, once one is chosen.
	Connection ID `json:"connection,omitzero"`
	// Notes belong to the authenticators, by method; sealed.
	Notes map[string][]byte `json:"notes,omitempty"`
	// Ticket is the mailed link that this interaction came by.
	Ticket ID `json:"ticket,omitzero"`
	// Outcome is fixed by one conditional write; every later step of the end
	// follows from it.
	Outcome *Outcome `json:"outcome,omitempty"`
}

// ConsentDecision is what a person pressed, with the digest of what they saw.
type ConsentDecision struct {
	Allow    bool      `json:"allow"`
	Remember bool      `json:"remember,omitempty"`
	Digest   Hash      `json:"digest"`
	At       time.Time `json:"at"`
}

// Outcome is how an interaction ends, with the ids of what it makes.
type Outcome struct {
	At time.Time `json:"at"`
	// Error goes to the client instead of a code.
	Error ErrorCode `json:"error,omitempty"`
	// Grant to create, complete but for its row; its id is the interaction's.
	Grant   *GrantTerms `json:"grant,omitempty"`
	Account ID          `json:"account,omitzero"`
	Session ID          `json:"session,omitzero"`
	// Consent to write first, and whether to remember it.
	Consent  bool `json:"consent,omitempty"`
	Remember bool `json:"remember,omitempty"`
}

// Step is a need of an interaction: what must happen before it can end. It is
// also the last part of the URL where it happens.
type Step string

// The steps that the flow itself asks for. An authenticator's own pages are
// further steps, named by it.
const (
	StepNone        Step = ""         // nothing is needed: finish
	StepAccounts    Step = "accounts" // choose one
	StepSignIn      Step = "signin"   // say who you are, and show it
	StepSignUp      Step = "signup"   // prompt=create
	StepVerifyEmail Step = "verify"   // an address that was never proven
	StepConsent     Step = "consent"
	StepSecond      Step = "second"  // show one thing more
	StepEnrol       Step = "enrol"   // set up what will be asked for
	StepAct         Step = "act"     // PurposeAccount: the action itself
	StepRefuse      Step = "refused" // cannot be met: Need.Error says why
)

// Need is what Next found.
type Need struct {
	Step Step
	// Account in question; zero before one is known.
	Account ID
	// Fresh: the account is known but must show itself again (prompt=login,
	// max_age, a signed-out choice).
	Fresh bool
	// Error ends the interaction: with StepRefuse always, with another step
	// when prompt=none forbids asking.
	Error ErrorCode
	// Partial: what was shown is less than a sign-in needs here, so it makes no
	// session (MF-05).
	Partial bool
}

// Facts is all that Next looks at. Everything but the interaction is loaded
// anew each time.
type Facts struct {
	At      time.Time
	Purpose Purpose
	Request AuthorizationRequest
	// Interaction is nil while none is stored.
	Interaction *Interaction
	// SignedIn are the sessions whose cookies this browser holds, the one in
	// use first. Those that do not stand are ignored.
	SignedIn []SignedIn
	// Account is the one in question as it stands now; zero if none is.
	Account Account
	Client  Client
	// Unapproved: the client waits for an operator.
	Unapproved bool
	// Consent of Account for Client; the zero value if there is none.
	Consent Consent
	// Shown is the digest of what the consent page shows now.
	Shown Hash
	// ClientHash is the digest of the client's metadata now.
	ClientHash Hash
	// RequireVerifiedEmail is the provider's policy.
	RequireVerifiedEmail bool
	// Enforced is the rule of the organization that Account's address belongs to;
	// nil for none.
	Enforced *Enforcement
	// Terms is the version of the terms in force; empty for none.
	Terms string
	// FreshFor is how recent a sign-in must be to manage an account.
	FreshFor time.Duration
	// Remembers is false for clients whose identity cannot be made sure of, so
	// that they are asked every time (BB-02, F3.4).
	Remembers bool
	// Policy of the issuer, its defaults filled in by Policy.For. Enrols are the
	// methods that can be set up.
	Policy Policy
	Enrols []string
	// Required is what the organizations of Account and Hooks.SignIn add.
	Required Requirement
	// Usable are the methods that Account could show itself with; read only where
	// WantsUsable says so.
	Usable []string
	// Remembered: this browser is remembered for Account, as it stands now.
	Remembered bool

	strong Need // what strength finds, for one Next
}

// MarshalPayload writes what is not a key.
func (i *Interaction) MarshalPayload() ([]byte, error) {
	return marshalPayload(&i.InteractionTerms, i.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (i *Interaction) UnmarshalPayload(b []byte) (err error) {
	i.InteractionTerms = InteractionTerms{}
	i.Rest, err = unmarshalPayload(b, &i.InteractionTerms)
	return err
}
