package keywright

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// checkExchange wants rules that can be used, no two of which speak of the same.
func (c *Config) checkExchange(p *problems) {
	seen := map[string]bool{}
	for i := range c.Exchange.Rules {
		r, name := &c.Exchange.Rules[i], fmt.Sprintf("Exchange.Rules[%d]", i)
		c.checkExchangeRule(p, name, r)
		for _, from := range r.From {
			if key := strings.Join([]string{r.Client, from, r.To}, " "); seen[key] {
				p.add(name, fmt.Sprintf("is a second rule for %q from %q to %q", r.Client, from, r.To), "make one of them")
			} else {
				seen[key] = true
			}
		}
	}
	for i := range c.Exchange.Assertions {
		r, name := &c.Exchange.Assertions[i], fmt.Sprintf("Exchange.Assertions[%d]", i)
		c.checkAssertionRule(p, name, r)
		if key := strings.Join([]string{"", r.Client, r.Audience, r.Resource}, " "); seen[key] {
			p.add(name, fmt.Sprintf("is a second rule for %q, its audience and resource", r.Client), "make one of them")
		} else {
			seen[key] = true
		}
	}
}

func (c *Config) checkExchangeRule(p *problems, name string, r *core.ExchangeRule) {
	c.checkExchanger(p, name, r.Client, r.ACR)
	target := c.resource(r.To)
	switch {
	case target == nil:
		p.add(name+".To", fmt.Sprintf("is %q, which is no resource", r.To), "use the URI of one of Resources")
	case slices.Contains(r.From, r.To):
		p.add(name+".From", "holds To itself", "leave it out: such an exchange could give nothing new")
	}
	if len(r.From) == 0 {
		p.add(name+".From", "is empty, so nothing could be exchanged", "name the resources whose tokens the client brings")
	}
	for j, from := range r.From {
		if from != c.Issuer && c.resource(from) == nil {
			p.add(fmt.Sprintf("%s.From[%d]", name, j), fmt.Sprintf("is %q, which is no resource", from), "use the URI of one of Resources, or the issuer")
		}
	}
	for j, s := range r.Scopes {
		if target != nil && !slices.Contains(target.Scopes, s) {
			p.add(fmt.Sprintf("%s.Scopes[%d]", name, j), fmt.Sprintf("is %q, which the resource does not have", s), "add it to the resource, or leave it out")
		}
	}
	if r.MaxLifetime < 0 || r.MaxLifetime > time.Hour || r.MaxLifetime > 0 && r.MaxLifetime < time.Second {
		p.add(name+".MaxLifetime", fmt.Sprintf("is %v", r.MaxLifetime), "choose from 1s to 1h0m0s, or 0")
	}
}

func (c *Config) checkAssertionRule(p *problems, name string, r *core.AssertionRule) {
	c.checkExchanger(p, name, r.Client, r.ACR)
	u, err := url.Parse(r.Audience)
	secure := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
	switch {
	case !secure || strings.ContainsAny(r.Audience, "?#"):
		p.add(name+".Audience", fmt.Sprintf("is %q, which is no issuer", r.Audience), "give the issuer identifier of the other authorization server")
	case r.Audience == c.Issuer:
		p.add(name+".Audience", "is this issuer", "use Exchange.Rules for resources of this provider")
	}
	if u, err := url.Parse(r.Resource); r.Resource != "" && (err != nil || !u.IsAbs() || strings.Contains(r.Resource, "#")) {
		p.add(name+".Resource", "is not an absolute URI without a fragment", "give the address of the API behind the other server") // RI-01
	}
	for j, s := range r.Scopes {
		if !isScope(s) {
			p.add(fmt.Sprintf("%s.Scopes[%d]", name, j), fmt.Sprintf("is %q", s), scopeRemedy)
		}
	}
	named := len(r.Organizations)+len(r.Groups)+len(r.People) > 0
	switch {
	case !named && !r.Everybody:
		p.add(name, "lets nobody", "name Organizations, Groups or People, or set Everybody")
	case named && r.Everybody:
		p.add(name+".Everybody", "is set beside lists of who may", "leave one of the two out")
	}
	if r.Algorithm != "" && !c.signs(r.Algorithm) {
		p.add(name+".Algorithm", fmt.Sprintf("is %q, which is not among SigningAlgorithms", r.Algorithm), "add it there, or choose one of those")
	}
	if r.Lifetime < 0 || r.Lifetime > core.MaxAssertion || r.Lifetime > 0 && r.Lifetime < time.Second {
		p.add(name+".Lifetime", fmt.Sprintf("is %v", r.Lifetime), fmt.Sprintf("choose from 1s to %v, or 0", core.MaxAssertion))
	}
}

// checkExchanger is what both kinds of rules share.
func (c *Config) checkExchanger(p *problems, name, client string, acr []string) {
	if client == "" || len(client) > core.MaxClientID {
		p.add(name+".Client", "is empty or too long", "give the client_id of who exchanges")
	}
	policy := c.Policy.For(c.methods())
	for i, v := range acr {
		if !slices.Contains(policy.Values(), v) {
			p.add(fmt.Sprintf("%s.ACR[%d]", name, i), fmt.Sprintf("is %q, which nobody could reach", v),
				fmt.Sprintf("use one of %v, or add it to Policy.Levels", policy.Values()))
		}
	}
}

// resource finds one by its URI; nil for none.
func (c *Config) resource(uri string) *core.Resource {
	for i := range c.Resources {
		if c.Resources[i].URI == uri {
			return &c.Resources[i]
		}
	}
	return nil
}
