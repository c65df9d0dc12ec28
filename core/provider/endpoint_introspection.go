package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
)

// introspectionResponse is the answer about a token that is active (RFC 7662
// section 2.2). About every other it is inactive, to the byte.
type introspectionResponse struct {
	Active    bool          `json:"active"`
	Scope     string        `json:"scope,omitempty"`
	ClientID  string        `json:"client_id,omitempty"`
	Subject   string        `json:"sub,omitempty"`
	Audience  jose.Audience `json:"aud,omitempty"`
	Issuer    string        `json:"iss,omitempty"`
	Expires   int64         `json:"exp,omitempty"`
	IssuedAt  int64         `json:"iat,omitempty"`
	TokenType string        `json:"token_type,omitempty"`
	AuthTime  int64         `json:"auth_time,omitempty"`
	ACR       string        `json:"acr,omitempty"`
	AMR       []string      `json:"amr,omitempty"`
	Actor     *actorClaim   `json:"act,omitempty"` // RFC 8693 section 4.1
}

// introspection is the introspection endpoint (RFC 7662). Only a client that
// can prove itself may ask (IS-01), and it is told of tokens that were issued to
// it or are for a resource that it serves; of any other it hears what it would
// hear of garbage (IS-02, IS-04).
func (p *Provider) introspection(w http.ResponseWriter, r *http.Request) (err error) {
	q, err := p.ask(w, r)
	if err != nil {
		return err
	}
	defer func() { p.takeBack(r.Context(), q, err) }()
	if q.client.Public() {
		return p.countFailure(w, r, q, errors.New("a public client may not introspect"))
	}
	token := q.values.Get("token")
	if token == "" {
		return core.Refuse(core.InvalidRequest, "token is missing")
	}
	answer, err := p.introspect(r.Context(), q, token)
	if err != nil {
		return err
	}
	p.used(q.client, q.at)
	body, err := answer.marshal()
	p.respondMarshalled(w, r, http.StatusOK, body, err)
	return nil
}

// introspect says how the token stands. token_type_hint is not needed: what a
// token is can be told from itself.
func (p *Provider) introspect(ctx context.Context, q *clientQuestion, token string) (introspectionResponse, error) {
	if kind, _ := handle.Shaped(token); kind == handle.Refresh {
		return p.introspectRefreshToken(ctx, q, token)
	}
	a, err := p.readAccessToken(ctx, token, q.at)
	if err != nil {
		return introspectionResponse{}, unless(err, nil)
	}
	if a.grant.IsZero() {
		return p.introspectBare(ctx, q, &a)
	}
	g, standing, found, err := p.grantAskedAbout(ctx, q, a.grant)
	if err != nil || !found {
		return introspectionResponse{}, err
	}
	if !p.meantFor(q.client, a.holder(&g), a.resource) {
		return introspectionResponse{}, nil
	}
	if ended, err := p.accessEnded(ctx, &a, &g, standing, q.at); ended != "" || err != nil {
		return introspectionResponse{}, err
	}
	p.hear(ctx, core.EventTokenIntrospected, q, &g)
	answer := p.describeAccess(&a, a.holder(&g), core.Subject(g.Account), a.scopesOf(&g))
	answer.ACR, answer.AMR, answer.Actor = g.ACR, g.AMR, actorOf(&a)
	if !g.AuthTime.IsZero() {
		answer.AuthTime = g.AuthTime.Unix()
	}
	return answer, nil
}

// introspectBare is for a token without a grant: the client's standing and the
// mark of a revoked token, in one read.
func (p *Provider) introspectBare(ctx context.Context, q *clientQuestion, a *accessToken) (introspectionResponse, error) {
	if !p.meantFor(q.client, a.client, a.resource) {
		return introspectionResponse{}, nil
	}
	revoked, standing, err := p.Store.Marked(ctx, markRevoked, a.mark(), a.client)
	if err != nil {
		return introspectionResponse{}, err
	}
	if a.client == q.client.ID {
		if err := p.checkAgain(ctx, q, standing); err != nil {
			return introspectionResponse{}, err
		}
	}
	if revoked || standing.Disabled || standing.Epoch != a.epoch {
		return introspectionResponse{}, nil
	}
	p.hear(ctx, core.EventTokenIntrospected, q, &core.Grant{Client: a.client})
	return p.describeAccess(a, a.client, a.client, a.scopes), nil
}

// introspectRefreshToken tells a client about its own refresh token.
func (p *Provider) introspectRefreshToken(ctx context.Context, q *clientQuestion, token string) (introspectionResponse, error) {
	content, err := p.Keys.Open(ctx, handle.Refresh, token)
	if err != nil {
		return introspectionResponse{}, unless(err, nil)
	}
	g, standing, found, err := p.grantAskedAbout(ctx, q, content.ID)
	if err != nil || !found {
		return introspectionResponse{}, err
	}
	ends := g.Ends
	if !g.IdleEnds.IsZero() && g.IdleEnds.Before(ends) {
		ends = g.IdleEnds
	}
	live := g.Client == q.client.ID && g.State == core.GrantActive && g.Refreshable && g.Secret == content.Digest() &&
		g.Generation == content.Number && q.at.Before(ends) && g.Stands(standing, q.at) == ""
	if !live {
		return introspectionResponse{}, nil
	}
	return introspectionResponse{
		Active: true, ClientID: g.Client, Subject: core.Subject(g.Account), Issuer: p.Issuer,
		Scope: strings.Join(core.Scopes(g.Access), " "), Expires: ends.Unix(), IssuedAt: g.RotatedAt.Unix(),
	}, nil
}

func (p *Provider) describeAccess(a *accessToken, client, subject string, scopes []string) introspectionResponse {
	return introspectionResponse{
		Active: true, Scope: strings.Join(scopes, " "), ClientID: client, Subject: subject,
		Audience: jose.Audience{p.audience(a.resource)}, Issuer: p.Issuer,
		Expires: a.expires, IssuedAt: a.issued, TokenType: "Bearer",
	}
}

// meantFor says whether the caller is the token's own client or serves the
// token's audience.
func (p *Provider) meantFor(caller *core.Client, client, resource string) bool {
	return caller.ID == client || slices.Contains(caller.Serves, p.audience(resource))
}
