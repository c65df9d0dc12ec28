package keywright

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/resourceuri"
)

// checkLanes wants lanes, no two of one kind: the second would never be asked.
func (c *Config) checkLanes(p *problems) {
	if len(c.Clients) == 0 {
		p.add("Clients", "is empty", "add a lane, for example clientreg.Seeded(...)")
	}
	seen := map[core.Lane]bool{}
	for i, l := range c.Clients {
		name := fmt.Sprintf("Clients[%d]", i)
		if l == nil {
			p.add(name, "is nil", "look at the error of what should have made it")
			continue
		}
		if seen[l.Lane()] {
			p.add(name, fmt.Sprintf("is a second lane %q", l.Lane()), "give all its clients to the first")
		}
		seen[l.Lane()] = true
	}
}

// checkSteps wants authenticators, no two of which own one page.
func (c *Config) checkSteps(p *problems) {
	if len(c.Authenticators) == 0 {
		p.add("Authenticators", "is empty", "add one, for example password.New(password.Options{})")
	}
	owner := map[core.Step]string{
		core.StepAccounts: "the provider", core.StepSignIn: "the provider", core.StepConsent: "the provider",
		core.StepSecond: "the provider", core.StepEnrol: "the provider",
		core.StepConnection: "the provider", "identity": "the provider",
	}
	for i, a := range c.Authenticators {
		if a == nil {
			p.add(fmt.Sprintf("Authenticators[%d]", i), "is nil", "look at the error of what should have made it")
			continue
		}
		for _, s := range a.Steps() {
			if o, taken := owner[s]; taken {
				p.add("Authenticators", fmt.Sprintf("%s and %s both own the page %q", o, a.Method(), s), "use one of them")
			}
			owner[s] = a.Method()
		}
	}
	c.checkProof(p, owner)
}

// stepPasskeySignUp makes accounts whose address is still to be proven.
const stepPasskeySignUp core.Step = "passkey-signup"

// checkProof wants somebody who proves addresses where accounts begin without:
// their people would never get in.
func (c *Config) checkProof(p *problems, owner map[core.Step]string) {
	who, signUp := owner[stepPasskeySignUp]
	if _, proves := owner[core.StepVerifyEmail]; signUp && !proves && !c.NoSignUp && !c.InsecureUnverifiedEmail {
		p.add("Authenticators", "nobody proves the addresses of accounts that "+who+" makes",
			"add one that owns the page \"verify\", such as password.New, or leave SignUp out")
	}
}

// algorithms that tokens can be signed with: the first is always there.
func algorithms() []string { return []string{"RS256", "ES256", "EdDSA"} }

func (c *Config) checkAlgorithms(p *problems) {
	for i, a := range c.SigningAlgorithms {
		if !slices.Contains(algorithms(), a) {
			p.add(fmt.Sprintf("SigningAlgorithms[%d]", i), fmt.Sprintf("is %q", a), "use "+strings.Join(algorithms(), ", "))
		}
	}
}

// signs says whether access tokens can be signed with the algorithm; empty is
// ES256.
func (c *Config) signs(algorithm string) bool {
	if algorithm == "" {
		algorithm = "ES256"
	}
	return algorithm == "RS256" || len(c.SigningAlgorithms) == 0 && slices.Contains(algorithms(), algorithm) ||
		slices.Contains(c.SigningAlgorithms, algorithm)
}

func (c *Config) checkResources(p *problems) {
	names := resourceNames{resourceuri.Canonical(c.Issuer): "the issuer"}
	for i, r := range c.Resources {
		name := fmt.Sprintf("Resources[%d]", i)
		names.check(p, name, &r)
		if r.Format != "" && r.Format != core.Opaque && r.Format != core.JWT {
			p.add(name+".Format", "is unknown", "use core.Opaque or core.JWT")
		}
		if r.Format == core.JWT && !c.signs(r.Algorithm) {
			p.add(name+".Algorithm", "is not among SigningAlgorithms (empty is ES256)", "add it there, or choose one of those")
		}
		if r.Lifetime < 0 || r.Lifetime > time.Hour {
			p.add(name+".Lifetime", fmt.Sprintf("is %v", r.Lifetime), "choose up to 1h0m0s")
		}
		checkResourceScopes(p, name, &r)
	}
}

const scopeRemedy = "a scope is printable ASCII without spaces, quotes and backslashes"

// isScope follows the grammar of RFC 6749 section 3.3.
func isScope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

func (c *Config) checkScopes(p *problems) {
	seen := map[string]bool{}
	for i, s := range c.Scopes {
		name := fmt.Sprintf("Scopes[%d].Name", i)
		switch {
		case !isScope(s.Name):
			p.add(name, fmt.Sprintf("is %q", s.Name), scopeRemedy)
		case seen[s.Name]:
			p.add(name, "is given twice", "leave one out")
		}
		seen[s.Name] = true
		c.checkImplied(p, fmt.Sprintf("Scopes[%d].Implies", i), s)
	}
	c.checkCycles(p)
}

func (c *Config) checkNetwork(p *problems) {
	for i, n := range c.TrustedProxies {
		switch name := fmt.Sprintf("TrustedProxies[%d]", i); {
		case !n.IsValid():
			p.add(name, "is not a network", `give one such as netip.MustParsePrefix("10.0.0.0/8")`)
		case n.Bits() == 0:
			p.add(name, "holds every address, so that anybody could pass for anybody", "name the networks of your proxies alone")
		}
	}
	c.checkForwarded(p)
	if c.EgressProxy == "" {
		return
	}
	if u, err := url.Parse(c.EgressProxy); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		p.add("EgressProxy", "is not an http or https URL", "give one such as http://proxy.internal:3128")
	}
}
