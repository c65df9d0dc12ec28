package emailcode

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// Method is the name of this way to sign in, in facts.
const Method = "emailcode"

// AMR is what a letter is written as. It is a name of our own: none of RFC 8176
// says "by mail", and "otp" means a generator of codes that the person holds.
const AMR = "email"

// The steps it owns. StepVerify exists only with Options.Verify.
const (
	StepCode    core.Step = "email-code"         // TurnSignIn, TurnSecond: the code that was mailed
	StepAddress core.Step = "email-address"      // TurnSignIn: where to send it instead
	StepLink    core.Step = "email-link"         // TurnSignIn with a ticket: where the link leads
	StepVerify            = core.StepVerifyEmail // TurnVerify: proves the address of an account
)

// The pages of its own; the code is typed on core.PageCode.
const (
	PageAddress = "emailcode"      // asks for the address
	PageLink    = "emailcode_link" // where the link leads
)

// linkPath is where mailed links arrive; the ticket's handle is its last part.
const linkPath = "/email-link/{handle}"

// longest is how long a code may live, whatever the configuration says (MF-03).
const longest = 10 * time.Minute

// Authenticator is a letter as a way to sign in. It is safe for use by many
// goroutines once started.
type Authenticator struct {
	options  Options
	lifetime time.Duration
}

// New is an authenticator by mail.
func New(o Options) *Authenticator { return &Authenticator{options: o, lifetime: longest} }

// Method is "emailcode".
func (a *Authenticator) Method() string { return Method }

// Label is empty: pages know its method.
func (*Authenticator) Label() string { return "" }

// Start takes the lifetime of codes, which is ten minutes at most.
func (a *Authenticator) Start(t core.Tools) error {
	a.lifetime = min(t.Lifetimes.Or(core.DefaultLifetimes()).MailCode, longest)
	return nil
}

// Steps are the pages it owns; signing in starts at the first.
func (a *Authenticator) Steps() []core.Step {
	steps := []core.Step{StepCode, StepAddress, StepLink}
	if a.options.Verify {
		steps = append(steps, StepVerify)
	}
	return steps
}

// Starts says that a letter signs in, is one thing more to show, and proves an address
// where Options.Verify says so. There is nothing to set up.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	starts := map[core.TurnPurpose]core.Step{core.TurnSignIn: StepCode, core.TurnSecond: StepCode}
	if a.options.Verify {
		starts[core.TurnVerify] = StepVerify
	}
	return starts
}

// Usable says whether the account has an address that is proven.
func (a *Authenticator) Usable(account core.Account, _ []core.Credential) bool {
	return account.Email != "" && account.EmailVerified
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
	return core.Arrival{Step: StepLink, Ticket: handle}, nil
}

// Begin draws the page of a step.
func (a *Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	switch t.Step {
	case StepAddress:
		return beginAddress(asked(t))
	case StepLink:
		return a.beginLink(t)
	default:
		return a.beginCode(ctx, t)
	}
}

// Continue reads what was posted to the page of a step.
func (a *Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	switch t.Step {
	case StepAddress:
		return a.address(ctx, asked(t))
	case StepLink:
		return a.link(ctx, t)
	default:
		return a.code(ctx, t)
	}
}

// asked is a turn that asks for an address: a link that led here names an account,
// and somebody else may be meant now.
func asked(t core.Turn) core.Turn {
	if t.Ticket != nil {
		t.Account = core.Account{}
	}
	return t
}

// allow refuses a step that was asked for with the wrong purpose, and a letter to
// an account that has no address to send it to.
func (a *Authenticator) allow(t core.Turn) error {
	ok := false
	switch t.Step {
	case StepCode:
		ok = t.Purpose == core.TurnSignIn || t.Purpose == core.TurnSecond
	case StepAddress, StepLink:
		ok = t.Purpose == core.TurnSignIn
	case StepVerify:
		ok = a.options.Verify && t.Purpose == core.TurnVerify
	}
	if !ok || t.Purpose != core.TurnSignIn && t.Account.ID.IsZero() {
		return core.PageNotFound
	}
	known := !t.Account.ID.IsZero()
	if known && t.Account.Email == "" || t.Purpose == core.TurnSecond && !t.Account.EmailVerified {
		return core.PageNotAllowed
	}
	return nil
}

// Revoke has nothing to do: nothing is kept that counts elsewhere.
func (*Authenticator) Revoke(context.Context, core.Turn, core.Credential) error { return nil }
