package provider

import (
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
)

// Steps that an authenticator may own under a name the flow knows.
const (
	stepReset         core.Step = "reset"
	stepPasskey       core.Step = "passkey"
	stepPasskeySignUp core.Step = "passkey-signup"
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
	return v.signsUpAt(v.signUpStep())
}

// signsUpAt says whether a step is one where an account can begin.
func (v *visit) signsUpAt(step core.Step) bool {
	owner := v.p.steps[step]
	return (v.p.SignUp || v.invited()) && owner != nil && slices.Contains(v.p.policy.First, owner.Method())
}

// signUpStep is where signing up begins: with a passkey alone where that is the
// only way.
func (v *visit) signUpStep() core.Step {
	if v.p.steps[core.StepSignUp] == nil {
		return stepPasskeySignUp
	}
	return core.StepSignUp
}

// done says that nothing is left to ask.
func (v *visit) done() bool {
	return v.need.Step == core.StepNone || v.need.Step == core.StepRefuse
}

// entry is the page where the need is met.
func (v *visit) entry() core.Step {
	switch {
	case v.need.Step == core.StepSignIn && v.begins != nil:
		return v.begins.Starts()[core.TurnSignIn]
	case v.need.Step == core.StepSecond:
		return v.secondEntry()
	case v.need.Step == core.StepAct:
		return v.actStep()
	case v.need.Step == core.StepSignUp:
		return v.signUpStep()
	}
	return v.need.Step
}

// actStep is where PurposeAccount's action happens: "enrol:passkey" sets one up,
// "password" changes what is there.
func (v *visit) actStep() core.Step {
	purpose, method := v.action()
	for _, a := range v.p.Authenticators {
		if start, ok := a.Starts()[purpose]; ok && a.Method() == method {
			return start
		}
	}
	return core.StepAct
}

func (v *visit) action() (core.TurnPurpose, string) {
	if method, ok := strings.CutPrefix(v.i.Action, string(core.TurnEnrol)+":"); ok {
		return core.TurnEnrol, method
	}
	return core.TurnChange, v.i.Action
}

// allowed says whether a step may be drawn or acted on while this is needed. A
// step that was skipped is not among them (CSR05).
func (v *visit) allowed(step core.Step) bool {
	owner := v.p.steps[step]
	owned := owner != nil
	if step == stepIdentity {
		return v.i.Notes[notePending] != nil
	}
	if own := v.p.own[step]; own != nil {
		return slices.Contains(own.needs, v.need.Step) && (step != core.StepAct || v.actStep() == step)
	}
	switch v.need.Step {
	case core.StepSignIn, core.StepSignUp:
		if step == core.StepSignUp || step == stepPasskeySignUp {
			return v.signsUpAt(step)
		}
		return step == core.StepSignIn || step == core.StepConnection || step == core.StepAccounts && len(v.facts.SignedIn) > 0 ||
			owned && v.first(owner) && !beginsOther(owner, step, core.TurnSignIn)
	case core.StepConnection:
		return step == core.StepConnection || step == core.StepSignIn || step == core.StepAccounts || owned && v.speaksEnforced(owner)
	case core.StepAct:
		return owned && owner == v.p.steps[v.actStep()]
	case core.StepSecond:
		return step == core.StepSecond || step == core.StepSignIn ||
			owned && v.isChoice(owner) && !beginsOther(owner, step, core.TurnSecond)
	case core.StepEnrol:
		return step == core.StepEnrol || step == core.StepSignIn ||
			owned && v.isChoice(owner) && !beginsOther(owner, step, core.TurnEnrol)
	case core.StepVerifyEmail:
		return step == core.StepVerifyEmail && owned
	case core.StepAccounts, core.StepConsent, core.StepApproval:
		return step == v.need.Step || step == core.StepAccounts || step == core.StepSignIn
	}
	return false
}

// beginsOther says whether the step is where something else begins, and this does
// not.
func beginsOther(a core.Authenticator, step core.Step, this core.TurnPurpose) bool {
	other := false
	for purpose, start := range a.Starts() {
		if start == step && purpose == this {
			return false
		}
		other = other || start == step
	}
	return other
}

func serves(a core.Authenticator, purpose core.TurnPurpose) bool {
	_, ok := a.Starts()[purpose]
	return ok
}

// purpose is what an authenticator is asked to do at this need.
func (v *visit) purpose() core.TurnPurpose {
	switch v.need.Step {
	case core.StepVerifyEmail:
		return core.TurnVerify
	case core.StepAct:
		purpose, _ := v.action()
		return purpose
	case core.StepTerms:
		return core.TurnChange
	case core.StepSecond:
		return core.TurnSecond
	case core.StepEnrol:
		return core.TurnEnrol
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
	case core.StepApproval:
		return v.drawApproval()
	case core.StepSecond:
		return v.drawSecond()
	case core.StepEnrol:
		return v.drawEnrol()
	case core.StepConnection:
		return v.drawConnections("")
	case stepIdentity:
		return v.drawIdentity()
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
	case core.StepApproval:
		return v.answerApproval(form)
	case core.StepSecond:
		return v.drawSecond()
	case core.StepEnrol:
		return v.drawEnrol()
	case core.StepConnection:
		return v.chooseConnection(form)
	case stepIdentity:
		return v.answerIdentity(form)
	}
	return v.runStep(step, form)
}
