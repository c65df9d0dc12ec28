package provider

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/resourceuri"
)

var (
	errNoIDToken = errors.New("exchange: not a valid ID token of this client")
	errNotNamed  = errors.New("exchange: the rule does not name this person")
)

// idJAGClaims are the claims of an identity assertion
// (draft-ietf-oauth-identity-assertion-authz-grant section 3.1). aud is one
// value: the other authorization server's issuer.
type idJAGClaims struct {
	Issuer        string   `json:"iss"`
	Subject       string   `json:"sub"`
	Audience      string   `json:"aud"`
	ClientID      string   `json:"client_id"`
	ID            string   `json:"jti"`
	Expires       int64    `json:"exp"`
	IssuedAt      int64    `json:"iat"`
	Resource      string   `json:"resource,omitempty"`
	Scope         string   `json:"scope,omitempty"`
	AuthTime      int64    `json:"auth_time,omitempty"`
	ACR           string   `json:"acr,omitempty"`
	AMR           []string `json:"amr,omitempty"`
	Email         string   `json:"email,omitempty"`
	EmailVerified bool     `json:"email_verified,omitempty"`
}

// exchangeForIDJAG gives an identity assertion for another authorization server
// in exchange for an ID token of the client (section 4.3). One read, and those
// of memberships where the rule asks for them.
func (p *Provider) exchangeForIDJAG(ctx context.Context, x *exchange) (tokenResponse, error) {
	switch {
	case x.subjectType != core.TokenTypeIDToken:
		return tokenResponse{}, core.Refuse(core.InvalidRequest, "an identity assertion is given in exchange for an ID token alone")
	case x.actor != "":
		return tokenResponse{}, core.Refuse(core.InvalidRequest, "an identity assertion has no actor")
	case len(x.audiences) != 1 || len(x.resources) > 1:
		return tokenResponse{}, core.Refuse(core.InvalidTarget, "name one audience, the issuer of the other server, and at most one resource")
	}
	rule := p.assertionRule(x)
	if rule == nil {
		return tokenResponse{}, badTarget()
	}
	g, account, expires, err := p.bringIDToken(ctx, x)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.checkNamed(ctx, rule, g.Account); err != nil {
		return tokenResponse{}, err
	}
	if err := acceptsACR(rule.ACR, &g); err != nil {
		return tokenResponse{}, err
	}
	most, err := x.askedOf(rule.Scopes, common) // the words of the other server: ours imply nothing there
	if err != nil {
		return tokenResponse{}, err
	}
	lifetime := core.MaxAssertion
	if rule.Lifetime > 0 {
		lifetime = min(lifetime, rule.Lifetime)
	}
	question := core.ExchangeQuestion{
		Grant: g, Client: *x.client, Resource: rule.Resource, Audience: rule.Audience, Scopes: most,
		Lifetime: min(lifetime, time.Unix(expires, 0).Sub(x.at), g.Ends.Sub(x.at)),
	}
	if question.Scopes, question.Lifetime, err = p.narrowed(ctx, question); err != nil {
		return tokenResponse{}, err
	}
	return p.issueIDJAG(ctx, x, rule, &account, &question)
}

// assertionRule finds the one for the pair of audience and resource (EM-07). A
// request without a resource means the client's only one at that audience.
func (p *Provider) assertionRule(x *exchange) *core.AssertionRule {
	var at []*core.AssertionRule
	for i := range p.Exchange.Assertions {
		if r := &p.Exchange.Assertions[i]; r.Client == x.client.ID && r.Audience == x.audiences[0] {
			at = append(at, r)
		}
	}
	if len(x.resources) == 0 {
		if len(at) == 1 {
			return at[0]
		}
		x.resources = []string{""}
	}
	for _, r := range at {
		if r.Resource == x.resources[0] || r.Resource != "" && resourceuri.Same(x.resources[0], r.Resource) {
			return r
		}
	}
	return nil
}

// bringIDToken judges the ID token: ours, for this client and nobody else, not
// expired, and the grant that it was given with standing. Which grant that was
// is in its jti; ID tokens from before the client might exchange have none.
func (p *Provider) bringIDToken(ctx context.Context, x *exchange) (core.Grant, core.Account, int64, error) {
	fail := func(err error) (core.Grant, core.Account, int64, error) { return core.Grant{}, core.Account{}, 0, err }
	claims, err := p.readIDToken(ctx, x.subject)
	if err != nil {
		return fail(unless(err, badIDToken(err)))
	}
	var a accessToken
	if len(claims.Audience) != 1 || claims.Audience[0] != x.client.ID || x.at.Unix() >= claims.Expires ||
		!a.parseJTI(claims.ID) || a.grant.IsZero() {
		return fail(badIDToken(errNoIDToken))
	}
	g, account, standing, err := p.Store.GrantAndAccount(ctx, a.grant)
	switch {
	case errors.Is(err, core.ErrNotFound):
		return fail(badIDToken(errNoGrant))
	case err != nil:
		return fail(err)
	case g.Client != x.client.ID || core.Subject(g.Account) != claims.Subject:
		return fail(badIDToken(errNoIDToken))
	}
	if err := p.checkAgain(ctx, x.clientQuestion, standing.Client); err != nil {
		return fail(err)
	}
	if why := a.endedBy(&g, standing, x.at); why != "" {
		return fail(badIDToken(p.refuseExchange(ctx, x, &g, why)))
	}
	return g, account, claims.Expires, nil
}

// checkNamed wants the person among those of whom the other server may be told.
func (p *Provider) checkNamed(ctx context.Context, rule *core.AssertionRule, account core.ID) error {
	if rule.Everybody || slices.Contains(rule.People, core.Subject(account)) {
		return nil
	}
	found, err := p.belongs(ctx, account, core.MemberOfOrganization, rule.Organizations)
	if err == nil && !found {
		found, err = p.belongs(ctx, account, core.MemberOfGroup, rule.Groups)
	}
	if err == nil && !found {
		return core.Refuse(core.InvalidTarget, "this person may not be asserted to that server").Because(errNotNamed)
	}
	return err
}

// belongs says whether the account is a member of one of those named.
func (p *Provider) belongs(ctx context.Context, account core.ID, kind core.MembershipKind, named []string) (bool, error) {
	if len(named) == 0 {
		return false, nil
	}
	var after core.ID
	for {
		members, err := p.Store.Memberships(ctx, account, kind, core.PageOf{After: after, Limit: membershipsAtOnce})
		if err != nil {
			return false, err
		}
		for _, m := range members {
			name, err := p.nameOf(ctx, m.MembershipKey)
			if err != nil || name != "" && slices.Contains(named, name) {
				return err == nil, err
			}
			after = m.Of
		}
		if len(members) < membershipsAtOnce {
			return false, nil
		}
	}
}

// nameOf is what rules call an organization or a group; empty for one that is
// gone or switched off.
func (p *Provider) nameOf(ctx context.Context, k core.MembershipKey) (string, error) {
	if k.Kind == core.MemberOfOrganization {
		o, err := p.Store.Organization(ctx, k.Of)
		if errors.Is(err, core.ErrNotFound) || err == nil && (o.Disabled || o.Deleted) {
			return "", nil
		}
		return o.Name, err
	}
	g, err := p.Store.Group(ctx, k.Of)
	if errors.Is(err, core.ErrNotFound) || err == nil && (g.Deleted || strings.Contains(g.Name, "/")) {
		return "", nil // "a/b" of the tenant is not "b" of a, nor "b/c" of a "c" of a/b
	}
	if err != nil || g.Organization.IsZero() {
		return g.Name, err
	}
	of, err := p.nameOf(ctx, core.MembershipKey{Kind: core.MemberOfOrganization, Of: g.Organization})
	if err != nil || of == "" {
		return "", err
	}
	return of + "/" + g.Name, nil
}

// issueIDJAG mints (EM-07). It is no access token, and says so.
func (p *Provider) issueIDJAG(
	ctx context.Context, x *exchange, rule *core.AssertionRule, account *core.Account, question *core.ExchangeQuestion,
) (tokenResponse, error) {
	algorithm := rule.Algorithm
	if algorithm == "" {
		algorithm = string(jose.RS256)
	}
	signer, err := p.Keys.Signer(ctx, algorithm)
	if err != nil {
		return tokenResponse{}, err
	}
	serial, g := handle.NewRandom(), &question.Grant
	claims := idJAGClaims{
		Issuer: p.Issuer, Subject: core.Subject(g.Account), Audience: rule.Audience, ClientID: rule.ClientID,
		ID: hex.EncodeToString(serial[:]), IssuedAt: x.at.Unix(), Expires: x.at.Add(question.Lifetime).Unix(),
		Resource: rule.Resource, Scope: strings.Join(question.Scopes, " "), ACR: g.ACR, AMR: g.AMR,
	}
	if claims.ClientID == "" {
		claims.ClientID = x.client.ID
	}
	if !g.AuthTime.IsZero() {
		claims.AuthTime = g.AuthTime.Unix()
	}
	if rule.Email && account.EmailVerified {
		claims.Email, claims.EmailVerified = account.Email, true
	}
	if claims.Expires <= claims.IssuedAt {
		return tokenResponse{}, badIDToken(errNoTime)
	}
	payload, err := json.Marshal(&claims)
	if err != nil {
		return tokenResponse{}, err
	}
	token, err := signer.Sign(core.TypeIDJAG, payload)
	if err != nil {
		return tokenResponse{}, err
	}
	p.hearExchange(ctx, x, question, "id-jag")
	return tokenResponse{
		AccessToken: token, IssuedTokenType: core.TokenTypeIDJAG, TokenType: "N_A",
		ExpiresIn: claims.Expires - claims.IssuedAt, Scope: claims.Scope,
	}, nil
}
