package password

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/passwordhash"
)

// Method is the name of this way to sign in, in facts and as the kind of its
// credentials.
const Method = "password"

// The steps it owns. StepSignUp and StepCode exist only with Options.SignUp.
const (
	StepPassword    core.Step = "password"           // TurnSignIn: the password for the identifier given
	StepSignUp                = core.StepSignUp      // TurnSignIn: name, address, password
	StepCode        core.Step = "code"               // TurnSignIn: the code mailed at sign-up
	StepReset       core.Step = "reset"              // TurnSignIn: asks for a link
	StepNewPassword core.Step = "new-password"       // TurnSignIn with a ticket: where the link leads
	StepVerify                = core.StepVerifyEmail // TurnVerify: proves the address of an account
	StepChange      core.Step = "change"             // TurnChange: a new password for the old one
)

// linkPath is where mailed links arrive; the ticket's handle is its last part.
const linkPath = "/link/{handle}"

// amr is the authentication method reference of a password (RFC 8176 section 2).
const amr = "pwd"

// Authenticator is the password as a way to sign in. It is safe for use by many
// goroutines once started.
type Authenticator struct {
	options   Options
	hasher    *passwordhash.Hasher
	log       *slog.Logger
	lifetimes core.Lifetimes
}

// New checks the options and reports all that is wrong with them.
func New(o Options) (*Authenticator, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.MinLength == 0 {
		o.MinLength = minAlone
	}
	return &Authenticator{
		options: o, hasher: o.hasher(),
		log: slog.New(slog.DiscardHandler), lifetimes: core.DefaultLifetimes(),
	}, nil
}

// Method is "password".
func (a *Authenticator) Method() string { return Method }

// Label is empty: pages know its method.
func (*Authenticator) Label() string { return "" }

// Start takes the process's logger and the lifetimes of codes and links.
func (a *Authenticator) Start(t core.Tools) error {
	if t.Logger != nil {
		a.log = t.Logger
	}
	a.lifetimes = t.Lifetimes.Or(core.DefaultLifetimes())
	return nil
}

// Steps are the pages it owns; signing in starts at the first.
func (a *Authenticator) Steps() []core.Step {
	steps := []core.Step{StepPassword, StepReset, StepNewPassword, StepVerify, StepChange}
	if a.options.SignUp {
		steps = append(steps, StepSignUp, StepCode)
	}
	return steps
}

// Starts says that the password signs in, proves an address and is changed. A new one is
// set up by the mailed link.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{
		core.TurnSignIn: StepPassword, core.TurnVerify: StepVerify, core.TurnChange: StepChange,
	}
}

// Usable says whether the account has a password.
func (a *Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	return slices.ContainsFunc(of, func(c core.Credential) bool { return c.Kind == Method && len(c.Secret) > 0 })
}

// Endpoints is the one place where mailed links arrive. Arrive takes the last
// part of the path as the value "handle".
func (a *Authenticator) Endpoints() []core.Endpoint {
	return []core.Endpoint{{Kind: core.EndpointReturn, Path: linkPath, Arrive: arrive}}
}

func arrive(_ context.Context, r core.Returned) (core.Arrival, error) {
	handle := r.Values.Get("handle")
	if handle == "" {
		return core.Arrival{}, core.PageLinkUsed
	}
	return core.Arrival{Step: StepNewPassword, Ticket: handle}, nil
}

// Begin draws the page of a step.
func (a *Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	switch t.Step {
	case StepPassword:
		return a.beginSignIn(t)
	case StepSignUp:
		return a.beginSignUp(t)
	case StepCode:
		return a.beginCode(t)
	case StepReset:
		return core.Show{Page: resetPage(t.Identifier)}, nil
	case StepNewPassword:
		return a.beginNewPassword(ctx, t)
	case StepVerify:
		return a.beginVerify(ctx, t)
	default:
		return a.beginChange(ctx, t)
	}
}

// Continue reads what was posted to the page of a step.
func (a *Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	reply, err := a.act(ctx, t)
	if errors.Is(err, passwordhash.ErrBusy) {
		return nil, core.PageAway.Because(err)
	}
	return reply, err
}

func (a *Authenticator) act(ctx context.Context, t core.Turn) (core.Reply, error) {
	switch t.Step {
	case StepPassword:
		return a.signIn(ctx, t)
	case StepSignUp:
		return a.signUp(ctx, t)
	case StepCode:
		return a.signUpCode(ctx, t)
	case StepReset:
		return a.reset(ctx, t)
	case StepNewPassword:
		return a.newPassword(ctx, t)
	case StepVerify:
		return a.verify(ctx, t)
	default:
		return a.change(ctx, t)
	}
}

// allow refuses a step that was asked for with the wrong purpose or does not
// exist here.
func (a *Authenticator) allow(t core.Turn) error {
	var purpose core.TurnPurpose
	switch t.Step {
	case StepPassword, StepReset, StepNewPassword:
		purpose = core.TurnSignIn
	case StepSignUp, StepCode:
		if !a.options.SignUp {
			return core.PageNotFound
		}
		purpose = core.TurnSignIn
	case StepVerify:
		purpose = core.TurnVerify
	case StepChange:
		purpose = core.TurnChange
	}
	if purpose == "" || t.Purpose != purpose || purpose != core.TurnSignIn && t.Account.ID.IsZero() {
		return core.PageNotFound
	}
	return nil
}

// event is what the provider writes with the reply.
func event(t core.Turn, name core.EventName, account core.ID, reason string) core.Event {
	return core.Event{
		ID: core.NewID(t.At), At: t.At, Name: name, Account: account,
		EventTerms: core.EventTerms{Reason: reason, Address: t.Address},
	}
}
