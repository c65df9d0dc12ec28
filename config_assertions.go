package keywright

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/mailaddress"
)

// checkTrustedIssuers finds what is wrong with the issuers of assertions.
func (c *Config) checkTrustedIssuers(p *problems) {
	seen, kinds := map[[2]string]bool{}, map[string]bool{}
	for n := range c.TrustedIssuers {
		i := &c.TrustedIssuers[n]
		name := fmt.Sprintf("TrustedIssuers[%d]", n)
		people, known := kinds[i.Issuer]
		switch key := [2]string{i.Issuer, i.Tenant}; {
		case i.Issuer == "":
			p.add(name+".Issuer", "is empty", "give the iss claim of its assertions, byte for byte")
		case i.Issuer == c.Issuer:
			p.add(name+".Issuer", "is the issuer of this provider", "leave it out: its own tokens are no assertions")
		case seen[key]:
			p.add(name+".Issuer", "is there twice with the same Tenant", "make one of the two")
		case known && people != (i.People != nil):
			p.add(name+".Issuer", "is trusted for people in one place and for workloads in another", "choose one of the two")
		default:
			seen[key], kinds[i.Issuer] = true, i.People != nil
		}
		c.checkIssuerKeys(p, name, i)
		c.checkIssuerTerms(p, name, i)
		if i.People != nil {
			c.checkTrustedPeople(p, name+".People", i)
		}
		for w := range i.Workloads {
			c.checkWorkload(p, fmt.Sprintf("%s.Workloads[%d]", name, w), i.Issuer, &i.Workloads[w])
		}
	}
}

// checkIssuerKeys wants keys from one place, and algorithms that are safe.
func (c *Config) checkIssuerKeys(p *problems, name string, i *core.TrustedIssuer) {
	switch {
	case (len(i.Keys) == 0) == (i.KeysURI == ""):
		p.add(name+".KeysURI", "and Keys are both there, or neither is", "give exactly one: jwks_uri of the issuer's metadata, or its JWK Set")
	case i.KeysURI != "":
		if u, err := url.Parse(i.KeysURI); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			p.add(name+".KeysURI", "is not an https URL", "give the jwks_uri of the issuer's metadata")
		}
	default:
		if set, err := jose.ParseKeySet(json.RawMessage(i.Keys)); err != nil || set.Len() == 0 {
			p.add(name+".Keys", "holds no public key that can be used", "give a JWK Set with the public keys of the issuer")
		}
	}
	known := []string{"ES256", "ES384", "EdDSA", "RS256", "PS256"}
	for _, a := range i.Algorithms {
		if !slices.Contains(known, a) {
			p.add(name+".Algorithms", fmt.Sprintf("holds %q", a), "use "+strings.Join(known, ", "))
		}
	}
}

func (c *Config) checkIssuerTerms(p *problems, name string, i *core.TrustedIssuer) {
	longest := 24 * time.Hour
	if i.People != nil {
		longest = time.Hour
	}
	switch {
	case (i.People == nil) == (len(i.Workloads) == 0):
		p.add(name, "is trusted for nothing, or for people and workloads at once", "give exactly one of People and Workloads")
	case i.Tenant != "" && i.People == nil:
		p.add(name+".Tenant", "is set for workloads", "write it into the Claims of the rules")
	}
	if i.MaxAge != 0 && (i.MaxAge < time.Second || i.MaxAge > longest) {
		p.add(name+".MaxAge", fmt.Sprintf("is %v", i.MaxAge), fmt.Sprintf("choose up to %v, or 0 for the default", longest))
	}
	for _, a := range i.Audiences {
		if a == "" {
			p.add(name+".Audiences", "holds an empty one", "leave it out")
		}
	}
}

func (c *Config) checkTrustedPeople(p *problems, name string, i *core.TrustedIssuer) {
	t := i.People
	c.checkAsserted(p, name+".Access", t.Access)
	for _, d := range t.Domains {
		if canonical, err := mailaddress.Domain(d); err != nil || canonical != d {
			p.add(name+".Domains", fmt.Sprintf("holds %q, which is not a domain in its canonical form", d), "write it in lower case, as in DNS: example.com")
		}
	}
	known := slices.ContainsFunc(c.Authenticators, func(a core.Authenticator) bool { return a != nil && a.Method() == t.Method })
	switch {
	case t.Method != "" && !known:
		p.add(name+".Method", fmt.Sprintf("is %q, which is none of Authenticators", t.Method), "give the Method of the one that signs in by this issuer, or leave it empty")
	case t.Method != "" && !strings.HasPrefix(t.Method, "upstream:"):
		p.add(name+".Method", fmt.Sprintf("is %q, which names people in another way than the assertions do", t.Method), "give that of an authenticator of authenticators/upstream, or leave it empty")
	case t.Method != "" && !t.Connection.IsZero():
		p.add(name+".Method", "and Connection are both set", "give the one by which people sign in through this issuer")
	case t.Method != "" && i.Tenant != "":
		p.add(name+".Method", "is set for an issuer with a Tenant, whose subjects differ by it", "leave it empty")
	case t.InsecureAssumeEmailVerified && len(t.Domains) == 0:
		p.add(name+".InsecureAssumeEmailVerified", "is set without Domains", "list the domains that the issuer is the authority for")
	}
}

// sharedIssuers are platforms that sign for everybody. A rule for one of them needs
// a claim that tells one's own workloads from those of strangers.
func sharedIssuers() map[string][]string {
	return map[string][]string{
		"https://token.actions.githubusercontent.com": {"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref"},
		"https://gitlab.com":                          {"sub", "project_path", "project_id", "namespace_path", "namespace_id"},
		"https://accounts.google.com":                 {"sub", "email"},
		"https://agent.buildkite.com":                 {"sub", "organization_slug", "organization_id", "pipeline_id"},
		"https://app.terraform.io":                    {"sub", "terraform_organization_id", "terraform_workspace_id"},
		"https://oidc.vercel.com":                     {"sub", "owner_id", "project_id"},
	}
}

func (c *Config) checkWorkload(p *problems, name, issuer string, w *core.TrustedWorkload) {
	c.checkAsserted(p, name+".Access", w.Access)
	if w.Client == "" {
		p.add(name+".Client", "is empty", "name a seeded client with the grant type "+core.GrantJWTBearer)
	}
	if len(w.Claims) == 0 {
		p.add(name+".Claims", "is empty, so that every workload of the issuer would fit", "name sub, or other claims that only yours have")
	}
	for claim, value := range w.Claims {
		if claim == "" || value == "" {
			p.add(name+".Claims", "holds an empty name or value", "say what the claim has to be")
		}
	}
	own, shared := sharedIssuers()[issuer]
	if shared && !slices.ContainsFunc(own, func(claim string) bool { return w.Claims[claim] != "" }) {
		p.add(name+".Claims", "fits workloads of strangers, since the issuer signs for everybody", "add one of "+strings.Join(own, ", "))
	}
}

// checkAsserted wants resources that are there, and scopes that they have.
func (c *Config) checkAsserted(p *problems, name string, access []core.Access) {
	if len(access) == 0 {
		p.add(name, "is empty", "list the resources, each with the scopes that may be had there at most")
	}
	for _, a := range access {
		r := c.resource(a.Resource)
		if r == nil {
			p.add(name, fmt.Sprintf("names the resource %q", a.Resource), "use one of Resources")
			continue
		}
		for _, s := range a.Scopes {
			if !slices.Contains(r.Scopes, s) {
				p.add(name, fmt.Sprintf("names the scope %q, which %s does not have", s, a.Resource), "add it to the resource, or leave it out")
			}
		}
	}
}
