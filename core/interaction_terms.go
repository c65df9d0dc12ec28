package core

// The steps that signing up and agreeing to terms add to the flow.
const (
	StepProfile    Step = "profile"    // what else is asked before an account is made
	StepTerms      Step = "terms"      // agree to the terms in force
	StepInvitation Step = "invitation" // where an invitation leads
)

// needTerms asks an account that has agreed to other terms than those in force, or
// to none, to agree to them.
func needTerms(f Facts) Need {
	if f.Terms == "" {
		return Need{}
	}
	p := f.person(f.account())
	if p.ID.IsZero() || p.Terms != nil && p.Terms.Version == f.Terms {
		return Need{}
	}
	return Need{Step: StepTerms, Account: p.ID}
}
