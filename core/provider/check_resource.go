package provider

import (
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
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
		at := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(r.Scopes, s) })
		if len(at) > 0 || !implied {
			access = append(access, core.Access{Resource: r.URI, Scopes: at})
		}
	}
	if len(core.Scopes(access)) == 0 {
		return nil, core.Refuse(core.InvalidScope, "none of the scopes exists at the resource asked for")
	}
	return access, nil
}

// findResources looks the parameters up among the resources that the client may
// use. The issuer itself is a resource: userinfo is its API.
func (p *Provider) findResources(c *core.Client, asked []string) ([]core.Resource, error) {
	if len(asked) > maxResources {
		return nil, core.Refuse(core.InvalidTarget, "too many resources are asked for at once")
	}
	var found []core.Resource
	for _, a := range asked {
		at := slices.IndexFunc(p.Resources, func(r core.Resource) bool { return a == r.URI }) // nearly always
		if a == "" || at < 0 && sameResource(a, p.Issuer) {
			continue
		}
		if at < 0 {
			at = slices.IndexFunc(p.Resources, func(r core.Resource) bool { return sameResource(a, r.URI) })
		}
		if at < 0 || !slices.Contains(c.Resources, p.Resources[at].URI) {
			return nil, core.Refuse(core.InvalidTarget, "the resource is unknown or not allowed for this client")
		}
		if !slices.ContainsFunc(found, func(r core.Resource) bool { return r.URI == p.Resources[at].URI }) {
			found = append(found, p.Resources[at])
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

// sameResource compares a resource as asked with one as registered: scheme and
// host in any case, a lone root slash dropped, all else byte for byte (RI-03).
func sameResource(asked, registered string) bool {
	return asked == registered || canonicalResource(asked) != "" && canonicalResource(asked) == canonicalResource(registered)
}

// canonicalResource is empty for what cannot be a resource: relative, or with a
// fragment or user name (RI-01).
func canonicalResource(uri string) string {
	if len(uri) > core.MaxRedirectURI || strings.ContainsAny(uri, "#\\ ") {
		return ""
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil {
		return ""
	}
	path := u.EscapedPath()
	if path == "/" {
		path = ""
	}
	canonical := strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host) + path
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	return canonical
}
