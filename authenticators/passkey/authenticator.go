package passkey

import (
	"context"
	"log/slog"

	"github.com/keywright/keywright/core"
)

// Method is the name of this way to sign in, in facts and as the kind of its
// credentials.
const Method = "passkey"

// The steps it owns. StepSignUp exists only with Options.SignUp.
const (
	StepPasskey core.Step = "passkey"        // TurnSignIn, TurnSecond: show one
	StepNew     core.Step = "passkey-new"    // TurnEnrol: make one more
	StepSignUp  core.Step = "passkey-signup" // TurnSignIn: an account with nothing else
)

// The pages it shows.
const (
	PagePasskey = "passkey"        // asks for a passkey of somebody
	PageNew     = "passkey_new"    // makes one
	PageSignUp  = "passkey_signup" // name and address, before one is made
)

// Authenticator is the passkey as a way to sign in. It is safe for use by many
// goroutines once started, and for several issuers.
type Authenticator struct {
	options Options
	log     *slog.Logger
}

// New checks the options and reports all that is wrong with them.
func New(o Options) (*Authenticator, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Authenticator{options: o, log: slog.New(slog.DiscardHandler)}, nil
}

// Method is "passkey".
func (a *Authenticator) Method() string { return Method }

// Label is empty: pages know its method.
func (*Authenticator) Label() string { return "" }

// Start refuses an issuer whose pages could not use passkeys of the relying party
// (WN-26, WAN15).
func (a *Authenticator) Start(t core.Tools) error {
	if t.Logger != nil {
		a.log = t.Logger
	}
	return a.options.checkIssuer(t.Issuer)
}

// Steps are the pages it owns; signing in starts at the first.
func (a *Authenticator) Steps() []core.Step {
	steps := []core.Step{StepPasskey, StepNew}
	if a.options.SignUp {
		steps = append(steps, StepSignUp)
	}
	return steps
}

// Starts says that a passkey signs in, is shown as a second factor, and is set up.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{
		core.TurnSignIn: StepPasskey, core.TurnSecond: StepPasskey, core.TurnEnrol: StepNew,
	}
}

// Usable says whether the account has a passkey.
func (a *Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	return len(passkeysIn(of)) > 0
}

// Endpoints is the list of related origins, where there are any.
func (a *Authenticator) Endpoints() []core.Endpoint {
	if len(a.options.Origins) == 0 {
		return nil
	}
	return []core.Endpoint{{Kind: core.EndpointDocument, Path: "/.well-known/webauthn", Document: a.relatedOrigins}}
}

// Begin draws the page of a step, with a challenge of its own.
func (a *Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	switch t.Step {
	case StepPasskey:
		return a.beginShow(ctx, t)
	case StepNew:
		return a.beginNew(ctx, t)
	default:
		return a.beginSignUp(t)
	}
}

// Continue reads what was posted to the page of a step.
func (a *Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	switch t.Step {
	case StepPasskey:
		return a.show(ctx, t)
	case StepNew:
		return a.addNew(ctx, t)
	default:
		return a.signUp(ctx, t)
	}
}

// allow refuses a step that was asked for with the wrong purpose or does not
// exist here.
func (a *Authenticator) allow(t core.Turn) error {
	known := !t.Account.ID.IsZero()
	switch {
	case t.Step == StepPasskey && t.Purpose == core.TurnSignIn,
		t.Step == StepPasskey && t.Purpose == core.TurnSecond && known,
		t.Step == StepNew && t.Purpose == core.TurnEnrol && known,
		t.Step == StepSignUp && t.Purpose == core.TurnSignIn && a.options.SignUp:
		return nil
	}
	return core.PageNotFound
}

// Revoke has nothing to do: nothing is kept that counts elsewhere.
func (*Authenticator) Revoke(context.Context, core.Turn, core.Credential) error { return nil }
