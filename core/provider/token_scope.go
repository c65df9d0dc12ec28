package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// Which scopes a token may carry is decided here, whatever it is given for. Three
// lists bound it: what is given (by a person, the operator's rule or an issuer whom
// the operator trusts), what the client may have now, and what the request asks for.
// Each only cuts. What is left brings what it implies (MC-13), as far as the first
// two list that as well: Implies never gives what nobody wrote down.

// mayAsk says whether the client may ask for the scope at all: it is known
// here, on the client's list, and not kept for vetted clients (BC-04). A client
// with the refresh grant may always ask for offline_access (DR-06).
func (p *Provider) mayAsk(c *core.Client, scope string) bool {
	if scope == "offline_access" {
		return c.MayUse(core.GrantRefreshToken)
	}
	if !slices.Contains(c.Scopes, scope) {
		return false
	}
	for _, s := range p.Scopes {
		if s.Name == scope {
			return !s.Vetted || !c.Lane.SelfRegistered()
		}
	}
	return slices.Contains(providerScopes, scope) || slices.ContainsFunc(p.Resources, func(r core.Resource) bool {
		return slices.Contains(r.Scopes, scope)
	})
}

// allowsScope says whether the client may have the scope at the resource; the
// empty one is the issuer.
func (p *Provider) allowsScope(c *core.Client, resource, scope string) bool {
	if r := p.findResource(resource); r != nil && !slices.Contains(r.Scopes, scope) {
		return false
	}
	return p.mayAsk(c, scope)
}

func (p *Provider) allowsResource(c *core.Client, uri string) bool {
	if uri == "" {
		return true
	}
	return p.findResource(uri) != nil && slices.Contains(c.Resources, uri)
}

// allowedOf lists those of the scopes that the client may have at the resource.
func (p *Provider) allowedOf(c *core.Client, resource string, scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !p.allowsScope(c, resource, s) })
}

// withImplied adds what the scopes imply at the resource, as far as the client may
// have it.
func (p *Provider) withImplied(c *core.Client, resource string, scopes []string) []string {
	if p.hierarchy == nil {
		return scopes
	}
	return p.hierarchy.Imply(scopes, func(s string) bool { return p.allowsScope(c, resource, s) })
}

// cutScopes leaves of what may be had what is asked for, and what that implies.
func (p *Provider) cutScopes(bounds, asked []string) []string {
	kept := common(bounds, asked)
	if p.hierarchy == nil || len(kept) == len(bounds) {
		return kept
	}
	return slices.DeleteFunc(slices.Clone(bounds), func(s string) bool {
		return !slices.Contains(kept, s) && len(p.hierarchy.Above(s, kept)) == 0
	})
}

// cutAccess is cutScopes at each resource. A resource stays also where nothing of it
// does.
func (p *Provider) cutAccess(bounds []core.Access, asked []string) []core.Access {
	out := make([]core.Access, 0, len(bounds))
	for _, a := range bounds {
		out = append(out, core.Access{Resource: a.Resource, Scopes: p.cutScopes(a.Scopes, asked)})
	}
	return out
}

// someScopes drops the resources of which no scope is left.
func someScopes(access []core.Access) []core.Access {
	return slices.DeleteFunc(access, func(a core.Access) bool { return len(a.Scopes) == 0 })
}

// common lists those of the scopes that are among the others.
func common(scopes, others []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(others, s) })
}

// stillAllowed cuts what was granted to what the client may have now: a scope
// or a resource that was taken from it, or that exists no longer, is not given
// again (STA05).
func (p *Provider) stillAllowed(c *core.Client, granted []core.Access) ([]core.Access, error) {
	whole := true
	for i := range granted {
		whole = whole && p.allowsAll(c, &granted[i])
	}
	if whole { // nearly always, and then nothing is copied
		return granted, nil
	}
	var out []core.Access
	for _, a := range granted {
		if !p.allowsResource(c, a.Resource) {
			continue
		}
		kept := p.allowedOf(c, a.Resource, a.Scopes)
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

// narrow cuts access to the scope parameter, which may name only what is in it
// (RT-07). Without the parameter nothing is cut.
func (p *Provider) narrow(access []core.Access, scope string) ([]core.Access, error) {
	asked, err := param.SpaceList(scope)
	if err != nil {
		return nil, core.Refuse(core.InvalidScope, "scope is malformed")
	}
	if len(asked) == 0 {
		return access, nil
	}
	if all := core.Scopes(access); len(common(asked, all)) < len(asked) {
		return nil, core.Refuse(core.InvalidScope, "scope asks for more than was granted")
	}
	return someScopes(p.cutAccess(access, asked)), nil
}
