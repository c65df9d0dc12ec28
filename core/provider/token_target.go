package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
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
		t.resource = *p.findResource(uri) // full holds only resources that exist
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
