package provider

import (
	"context"

	"github.com/keywright/keywright/core"
)

// ownStep runs a step of the provider itself as those of authenticators are run: it
// is given a turn and decides; what it decides is written, retried and answered in
// the same place (design section 8).
type ownStep struct {
	method  string
	needs   []core.Step // what is needed while it may be drawn
	begin   func(context.Context, core.Turn) (core.Reply, error)
	carryOn func(context.Context, core.Turn) (core.Reply, error)
}

// ownSteps are the steps that belong to the provider itself.
func (p *Provider) ownSteps() map[core.Step]*ownStep {
	signingIn := []core.Step{core.StepSignIn, core.StepSignUp}
	return map[core.Step]*ownStep{
		core.StepAct:        {"account", []core.Step{core.StepAct}, p.beginOwnAct, p.ownAct},
		core.StepTerms:      {"terms", []core.Step{core.StepTerms}, p.beginTerms, p.terms},
		core.StepProfile:    {profileMethod, signingIn, p.beginProfile, p.profile},
		core.StepInvitation: {"invitation", signingIn, p.beginInvitation, p.acceptInvitation},
	}
}

// setOwn puts them among the steps of authenticators.
func (p *Provider) setOwn() {
	p.own = p.ownSteps()
	for step, own := range p.own {
		p.steps[step] = own
	}
}

// Method names its notes.
func (o *ownStep) Method() string { return o.method }

// Label is empty: it is no way to sign in.
func (o *ownStep) Label() string { return "" }

// Start has nothing to do.
func (*ownStep) Start(core.Tools) error { return nil }

// Steps are not asked for: they are the provider's.
func (*ownStep) Steps() []core.Step { return nil }

// Starts is empty: it is no way to sign in.
func (*ownStep) Starts() map[core.TurnPurpose]core.Step { return nil }

// Usable is false: it is no way to sign in.
func (*ownStep) Usable(core.Account, []core.Credential) bool { return false }

// Endpoints are not its own.
func (*ownStep) Endpoints() []core.Endpoint { return nil }

// Begin answers a GET.
func (o *ownStep) Begin(ctx context.Context, t core.Turn) (core.Reply, error) { return o.begin(ctx, t) }

// Continue answers a POST.
func (o *ownStep) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	return o.carryOn(ctx, t)
}

// Revoke has nothing to do: no credential is its own.
func (*ownStep) Revoke(context.Context, core.Turn, core.Credential) error { return nil }

// acted is an action that is done without a change of the account. It is a reply
// only the provider itself can give.
type acted struct {
	core.GoTo
}

// doneActing ends an interaction that was for this one act.
func (t *turn) doneActing(reply acted) error {
	err := t.keep(reply.Keep, func(i *core.Interaction) { i.Outcome, i.Finished = t.acted(i, t.facts.Account), true })
	if err != nil {
		return err
	}
	return t.again(true)
}
