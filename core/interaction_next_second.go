package core

import "slices"

// standing is how what was shown stands against one requirement.
type standing int

const (
	met        standing = iota
	tooOld              // what was shown does not count for it: sign in again
	showable            // one thing more would do
	enrollable          // would do, once it is set up
	impossible
)

// strength compares what was shown with all that is required, the operator's
// demands first. It is the one place for it, so that every way in meets the same
// policy (MF-06). The requirement is the one that the step is for.
func (f *Facts) strength() (Need, Requirement) {
	account := f.account()
	if account.IsZero() || !f.Policy.hasFirst(f.Counted(account)) {
		return Need{}, Requirement{}
	}
	base := f.base(account)
	if n := f.demand(base, AccessDenied); n.Step != StepNone {
		n.Partial = n.Step == StepRefuse
		return n, base
	}
	if n, r := f.oneOf(f.Client.RequireACR, true); n.Step != StepNone {
		return n, r
	}
	if n, r := f.oneOf(f.Request.ACRMust, false); n.Step != StepNone {
		return n, r
	}
	return f.attempt()
}

// base is what the operator, the organizations and the account itself require.
func (f *Facts) base(account ID) Requirement {
	r := f.Policy.Require.And(f.Required)
	seconds := common(f.Usable, f.Policy.Seconds)
	for _, m := range seconds {
		spare := slices.Contains(f.Policy.Spare, m)
		first := len(f.Policy.First) == 0 || slices.Contains(f.Policy.First, m)
		r.Second = r.Second || !f.Policy.InsecureSecondOnDemand && !spare && !first
		if f.Purpose == PurposeAccount && !spare && !f.Policy.meets(Requirement{PhishingResistant: true}, f.Counted(account)) {
			r.Second, r.Anew = true, true // SE-09, WN-24: with a factor at least as strong
		}
	}
	if r.Second && !r.Anew && f.spared() {
		r.Second = false
	}
	return r
}

// spared says whether a remembered browser stands for the second factor: never
// where the client asks for something special (MF-07).
func (f *Facts) spared() bool {
	q := &f.Request
	return f.Remembered && f.Policy.Remembers() && f.Purpose != PurposeAccount && q.MaxAge == nil && !q.Asks(PromptLogin) &&
		len(q.ACRMust) == 0 && len(q.ACRValues) == 0 && len(f.Client.RequireACR) == 0
}

// demand is what an unmet requirement of the operator leads to.
func (f *Facts) demand(r Requirement, otherwise ErrorCode) Need {
	need := Need{Account: f.account()}
	switch f.stands(r) {
	case met:
		return Need{}
	case tooOld:
		need.Step, need.Fresh = StepSignIn, true
	case showable:
		need.Step = StepSecond
	case enrollable:
		return f.enrol()
	case impossible:
		need.Step, need.Error = StepRefuse, otherwise
	}
	return need
}

// enrol asks to set something up: by who has just signed in, with all that the
// account has. Who has only the password of an account with a second factor adds
// none (WN-24).
func (f *Facts) enrol() Need {
	account := f.account()
	shown := f.within(account, f.Counted(account), f.FreshFor)
	unshown := slices.DeleteFunc(common(f.Usable, f.Policy.Seconds), func(m string) bool {
		return slices.ContainsFunc(shown, func(a Authentication) bool { return a.Method == m })
	})
	seconds := common(f.Usable, f.Policy.Seconds)
	switch {
	case !f.Policy.hasFirst(shown):
		return Need{Step: StepSignIn, Account: account, Fresh: true}
	case len(seconds) > 0 && len(unshown) == len(seconds):
		return Need{Step: StepSecond, Account: account}
	}
	return Need{Step: StepEnrol, Account: account}
}

// oneOf wants one of several acr values: what is met already, else the first that
// can be. With setUp, what has to be set up first counts as well.
func (f *Facts) oneOf(values []string, setUp bool) (Need, Requirement) {
	if len(values) == 0 {
		return Need{}, Requirement{}
	}
	best, chosen := impossible, Requirement{}
	for _, v := range values {
		r, known := f.Policy.level(v)
		if s := f.stands(r); known && s < best && (setUp || s != enrollable) {
			best, chosen = s, r
		}
	}
	switch best {
	case met:
		return Need{}, Requirement{}
	case impossible:
		return Need{Step: StepRefuse, Account: f.account(), Error: UnmetAuthentication}, chosen
	}
	return f.demand(chosen, UnmetAuthentication), chosen
}

// attempt goes for the acr values that the client would like, in its order, as
// far as the account has what they need. They are wishes: nobody has to set
// anything up for them, and prompt=none is answered without (OC-15).
func (f *Facts) attempt() (Need, Requirement) {
	if f.Request.Asks(PromptNone) {
		return Need{}, Requirement{}
	}
	for _, v := range f.Request.ACRValues {
		r, known := f.Policy.level(v)
		if !known {
			continue
		}
		switch s := f.stands(r); s {
		case met:
			return Need{}, Requirement{}
		case tooOld, showable:
			return f.demand(r, UnmetAuthentication), r
		}
	}
	return Need{}, Requirement{}
}

// stands judges one requirement.
func (f *Facts) stands(r Requirement) standing {
	account := f.account()
	shown := f.within(account, f.Counted(account), r.MaxAge)
	switch {
	case r.Refuse:
		return impossible
	case f.Policy.meets(r, shown):
		return met
	case !f.Policy.hasFirst(shown):
		return tooOld
	case f.Policy.meets(r, append(slices.Clone(shown), f.imagine(f.unasked(account))...)):
		return showable
	case f.Policy.meets(r, append(slices.Clone(shown), f.imagine(f.Policy.settable(f.Enrols))...)):
		return enrollable
	case f.Policy.meets(r, append(slices.Clone(shown), f.anotherFirst(r)...)):
		return tooOld
	}
	return impossible
}

// anotherFirst is what signing in again, by a method that is wanted, would add.
func (f *Facts) anotherFirst(r Requirement) []Authentication {
	out := f.imagine(common(r.Methods, f.Policy.First))
	for n := range out {
		out[n].Second = false
	}
	return out
}

// unasked are the second factors that the account could show, without those that
// it was asked for here already: none is asked for twice, so this ends.
func (f *Facts) unasked(account ID) []string {
	here := f.here(account)
	return slices.DeleteFunc(common(f.Usable, f.Policy.Seconds), func(m string) bool {
		return slices.ContainsFunc(here, func(a Authentication) bool { return a.Method == m && (a.Second || a.multi()) })
	})
}

// settable are the methods that can be set up and then count as more than a
// spare one.
func (p *Policy) settable(enrols []string) []string {
	return slices.DeleteFunc(common(enrols, p.Seconds), func(m string) bool { return slices.Contains(p.Spare, m) })
}

// imagine is what showing the methods would add, at its best.
func (f *Facts) imagine(methods []string) []Authentication {
	out := make([]Authentication, 0, len(methods))
	for _, m := range methods {
		a := Authentication{Method: m, Second: true, At: f.At}
		if slices.Contains(f.Policy.PhishingResistant, m) {
			a.AMR = []string{amrHardware, amrMultiFactor}
		}
		out = append(out, a)
	}
	return out
}

// Choices lists the methods that would meet the present need: those to show for
// StepSecond, those to set up for StepEnrol, those to sign in with for
// StepSignIn (nil: any that the policy lets be first). Spare ones come last.
func (f *Facts) Choices(n Need) []string {
	account := f.account()
	_, r := f.strength()
	var from []string
	switch n.Step {
	case StepSecond:
		from = f.unasked(account)
		if f.stands(r) == enrollable {
			return f.order(from) // before something is set up: any will do
		}
	case StepEnrol:
		from = f.Policy.settable(f.Enrols)
	case StepSignIn:
		return r.Methods
	default:
		return nil
	}
	shown := f.within(account, f.Counted(account), r.MaxAge)
	return f.order(slices.DeleteFunc(from, func(m string) bool { return !f.helps(r, shown, m) }))
}

// helps says whether showing the method brings the requirement nearer.
func (f *Facts) helps(r Requirement, shown []Authentication, method string) bool {
	with := append(slices.Clone(shown), f.imagine([]string{method})...)
	p := &f.Policy
	for _, part := range []Requirement{
		{PhishingResistant: r.PhishingResistant, HardwareKey: r.HardwareKey}, {Second: r.Second}, {Methods: r.Methods},
	} {
		if !p.meets(part, shown) {
			return p.meets(part, with)
		}
	}
	return false
}

// order puts spare methods last.
func (f *Facts) order(methods []string) []string {
	slices.SortStableFunc(methods, func(a, b string) int {
		return f.spare(a) - f.spare(b)
	})
	return methods
}

func (f *Facts) spare(method string) int {
	if slices.Contains(f.Policy.Spare, method) {
		return 1
	}
	return 0
}

// Spare says whether a method only stands in for a lost one.
func (f *Facts) Spare(method string) bool { return f.spare(method) == 1 }

// WantsUsable says whether Next has to know what the account can be recognised
// by: where something may be required that was not shown. The ordinary case reads
// nothing.
func (f *Facts) WantsUsable() bool {
	if len(f.Policy.Seconds) == 0 {
		return false
	}
	all := *f
	all.Usable = f.Policy.Seconds
	n, _ := all.strength()
	return n.Step != StepNone
}

// WantsMultiFactor says whether a method that can be two factors by itself should
// be asked to be: when more than one will be needed.
func (f *Facts) WantsMultiFactor() bool {
	if r := f.Policy.Require.And(f.Required); r.Second {
		return true
	}
	for _, v := range slices.Concat(f.Client.RequireACR, f.Request.ACRMust, f.Request.ACRValues) {
		if r, known := f.Policy.level(v); known && r.Second {
			return true
		}
	}
	return false
}

// needSecond asks for one thing more, before anything else is done for who has
// signed in: until then there are no rights of a session (MF-05).
func needSecond(f Facts) Need {
	if f.strong.Step == StepEnrol || f.strong.Error == UnmetAuthentication {
		return Need{}
	}
	return f.strong
}

// needEnrol asks to set up what the policy demands, once the address is proven.
func needEnrol(f Facts) Need {
	if f.strong.Step == StepEnrol {
		return f.strong
	}
	return Need{}
}

// needACR refuses what a client asks for as essential and cannot be shown here.
func needACR(f Facts) Need {
	if f.strong.Error == UnmetAuthentication {
		return f.strong
	}
	return Need{}
}

// Remembering says whether a remembered browser would have stood for the second
// factor that is needed, so that it makes sense to offer it.
func (f *Facts) Remembering() bool {
	g := *f
	g.Remembered = true
	n, _ := g.strength()
	return n.Step == StepNone
}
