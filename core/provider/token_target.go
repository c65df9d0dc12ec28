package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// target is what one access token is for: one resource, or the issuer itself,
// whose API is userinfo. A token is never for two (RI-05).
type target struct {
	resource core.Resource // the zero Resource stands for the issuer
	scopes   []string
}

// chooseTarget picks the audience of an access token and its scopes:
//
//   - the resource parameter, where sent, if the grant holds it; otherwise
//     invalid_target (RI-02, RT-13, TOK13). The issuer's own URL asks for a token
//     for userinfo.
//   - without it, the one resource of the grant; of several, the client's
//     default or else the first.
//   - the issuer, for a grant that holds scopes of the provider alone.
//
// The token carries the scopes that the grant holds at that resource and no
// others: openid, profile and so on are only in a token for the issuer. full
// is what is granted and still allowed; narrow is full cut to the scope
// parameter.
func (p *Provider) chooseTarget(c *core.Client, full, narrow []core.Access, asked []string) (target, error) {
	uri, err := p.chooseResource(c, full, narrow, asked)
	if err != nil {
		return target{}, err
	}
	t := target{scopes: core.ScopesAt(narrow, uri)}
	if uri != "" {
		at := slices.IndexFunc(p.Resources, func(r core.Resource) bool { return r.URI == uri })
		t.resource = p.Resources[at] // full holds only resources that exist
	}
	return t, nil
}

func (p *Provider) chooseResource(c *core.Client, full, narrow []core.Access, asked []string) (string, error) {
	if len(asked) > 1 {
		return "", core.Refuse(core.InvalidTarget, "ask for one resource at a time")
	}
	if len(asked) == 1 {
		uri, known := p.resolveResource(asked[0])
		if known && slices.ContainsFunc(full, func(a core.Access) bool { return a.Resource == uri }) {
			return uri, nil
		}
		return "", core.Refuse(core.InvalidTarget, "the resource is not part of what was granted")
	}
	chosen := ""
	for _, a := range narrow {
		if a.Resource == "" {
			continue
		}
		if chosen == "" || a.Resource == c.DefaultResource {
			chosen = a.Resource
		}
	}
	return chosen, nil
}

// audience is the aud of a token for the resource.
func (p *Provider) audience(resource string) string {
	if resource == "" {
		return p.Issuer
	}
	return resource
}

// stillAllowed cuts what was granted to what the client may have now: a scope
// or a resource that was taken from it, or that exists no longer, is not given
// again (STA05).
func (p *Provider) stillAllowed(c *core.Client, granted []core.Access) ([]core.Access, error) {
	whole := true
	for i := range granted {
		whole = whole && p.allowsAll(c, &granted[i])
	}
	if whole {
		return granted, nil
	}
	var out []core.Access
	for _, a := range granted {
		if !p.allowsResource(c, a.Resource) {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return !p.allowsScope(c, a.Resource, s) })
		if len(kept) > 0 || len(a.Scopes) == 0 {
			out = append(out, core.Access{Resource: a.Resource, Scopes: kept})
		}
	}
	if len(out) == 0 {
		return nil, core.Refuse(core.InvalidScope, "nothing of what was granted is allowed any longer")
	}
	return out, nil
}

func (p *Provider) allowsAll(c *core.Client, a *core.Access) bool {
	if !p.allowsResource(c, a.Resource) {
		return false
	}
	for _, s := range a.Scopes {
		if !p.allowsScope(c, a.Resource, s) {
			return false
		}
	}
	return true
}

func (p *Provider) allowsResource(c *core.Client, uri string) bool {
	if uri == "" {
		return true
	}
	return p.findResource(uri) != nil && slices.Contains(c.Resources, uri)
}

func (p *Provider) allowsScope(c *core.Client, resource, scope string) bool {
	if r := p.findResource(resource); r != nil && !slices.Contains(r.Scopes, scope) {
		return false
	}
	return p.mayAsk(c, scope)
}

// findResource finds a resource by its registered URI; nil for none, and for
// the issuer.
func (p *Provider) findResource(uri string) *core.Resource {
	for i := range p.Resources {
		if p.Resources[i].URI == uri && uri != "" {
			return &p.Resources[i]
		}
	}
	return nil
}

// narrow cuts access to the scope parameter, which may name only what is in it
// (RT-07). Without the parameter nothing is cut.
func narrow(access []core.Access, scope string) ([]core.Access, error) {
	asked, err := param.SpaceList(scope)
	if err != nil {
		return nil, core.Refuse(core.InvalidScope, "scope is malformed")
	}
	if len(asked) == 0 {
		return access, nil
	}
	all := core.Scopes(access)
	for _, s := range asked {
		if !slices.Contains(all, s) {
			return nil, core.Refuse(core.InvalidScope, "scope asks for more than was granted")
		}
	}
	var out []core.Access
	for _, a := range access {
		kept := slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return !slices.Contains(asked, s) })
		if len(kept) > 0 {
			out = append(out, core.Access{Resource: a.Resource, Scopes: kept})
		}
	}
	return out, nil
}
