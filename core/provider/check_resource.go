package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/resourceuri"
)

// maxResources bounds how many resources one request may name (RI-05, AUT22).
const maxResources = 5

// checkResource reads the resource parameters (RFC 8707) and spreads the scopes
// over the resources they belong to.
func checkResource(c *checking) error {
	access, err := c.provider.spread(&c.Client, c.Request.Access[0].Scopes, c.values.All("resource"))
	if err != nil {
		return err
	}
	if len(core.Scopes(access)) < len(c.Request.Access[0].Scopes) {
		c.Request.ScopeReported = true
	}
	c.Request.Access = access
	return nil
}

// spread says what is asked where: the provider's own scopes at the provider,
// every other at each of the resources that has it. Without a resource
// parameter the client's default counts, or else whichever of its resources
// have the scopes (RI-04).
func (p *Provider) spread(c *core.Client, scopes, resources []string) ([]core.Access, error) {
	asked, err := p.findResources(c, resources)
	if err != nil {
		return nil, err
	}
	implied := len(asked) == 0
	if implied {
		asked = p.impliedResources(c)
	}
	var own []string
	for _, s := range scopes {
		if p.isOwnScope(s) {
			own = append(own, s)
		}
	}
	var access []core.Access
	if len(own) > 0 {
		access = append(access, core.Access{Scopes: own})
	}
	for _, r := range asked {
		at := p.scopesAt(c, &r, scopes, !implied)
		if len(at) > 0 || !implied {
			access = append(access, core.Access{Resource: r.URI, Scopes: at})
		}
	}
	if len(core.Scopes(access)) == 0 {
		return nil, core.Refuse(core.InvalidScope, "none of the scopes exists at the resource asked for")
	}
	return access, nil
}

// scopesAt are the scopes of those asked that exist at the resource, with what
// they imply there (MC-13). Where none does and the request named the resource,
// they are the resource's own default (IN-16), unless the client is strict.
func (p *Provider) scopesAt(c *core.Client, r *core.Resource, scopes []string, named bool) []string {
	at := common(scopes, r.Scopes)
	if len(at) == 0 && named {
		at = p.defaultsAt(c, r)
	}
	return p.withImplied(c, r.URI, at)
}

// defaultsAt are the resource's default scopes that the client may have.
func (p *Provider) defaultsAt(c *core.Client, r *core.Resource) []string {
	if c.StrictScopes {
		return nil
	}
	return p.allowedOf(c, r.URI, r.DefaultScopes)
}

// hasDefaults says whether one of the resources that a request names has default
// scopes for the client, so that a request of which no other scope is left is
// still one for something.
func (p *Provider) hasDefaults(c *core.Client, resources []string) bool {
	for _, asked := range resources {
		if uri, known := p.resolveResource(asked); known && uri != "" && slices.Contains(c.Resources, uri) &&
			len(p.defaultsAt(c, p.findResource(uri))) > 0 {
			return true
		}
	}
	return false
}

// findResources looks the parameters up among the resources that the client may
// use. The issuer itself is a resource: userinfo is its API.
func (p *Provider) findResources(c *core.Client, asked []string) ([]core.Resource, error) {
	if len(asked) > maxResources {
		return nil, core.Refuse(core.InvalidTarget, "too many resources are asked for at once")
	}
	var found []core.Resource
	for _, a := range asked {
		uri, known := p.resolveResource(a)
		if known && uri == "" {
			continue
		}
		if !known || !slices.Contains(c.Resources, uri) {
			return nil, core.Refuse(core.InvalidTarget, "the resource is unknown or not allowed for this client")
		}
		if !slices.ContainsFunc(found, func(r core.Resource) bool { return r.URI == uri }) {
			found = append(found, *p.findResource(uri))
		}
	}
	return found, nil
}

// impliedResources are those a request without the parameter may mean.
func (p *Provider) impliedResources(c *core.Client) []core.Resource {
	var found []core.Resource
	for _, r := range p.Resources {
		wanted := slices.Contains(c.Resources, r.URI) && (c.DefaultResource == "" || c.DefaultResource == r.URI)
		if wanted {
			found = append(found, r)
		}
	}
	return found
}

// isOwnScope says whether the scope is about the provider: one of OpenID
// Connect's, or one that no resource has.
func (p *Provider) isOwnScope(scope string) bool {
	return slices.Contains(providerScopes, scope) || !slices.ContainsFunc(p.Resources, func(r core.Resource) bool {
		return slices.Contains(r.Scopes, scope)
	})
}

// resolveResource finds the registered form of a resource as a client names it:
// the URI or an alias of it, in another case or with a root slash, and with a
// query where the resource does not mind (RI-03, IN-15). The issuer's own form is
// empty.
func (p *Provider) resolveResource(asked string) (uri string, known bool) {
	if p.findResource(asked) != nil { // nearly always
		return asked, true
	}
	canonical := resourceuri.Canonical(asked)
	if canonical == "" {
		return "", false
	}
	if canonical == resourceuri.Canonical(p.Issuer) {
		return "", true
	}
	for i := range p.Resources {
		if r := &p.Resources[i]; named(r, canonical, exactly) {
			return r.URI, true
		}
	}
	for i := range p.Resources {
		if r := &p.Resources[i]; r.IgnoreQuery && named(r, canonical, resourceuri.WithoutQuery) {
			return r.URI, true
		}
	}
	return "", false
}

// isResource says whether asked names the resource of that registered form.
func (p *Provider) isResource(asked, registered string) bool {
	uri, known := p.resolveResource(asked)
	return known && uri == registered
}

func exactly(canonical string) string { return canonical }

// named says whether the canonical form is that of the resource or an alias, as
// far as the part that counts.
func named(r *core.Resource, canonical string, counts func(string) string) bool {
	is := func(uri string) bool { return counts(resourceuri.Canonical(uri)) == counts(canonical) }
	return is(r.URI) || slices.ContainsFunc(r.Aliases, is)
}
