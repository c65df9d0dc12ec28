package conformance

import (
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
)

// AuthenticatorShape lists the checks of what an authenticator says of itself.
func AuthenticatorShape() []AuthenticatorCheck {
	return []AuthenticatorCheck{
		turnCheck("turn.names_are_usable", "method and steps are parts of URLs and of stored facts: odd ones break links and logs", shapeNames),
		turnCheck("turn.starts_are_steps", "a purpose that begins nowhere leaves a person before an empty page", shapeStarts),
		turnCheck("turn.endpoints_are_whole", "an address that nobody answers strands whoever comes back from elsewhere", shapeEndpoints),
		turnCheck("turn.nothing_is_usable_without_credentials", "a way in that counts although it was never set up lets the last real one be removed", shapeUsable),
	}
}

const lettersOfNames = "abcdefghijklmnopqrstuvwxyz0123456789-"

func shapeNames(s *stage) {
	method := s.a.Method()
	s.that(method != "" && len(method) <= core.MaxKind && strings.Trim(method, lettersOfNames+":") == "",
		"Method is %q, want at most %d of a-z, 0-9, - and :", method, core.MaxKind)
	steps := s.a.Steps()
	s.that(len(steps) > 0, "Steps is empty")
	for n, step := range steps {
		s.that(step != "" && strings.Trim(string(step), lettersOfNames) == "", "step %q is no plain part of a path", step)
		s.that(!slices.Contains(steps[:n], step), "step %q is there twice", step)
		switch step {
		case core.StepSignIn, core.StepAccounts, core.StepConsent, core.StepAct, core.StepRefuse, core.StepSecond, core.StepEnrol, "start", "finished":
			s.that(false, "step %q belongs to the flow itself", step)
		}
	}
	s.that(s.a.Method() == method && slices.Equal(s.a.Steps(), steps), "Method or Steps change from call to call")
}

func shapeStarts(s *stage) {
	starts := s.a.Starts()
	s.that(len(starts) > 0, "Starts is empty: it serves no purpose")
	for purpose, step := range starts {
		s.that(slices.Contains(s.a.Steps(), step), "%s starts at %q, which is none of its steps", purpose, step)
		switch purpose {
		case core.TurnSignIn, core.TurnSecond, core.TurnEnrol, core.TurnVerify, core.TurnChange:
		default:
			s.that(false, "%q is no purpose", purpose)
		}
	}
}

func shapeEndpoints(s *stage) {
	for _, e := range s.a.Endpoints() {
		s.that(strings.HasPrefix(e.Path, "/") && !strings.Contains(e.Path, " "), "endpoint %q is no path", e.Path)
		answered := map[core.EndpointKind]bool{
			core.EndpointReturn: e.Arrive != nil, core.EndpointDocument: e.Document != nil, core.EndpointNotice: e.Notice != nil,
		}
		s.that(answered[e.Kind], "endpoint %s is a %q without what answers that", e.Path, e.Kind)
	}
}

func shapeUsable(s *stage) {
	s.that(!s.a.Usable(core.Account{ID: newID()}, nil), "Usable without an address and without credentials")
	other := core.Credential{CredentialKey: core.CredentialKey{Kind: "of another", Handle: "x"}, CredentialTerms: core.CredentialTerms{Secret: []byte("x")}}
	s.that(!s.a.Usable(core.Account{ID: newID()}, []core.Credential{other}), "Usable with nothing but another authenticator's credential")
}
