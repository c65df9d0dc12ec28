package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// grantClientCredentials gives a client tokens for itself (OAuth 2.1 section
// 4.2). Only confidential clients that the operator made may (TK-09, TOK17).
// There is no grant, no refresh token and, while the client is cached, no store
// call. The subject is the client_id, which no account's subject can equal.
func (p *Provider) grantClientCredentials(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	c := q.client
	if c.Public() || c.Lane.SelfRegistered() || strings.HasPrefix(c.ID, accountSubject) {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "client_credentials is for confidential clients that the operator registered")
	}
	access, err := p.ownAccess(c, q.values)
	if err != nil {
		return tokenResponse{}, err
	}
	t, err := p.chooseTarget(c, access, access, q.values.All("resource"))
	if err != nil {
		return tokenResponse{}, err
	}
	token, lifetime, err := p.issueAccessToken(ctx, nil, c, &t, q.at)
	if err != nil {
		return tokenResponse{}, err
	}
	p.hear(ctx, core.EventTokenIssued, q, &core.Grant{Client: c.ID})
	return accessTokenResponse(token, lifetime, t.scopes), nil
}

// accountSubject is what every account's subject begins with (core.Subject).
const accountSubject = "usr_"

// ownAccess is what the client may have for itself: the scopes it asks for, or
// its default ones, spread over the resources it may use. Scopes about a person
// are none of them.
func (p *Provider) ownAccess(c *core.Client, v param.Values) ([]core.Access, error) {
	asked, err := param.SpaceList(v.Get("scope"))
	if err != nil {
		return nil, core.Refuse(core.InvalidScope, "scope is malformed")
	}
	named := len(asked) > 0
	if !named {
		asked = defaultScopes(c)
	}
	kept := make([]string, 0, len(asked))
	for _, s := range asked {
		if !slices.Contains(providerScopes, s) && p.mayAsk(c, s) {
			kept = append(kept, s)
		}
	}
	switch {
	case named && (len(kept) == 0 || c.StrictScopes && len(kept) < len(asked)):
		return nil, core.Refuse(core.InvalidScope, "a scope is unknown or not allowed for this client")
	case len(kept) > 0:
		return p.spread(c, kept, v.All("resource"))
	}
	return p.bareAccess(c, v.All("resource"))
}

// bareAccess is for a client without scopes: a token that says who it is and
// for whom, and no more.
func (p *Provider) bareAccess(c *core.Client, asked []string) ([]core.Access, error) {
	found, err := p.findResources(c, asked)
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		found = p.impliedResources(c)
	}
	if len(found) == 0 {
		return []core.Access{{}}, nil
	}
	return []core.Access{{Resource: found[0].URI}}, nil
}
