package core

import (
	"slices"
	"time"
)

// Methods that the defaults of a Policy know by name.
const (
	MethodPasskey      = "passkey"
	MethodEmailCode    = "emailcode"
	MethodRecoveryCode = "recoverycode"
)

// The acr values of DefaultLevels. The last two are those of OpenID Connect
// Extended Authentication Profile section 3.
const (
	ACROneFactor         = "urn:keywright:acr:1fa" // one thing was shown
	ACRTwoFactors        = "urn:keywright:acr:2fa" // two different factors
	ACRPhishingResistant = "phr"                   // by what a false page cannot use
	ACRHardware          = "phrh"                  // the same, with a key that cannot leave its device
)

// MaxRemember is how long a browser can be spared the second factor (MF-07).
const MaxRemember = 30 * 24 * time.Hour

// Policy says which ways to sign in may come first and second, and how much has
// to be shown. The zero value asks everybody for one factor, and for a second
// one who has set one up. Methods are named as Authenticator.Method names them.
type Policy struct {
	// First lists the methods that a sign-in may begin with; empty: all that can.
	// It holds on every path: a mailed link and signing up are no way around it.
	First []string
	// Seconds lists the methods that count as a second factor; empty: all that
	// can, but MethodEmailCode, since who reads the mail can reset the password.
	Seconds []string
	// Spare lists those of Seconds that stand in for a lost one: they are accepted,
	// but having nothing else is not having a second factor. nil is
	// MethodRecoveryCode.
	Spare []string
	// PhishingResistant lists the methods that a false page cannot use; nil is
	// MethodPasskey.
	PhishingResistant []string
	// Require is what every sign-in needs. Organizations, clients and Hooks.SignIn
	// can add to it, never take from it.
	Require Requirement
	// Levels are the acr values that clients can ask for, weakest first; nil is
	// DefaultLevels. Those that no authenticator can reach are not offered.
	Levels []Level
	// RememberFor is how long a person may have a browser remembered, so that it
	// is not asked for the second factor. 0 is MaxRemember, which is also the
	// most; negative does not offer it.
	RememberFor time.Duration
	// Organizations asks what the organizations of the account require
	// (OrganizationTerms.RequireSecond). It costs two reads of the store whenever
	// somebody signs in or comes by single sign-on.
	Organizations bool
	// InsecureSecondOnDemand leaves out the second factor that an account has set
	// up, unless something requires one.
	InsecureSecondOnDemand bool
}

// Requirement is how much has to be shown. The zero value is one first factor.
type Requirement struct {
	// Refuse lets nobody in.
	Refuse bool
	// Second wants two different factors, or one method that is two by itself: a
	// passkey with user verification, another identity provider that is trusted
	// for it. The same method twice is one factor.
	Second bool
	// PhishingResistant wants one of Policy.PhishingResistant.
	PhishingResistant bool
	// HardwareKey wants a key that cannot leave its device: "hwk" of RFC 8176.
	HardwareKey bool
	// Methods wants one of these; empty: any.
	Methods []string
	// MaxAge is how long ago what counts may have been shown; 0: any time in the
	// session. What was shown since the request came always counts.
	MaxAge time.Duration
	// Anew: a remembered browser is not enough.
	Anew bool
}

// And asks for what both ask for: the stricter of everything. Methods without a
// common one refuse.
func (r Requirement) And(o Requirement) Requirement {
	out := Requirement{
		Refuse: r.Refuse || o.Refuse, Second: r.Second || o.Second, HardwareKey: r.HardwareKey || o.HardwareKey,
		PhishingResistant: r.PhishingResistant || o.PhishingResistant, Anew: r.Anew || o.Anew,
		MaxAge: r.MaxAge, Methods: r.Methods,
	}
	if o.MaxAge > 0 && (out.MaxAge == 0 || o.MaxAge < out.MaxAge) {
		out.MaxAge = o.MaxAge
	}
	switch {
	case len(out.Methods) == 0:
		out.Methods = o.Methods
	case len(o.Methods) > 0:
		out.Methods = common(out.Methods, o.Methods)
		out.Refuse = out.Refuse || len(out.Methods) == 0
	}
	return out
}

// Level is an acr value and what it stands for.
type Level struct {
	Value string
	Requirement
}

// DefaultLevels are the acr values offered where a Policy names none.
func DefaultLevels() []Level {
	return []Level{
		{ACROneFactor, Requirement{}},
		{ACRTwoFactors, Requirement{Second: true}},
		{ACRPhishingResistant, Requirement{PhishingResistant: true}},
		{ACRHardware, Requirement{PhishingResistant: true, HardwareKey: true}},
	}
}

// MethodFacts is what an authenticator can be used for.
type MethodFacts struct {
	Method               string
	First, Second, Enrol bool
}

// FactsOf reads from the authenticators what each can be used for.
func FactsOf(all []Authenticator) []MethodFacts {
	facts := make([]MethodFacts, 0, len(all))
	for _, a := range all {
		starts := a.Starts()
		m := MethodFacts{Method: a.Method()}
		_, m.First = starts[TurnSignIn]
		_, m.Second = starts[TurnSecond]
		_, m.Enrol = starts[TurnEnrol]
		facts = append(facts, m)
	}
	return facts
}

// For fills in what the policy leaves to its defaults, given the methods that are
// there, and drops what none of them can do.
func (p Policy) For(methods []MethodFacts) Policy {
	p.First = these(p.First, methods, func(m MethodFacts) bool { return m.First })
	p.Seconds = these(p.Seconds, methods, func(m MethodFacts) bool { return m.Second && m.Method != MethodEmailCode })
	if p.Spare == nil {
		p.Spare = []string{MethodRecoveryCode}
	}
	if p.PhishingResistant == nil {
		p.PhishingResistant = []string{MethodPasskey}
	}
	p.PhishingResistant = these(p.PhishingResistant, methods, func(MethodFacts) bool { return true })
	if p.Levels == nil {
		p.Levels = DefaultLevels()
	}
	p.Levels = slices.DeleteFunc(slices.Clone(p.Levels), func(l Level) bool { return !p.reaches(l.Requirement) })
	if p.RememberFor == 0 || p.RememberFor > MaxRemember {
		p.RememberFor = MaxRemember
	}
	return p
}

// these keeps of named what is there; without names, what may be used by default.
func these(named []string, methods []MethodFacts, usual func(MethodFacts) bool) []string {
	out := []string{}
	for _, m := range methods {
		if slices.Contains(named, m.Method) || len(named) == 0 && usual(m) {
			out = append(out, m.Method)
		}
	}
	return out
}

// reaches says whether the methods of a policy that was filled in could ever meet
// the requirement.
func (p *Policy) reaches(r Requirement) bool {
	key := len(p.PhishingResistant) > 0
	return !r.Refuse && (!r.Second || key || len(p.Seconds) > 0) && (key || !r.PhishingResistant && !r.HardwareKey)
}

// level finds what an acr value stands for.
func (p *Policy) level(value string) (Requirement, bool) {
	for _, l := range p.Levels {
		if l.Value == value {
			return l.Requirement, true
		}
	}
	return Requirement{}, false
}

// Values lists the acr values, weakest first.
func (p *Policy) Values() []string {
	values := make([]string, 0, len(p.Levels))
	for _, l := range p.Levels {
		values = append(values, l.Value)
	}
	return values
}

// Remembers says whether a person may have a browser remembered.
func (p *Policy) Remembers() bool { return p.RememberFor > 0 && len(p.Seconds) > 0 }

// common is what is in both, in the order of a.
func common(a, b []string) []string {
	var out []string
	for _, v := range a {
		if slices.Contains(b, v) {
			out = append(out, v)
		}
	}
	return out
}
