package recoverycode

import (
	"context"
	"slices"

	"github.com/keywright/keywright/core"
)

// Method is the name of this second factor, in facts and as the kind of its
// credentials.
const Method = "recoverycode"

// AMR is what a code is written as (RFC 8176 section 2).
const AMR = "otp"

// The steps it owns.
const (
	StepCode core.Step = "recovery"     // TurnSecond: one of the codes
	StepNew  core.Step = "recovery-new" // TurnEnrol, TurnChange: a new set
)

// The pages of its own.
const (
	PageCode = "recovery"
	PageNew  = "recovery_new"
)

// Authenticator is a set of codes on paper as a second factor. It is safe for use
// by many goroutines.
type Authenticator struct{}

// New is the authenticator.
func New() *Authenticator { return &Authenticator{} }

// Method is "recoverycode".
func (*Authenticator) Method() string { return Method }

// Label is empty: pages know its method.
func (*Authenticator) Label() string { return "" }

// Start has nothing to do.
func (*Authenticator) Start(core.Tools) error { return nil }

// Steps are the pages it owns.
func (*Authenticator) Steps() []core.Step { return []core.Step{StepCode, StepNew} }

// Starts says that it is a second factor; a set is made, and replaced by a new one. It is
// no way to sign in.
func (*Authenticator) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSecond: StepCode, core.TurnEnrol: StepNew, core.TurnChange: StepNew}
}

// Usable says whether the account has a code left.
func (*Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	return slices.ContainsFunc(of, func(c core.Credential) bool { return c.Kind == Method })
}

// Endpoints has none.
func (*Authenticator) Endpoints() []core.Endpoint { return nil }

// Begin draws the page of a step.
func (*Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := allow(t); err != nil {
		return nil, err
	}
	if t.Step == StepNew {
		return beginNew(ctx, t)
	}
	return core.Show{Page: page(nil)}, nil
}

// Continue reads what was posted to the page of a step.
func (*Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := allow(t); err != nil {
		return nil, err
	}
	if t.Step == StepNew {
		return confirm(ctx, t)
	}
	return second(ctx, t)
}

// allow refuses a step that was asked for with the wrong purpose.
func allow(t core.Turn) error {
	ok := t.Step == StepCode && t.Purpose == core.TurnSecond ||
		t.Step == StepNew && (t.Purpose == core.TurnEnrol || t.Purpose == core.TurnChange)
	if !ok || t.Account.ID.IsZero() {
		return core.PageNotFound
	}
	return nil
}

// Revoke has nothing to do: nothing is kept that counts elsewhere.
func (*Authenticator) Revoke(context.Context, core.Turn, core.Credential) error { return nil }
