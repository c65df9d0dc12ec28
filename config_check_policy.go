package keywright

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// methods are what the authenticators say of themselves; one that is nil is named
// elsewhere.
func (c *Config) methods() []core.MethodFacts {
	return core.FactsOf(slices.DeleteFunc(slices.Clone(c.Authenticators), func(a core.Authenticator) bool { return a == nil }))
}

// checkPolicy wants a policy that the authenticators can meet: one that cannot be
// met would shut everybody out.
func (c *Config) checkPolicy(p *problems) {
	methods := c.methods()
	c.checkMethods(p, methods)
	c.checkRequirement(p, "Policy.Require", c.Policy.Require, methods)
	if c.Policy.RememberFor > core.MaxRemember {
		p.add("Policy.RememberFor", fmt.Sprintf("is %v", c.Policy.RememberFor), fmt.Sprintf("choose up to %v, or a negative one for never", core.MaxRemember))
	}
	seen := map[string]bool{}
	for i, l := range c.Policy.Levels {
		name := fmt.Sprintf("Policy.Levels[%d]", i)
		switch {
		case l.Value == "" || strings.ContainsFunc(l.Value, func(r rune) bool { return r <= ' ' || r > '~' }):
			p.add(name+".Value", fmt.Sprintf("is %q", l.Value), "an acr value is printable ASCII without spaces")
		case seen[l.Value]:
			p.add(name+".Value", "is given twice", "leave one out")
		}
		seen[l.Value] = true
		c.checkRequirement(p, name, l.Requirement, methods)
	}
}

// checkMethods wants methods that are there and can do what they are named for.
func (c *Config) checkMethods(p *problems, methods []core.MethodFacts) {
	for _, list := range []struct {
		name  string
		named []string
		can   func(core.MethodFacts) bool
		what  string
	}{
		{"First", c.Policy.First, func(m core.MethodFacts) bool { return m.First }, "begin a sign-in"},
		{"Seconds", c.Policy.Seconds, func(m core.MethodFacts) bool { return m.Second }, "be a second factor"},
		{"Spare", c.Policy.Spare, func(m core.MethodFacts) bool { return m.Second }, "be a second factor"},
		{"PhishingResistant", c.Policy.PhishingResistant, func(core.MethodFacts) bool { return true }, ""},
	} {
		for i, named := range list.named {
			setting := fmt.Sprintf("Policy.%s[%d]", list.name, i)
			at := slices.IndexFunc(methods, func(m core.MethodFacts) bool { return m.Method == named })
			switch {
			case at < 0:
				p.add(setting, fmt.Sprintf("is %q, which no authenticator is called", named), remedyOfMethods(methods, list.can))
			case !list.can(methods[at]):
				p.add(setting, fmt.Sprintf("is %q, which cannot %s", named, list.what), remedyOfMethods(methods, list.can))
			}
		}
	}
	if filled := c.Policy.For(methods); len(methods) > 0 && len(filled.First) == 0 {
		if c.Policy.First == nil {
			p.add("Authenticators", "none of them signs anybody in by itself", "add one that does, for example password.New(password.Options{})")
			return
		}
		p.add("Policy.First", "leaves no way to sign in", remedyOfMethods(methods, func(m core.MethodFacts) bool { return m.First }))
	}
}

// remedyOfMethods names the methods that would do.
func remedyOfMethods(methods []core.MethodFacts, can func(core.MethodFacts) bool) string {
	var fit []string
	for _, m := range methods {
		if can(m) {
			fit = append(fit, m.Method)
		}
	}
	if len(fit) == 0 {
		return "add an authenticator that can to Authenticators, or leave it out"
	}
	return "use " + strings.Join(fit, ", ") + ", or add an authenticator"
}

// checkRequirement wants what some authenticator can meet.
func (c *Config) checkRequirement(p *problems, name string, r core.Requirement, methods []core.MethodFacts) {
	filled := c.Policy.For(methods)
	for i, m := range r.Methods {
		if !slices.ContainsFunc(methods, func(f core.MethodFacts) bool { return f.Method == m }) {
			p.add(fmt.Sprintf("%s.Methods[%d]", name, i), fmt.Sprintf("is %q, which no authenticator is called", m),
				remedyOfMethods(methods, func(core.MethodFacts) bool { return true }))
		}
	}
	if r.Second && len(filled.Seconds) == 0 && len(filled.PhishingResistant) == 0 {
		p.add(name+".Second", "cannot be met", "add an authenticator that is a second factor, such as totp.New(...) or passkey.New(...), or leave it out")
	}
	if (r.PhishingResistant || r.HardwareKey) && len(filled.PhishingResistant) == 0 {
		p.add(name+".PhishingResistant", "cannot be met", "add an authenticator such as passkey.New(...), or leave it out")
	}
	if r.Refuse {
		p.add(name+".Refuse", "would let nobody in", "leave it to Hooks.SignIn")
	}
	if r.MaxAge < 0 || r.MaxAge > 0 && r.MaxAge < time.Minute {
		p.add(name+".MaxAge", fmt.Sprintf("is %v", r.MaxAge), "choose 1m0s or more, or 0 for any age")
	}
}
