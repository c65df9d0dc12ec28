package keywright

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/resourceuri"
)

// resourceNames says by which setting each canonical form of a resource is taken.
// What is taken whatever its query stands behind anyQuery, without it: a form that
// is written out comes before such a one, so these two do not meet.
type resourceNames map[string]string

const anyQuery = "any query of "

// check wants every name of a resource to be a URI, and the name of no other: for
// which of them would a token be?
func (names resourceNames) check(p *problems, setting string, r *core.Resource) {
	names.take(p, setting+".URI", r.URI, r.IgnoreQuery, "give the API's address, such as https://api.example.com")
	for i, alias := range r.Aliases {
		names.take(p, fmt.Sprintf("%s.Aliases[%d]", setting, i), alias, r.IgnoreQuery, "write out the address that clients use")
	}
}

func (names resourceNames) take(p *problems, setting, uri string, ignoreQuery bool, remedy string) {
	canonical := resourceuri.Canonical(uri)
	if canonical == "" {
		p.add(setting, "is not an absolute URI without a fragment", remedy)
		return
	}
	forms := []string{canonical}
	if ignoreQuery {
		forms = append(forms, anyQuery+resourceuri.WithoutQuery(canonical))
	}
	for _, form := range forms {
		if by, taken := names[form]; taken {
			p.add(setting, "is given twice, or is the issuer: it is the same as "+by, "leave one out; the case of a host and a lone root slash make no difference")
			return
		}
	}
	for _, form := range forms {
		names[form] = setting
	}
}

func checkResourceScopes(p *problems, setting string, r *core.Resource) {
	for _, s := range r.Scopes {
		if !isScope(s) {
			p.add(setting+".Scopes", fmt.Sprintf("holds %q", s), scopeRemedy)
		}
	}
	for _, s := range r.DefaultScopes {
		if !slices.Contains(r.Scopes, s) {
			p.add(setting+".DefaultScopes", fmt.Sprintf("holds %q, which the resource does not have", s), "add it to "+setting+".Scopes, or leave it out")
		}
	}
}

// checkImplied wants what a scope implies to be a scope of a resource, as the
// scope itself has to be: what OpenID Connect defines is never had on the side.
func (c *Config) checkImplied(p *problems, setting string, s core.Scope) {
	if len(s.Implies) > 0 && !c.resourceHas(s.Name) {
		p.add(setting, fmt.Sprintf("is of %q, which no resource has", s.Name), "add it to Resources[…].Scopes, or leave Implies out")
	}
	for _, implied := range s.Implies {
		if !c.resourceHas(implied) {
			p.add(setting, fmt.Sprintf("holds %q, which no resource has", implied), "add it to Resources[…].Scopes, or leave it out")
		}
	}
}

func (c *Config) resourceHas(scope string) bool {
	return !slices.Contains(core.OpenIDScopes(), scope) && slices.ContainsFunc(c.Resources, func(r core.Resource) bool {
		return slices.Contains(r.Scopes, scope)
	})
}

// checkCycles wants no scope to imply itself: nobody could tell which of a circle
// is the wider one.
func (c *Config) checkCycles(p *problems) {
	h := core.NewHierarchy(c.Scopes)
	for i, s := range c.Scopes {
		if slices.Contains(h[s.Name], s.Name) {
			circle := slices.DeleteFunc(slices.Clone(h[s.Name]), func(name string) bool { return !slices.Contains(h[name], s.Name) })
			p.add(fmt.Sprintf("Scopes[%d].Implies", i), fmt.Sprintf("leads from %q back to it, by %s", s.Name, strings.Join(circle, ", ")),
				"let the wider scope imply the narrower one, and not the other way round")
		}
	}
}
