package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
)

// Steps that authenticators may own under names the flow knows.
const (
	stepReset  core.Step = "reset"
	stepChange core.Step = "change"
)

// needed is what Next finds, with two things that only pages know: that the
// person asked for another account than those signed in, or came by a mailed
// link; and that signing up comes first where the client asks for it (OC-13).
func (v *visit) needed() core.Need {
	need := core.Next(v.facts)
	switch {
	case need.Step == core.StepRefuse:
	case v.anew():
		return core.Need{Step: core.StepSignIn}
	case need.Step == core.StepSignIn && v.signUpFirst():
		need.Step = core.StepSignUp
	case need.Step == core.StepSignUp && !v.offersSignUp():
		need.Step = core.StepSignIn
	}
	return need
}

// anew: nobody is chosen, although somebody may be signed in.
func (v *visit) anew() bool {
	link := !v.i.Ticket.IsZero() && len(v.i.Authentications) == 0
	return v.i.Chosen.IsZero() && (link || !v.i.PickedAt.IsZero())
}

func (v *visit) signUpFirst() bool {
	return v.offersSignUp() && v.i.Request.Asks(core.PromptCreate) && len(v.i.Authentications) == 0 && v.i.Identifier == ""
}

func (v *visit) offersSignUp() bool {
	return v.p.SignUp && v.p.steps[core.StepSignUp] != nil
}

// done says that nothing is left to ask.
func (v *visit) done() bool {
	return v.need.Step == core.StepNone || v.need.Step == core.StepRefuse
}

// entry is the page where the need is met.
func (v *visit) entry() core.Step {
	switch {
	case v.need.Step == core.StepSignIn && v.reauthenticates():
		return v.p.Authenticators[0].Steps()[0]
	case v.need.Step == core.StepAct:
		return v.actStep()
	}
	return v.need.Step
}

// reauthenticates: the account is known and only has to show itself again, so the
// first page has nothing to ask.
func (v *visit) reauthenticates() bool {
	return v.need.Fresh && v.i.Identifier == "" && !v.facts.Account.ID.IsZero() && len(v.p.Authenticators) > 0
}

// actStep is where PurposeAccount's action happens: the step for changes of the
// authenticator whose method the action names.
func (v *visit) actStep() core.Step {
	for _, a := range v.p.Authenticators {
		if a.Method() != v.i.Action {
			continue
		}
		if slices.Contains(a.Steps(), stepChange) {
			return stepChange
		}
		return a.Steps()[0]
	}
	return core.StepAct
}

// allowed says whether a step may be drawn or acted on while this is needed. A
// step that was skipped is not among them (CSR05).
func (v *visit) allowed(step core.Step) bool {
	owned := v.p.steps[step] != nil
	switch v.need.Step {
	case core.StepSignIn, core.StepSignUp:
		if step == core.StepSignUp {
			return v.offersSignUp()
		}
		return step == core.StepSignIn || step == core.StepAccounts && len(v.facts.SignedIn) > 0 ||
			owned && step != core.StepVerifyEmail && step != stepChange
	case core.StepAct:
		return owned && step == v.actStep()
	case core.StepVerifyEmail:
		return step == core.StepVerifyEmail && owned
	case core.StepAccounts, core.StepConsent:
		return step == v.need.Step || step == core.StepAccounts || step == core.StepSignIn
	}
	return false
}

// purpose is what an authenticator is asked to do at this need.
func (v *visit) purpose() core.TurnPurpose {
	switch v.need.Step {
	case core.StepVerifyEmail:
		return core.TurnVerify
	case core.StepAct:
		return core.TurnChange
	}
	return core.TurnSignIn
}

// draw answers GET.
func (v *visit) draw(step core.Step) error {
	switch step {
	case core.StepAccounts:
		return v.drawAccounts()
	case core.StepSignIn:
		return v.drawSignIn("", "")
	case core.StepConsent:
		return v.drawConsent("")
	}
	return v.runStep(step, nil)
}

// act answers POST.
func (v *visit) act(step core.Step, form map[string][]string) error {
	switch step {
	case core.StepAccounts:
		return v.chooseAccount(form)
	case core.StepSignIn:
		return v.identify(form)
	case core.StepConsent:
		return v.decide(form)
	}
	return v.runStep(step, form)
}
