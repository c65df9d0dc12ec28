package provider

import (
	"maps"
	"slices"

	"github.com/keywright/keywright/core"
)

// choices are the authenticators that would meet the need, in the order of the
// policy: to show, to set up, or to sign in with.
func (v *visit) choices() []core.Authenticator {
	methods := v.facts.Choices(v.need)
	var out []core.Authenticator
	for _, m := range methods {
		for _, a := range v.p.Authenticators {
			if a.Method() == m {
				out = append(out, a)
			}
		}
	}
	return out
}

// firsts are the authenticators that a sign-in may begin with here, in the
// operator's order.
func (v *visit) firsts() []core.Authenticator {
	var only []string
	if v.need.Step == core.StepSignIn {
		only = v.facts.Choices(v.need)
	}
	var all, some []core.Authenticator
	for _, a := range v.p.Authenticators {
		if !serves(a, core.TurnSignIn) || !slices.Contains(v.p.policy.First, a.Method()) {
			continue
		}
		all = append(all, a)
		if slices.Contains(only, a.Method()) {
			some = append(some, a)
		}
	}
	if len(some) > 0 {
		return some
	}
	return all
}

// first says whether a sign-in may begin with the authenticator.
func (v *visit) first(a core.Authenticator) bool {
	return slices.ContainsFunc(v.firsts(), func(b core.Authenticator) bool { return a.Method() == b.Method() })
}

// isChoice says whether the authenticator is among the choices.
func (v *visit) isChoice(a core.Authenticator) bool {
	return slices.ContainsFunc(v.choices(), func(b core.Authenticator) bool { return a.Method() == b.Method() })
}

// secondEntry is the page of the only second factor, or the choice. Spare ones
// are behind a link of that page.
func (v *visit) secondEntry() core.Step {
	var usual []core.Authenticator
	all := v.choices()
	for _, a := range all {
		if !v.facts.Spare(a.Method()) {
			usual = append(usual, a)
		}
	}
	if len(usual) == 0 {
		usual = all
	}
	if len(usual) == 1 {
		return usual[0].Starts()[core.TurnSecond]
	}
	return core.StepSecond
}

// drawSecond lets a person choose how to show that it is them.
func (v *visit) drawSecond() error {
	return v.show(core.StepSecond, core.Page{
		Name: core.PageSecond, Account: accountView(v.facts.Account), Ways: v.waysTo(core.TurnSecond, "way.second."),
	})
}

// drawEnrol lets a person choose what to set up, and says why.
func (v *visit) drawEnrol() error {
	return v.show(core.StepEnrol, core.Page{
		Name: core.PageEnrol, Account: accountView(v.facts.Account), Ways: v.waysTo(core.TurnEnrol, "way.enrol."),
	})
}

// waysTo lists the choices as links to where each begins.
func (v *visit) waysTo(purpose core.TurnPurpose, label string) []core.Way {
	var ways []core.Way
	for _, a := range v.choices() {
		ways = append(ways, core.Way{
			Method: a.Method(), Label: label + a.Method(), URL: v.p.stepPath(v.handle, a.Starts()[purpose]),
		})
	}
	return ways
}

// besideSecond adds to an authenticator's page what stands beside a second factor:
// the other ways, and the box that has the browser remembered.
func (t *turn) besideSecond(page *core.Page) {
	switch t.need.Step {
	case core.StepEnrol:
		page.Links = extend(page.Links, "another", string(core.StepEnrol))
	case core.StepSecond:
		ways := slices.DeleteFunc(t.waysTo(core.TurnSecond, "way.second."), func(w core.Way) bool {
			return w.Method == t.authenticator.Method()
		})
		if len(ways) > 0 {
			page.Links = extend(page.Links, "another", string(core.StepSecond))
			page.Ways = append(page.Ways, ways...)
		}
		if t.p.policy.Remembers() && t.facts.Remembering() {
			page.Args = extend(page.Args, "remember", any(t.p.policy.RememberFor))
		}
	}
}

// extend gives a map that has one thing more.
func extend[V any](m map[string]V, name string, value V) map[string]V {
	out := map[string]V{name: value}
	maps.Copy(out, m)
	return out
}

// wantsMultiFactor says whether what is shown at this turn should be two factors
// by itself.
func (t *turn) wantsMultiFactor() bool {
	if t.Purpose != core.TurnSecond {
		return t.facts.WantsMultiFactor()
	}
	return slices.ContainsFunc(t.facts.Counted(t.facts.InQuestion()), func(a core.Authentication) bool {
		return a.Method == t.authenticator.Method()
	})
}
