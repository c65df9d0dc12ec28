package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// assertedAccess is what a client gets by an assertion about a person: no more
// than the request asks for, the assertion says, the operator allows its issuer,
// and the client may have (EM-03). Nothing of it is about the provider itself.
func (p *Provider) assertedAccess(q *clientQuestion, t *core.TrustedPeople, claims *assertedPersonClaims, idJAG bool) ([]core.Access, error) {
	asked, err := askedScopes(q)
	if err != nil {
		return nil, err
	}
	bounds, err := p.withinResources(t.Access, claims.Resource)
	if err != nil {
		return nil, err
	}
	if bounds, err = p.mayHave(q, bounds); err != nil {
		return nil, err
	}
	if idJAG || claims.Scope != nil {
		said := ""
		if claims.Scope != nil {
			said = *claims.Scope
		}
		scopes, err := param.SpaceList(said)
		if err != nil || len(scopes) > core.MaxScopes {
			return nil, badAssertion("the scope of the assertion is malformed", err)
		}
		bounds = p.cutAccess(bounds, scopes)
	} else {
		bounds = p.byDefault(q, asked, bounds)
	}
	return p.askedWithin(q, asked, bounds)
}

// byDefault cuts bounds to the client's default scopes where neither the request
// nor the assertion names any.
func (p *Provider) byDefault(q *clientQuestion, asked []string, bounds []core.Access) []core.Access {
	if len(asked) > 0 || len(q.client.DefaultScopes) == 0 {
		return bounds
	}
	return p.cutAccess(bounds, q.client.DefaultScopes)
}

// askedScopes reads the scope parameter; nil where there is none.
func askedScopes(q *clientQuestion) ([]string, error) {
	asked, err := param.SpaceList(q.values.Get("scope"))
	if err != nil || len(asked) > core.MaxScopes {
		return nil, core.Refuse(core.InvalidScope, "scope is malformed or too long")
	}
	return asked, nil
}

// withinResources cuts bounds to the resources that an assertion names, if it
// names any.
func (p *Provider) withinResources(bounds []core.Access, named []string) ([]core.Access, error) {
	if len(named) == 0 {
		return bounds, nil
	}
	var out []core.Access
	for _, a := range bounds {
		if slices.ContainsFunc(named, func(n string) bool { return p.isResource(n, a.Resource) }) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, core.Refuse(core.InvalidTarget, "the assertion is for a resource that is unknown or not allowed here")
	}
	return out, nil
}

// mayHave cuts bounds to what the client may have, at the resources that it asks
// for.
func (p *Provider) mayHave(q *clientQuestion, bounds []core.Access) ([]core.Access, error) {
	wanted := q.values.All("resource")
	var out []core.Access
	for _, a := range bounds {
		named := slices.ContainsFunc(wanted, func(w string) bool { return p.isResource(w, a.Resource) })
		if (len(wanted) > 0 && !named) || !p.allowsResource(q.client, a.Resource) {
			continue
		}
		out = append(out, core.Access{Resource: a.Resource, Scopes: p.allowedOf(q.client, a.Resource, a.Scopes)})
	}
	if len(out) == 0 {
		return nil, core.Refuse(core.InvalidTarget, "the resource is unknown or not allowed for this client and issuer")
	}
	return out, nil
}

// askedWithin cuts bounds to the scopes that are asked for. A resource stays even
// where no scope does, unless scopes were asked for by name.
func (p *Provider) askedWithin(q *clientQuestion, asked []string, bounds []core.Access) ([]core.Access, error) {
	if len(asked) == 0 {
		return bounds, nil
	}
	out := someScopes(p.cutAccess(bounds, asked))
	if len(out) == 0 || q.client.StrictScopes && len(common(asked, core.Scopes(bounds))) < len(asked) {
		return nil, core.Refuse(core.InvalidScope, "a scope is unknown, or not allowed for this client and issuer")
	}
	return out, nil
}
