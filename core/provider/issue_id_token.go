package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/jsonobject"
)

const typeIDToken = "JWT"

// idTokenTerms are what an ID token says beside its grant.
type idTokenTerms struct {
	at          time.Time
	nonce       string // only in the first one
	accessToken string
}

// idTokenClaims are the claims of an ID token (OpenID Connect Core section 2).
// aud is the client alone, so azp is not needed.
type idTokenClaims struct {
	Issuer     string        `json:"iss"`
	Subject    string        `json:"sub"`
	Audience   jose.Audience `json:"aud"`
	Expires    int64         `json:"exp"`
	IssuedAt   int64         `json:"iat"`
	AuthTime   int64         `json:"auth_time,omitempty"`
	Nonce      string        `json:"nonce,omitempty"`
	ACR        string        `json:"acr,omitempty"`
	AMR        []string      `json:"amr,omitempty"`
	AccessHash string        `json:"at_hash,omitempty"`
	SessionID  string        `json:"sid,omitempty"`
	// ID names the grant, for clients that may exchange the token (EM-07).
	ID string `json:"jti,omitempty"`
}

// issueIDToken makes an ID token about the sign-in behind the grant, signed as
// the client is registered for, with RS256 where it does not say (OC-04). Facts
// are those of the original sign-in, also at a refresh (OC-06, OC-07, OC-31).
func (p *Provider) issueIDToken(ctx context.Context, g *core.Grant, c *core.Client, access []core.Access, t idTokenTerms) (string, error) {
	algorithm := c.IDTokenAlgorithm
	if algorithm == "" {
		algorithm = string(jose.RS256)
	}
	signer, err := p.Keys.Signer(ctx, algorithm)
	if err != nil {
		return "", err
	}
	lifetime := c.Lifetimes.IDToken
	if lifetime == 0 {
		lifetime = p.Lifetimes.IDToken
	}
	claims := idTokenClaims{
		Issuer: p.Issuer, Subject: core.Subject(g.Account), Audience: jose.Audience{c.ID},
		Expires: t.at.Add(min(lifetime, time.Hour)).Unix(), IssuedAt: t.at.Unix(),
		Nonce: t.nonce, ACR: g.ACR, AMR: g.AMR, AccessHash: jose.LeftHalfHash(signer.Algorithm(), t.accessToken),
	}
	if (g.AskedAuthTime || c.RequireAuthTime) && !g.AuthTime.IsZero() {
		claims.AuthTime = g.AuthTime.Unix()
	}
	if !g.Session.IsZero() {
		claims.SessionID = g.Session.String()
	}
	if len(p.Exchange.Assertions) > 0 && c.MayUse(core.GrantTokenExchange) {
		claims.ID = (&accessToken{grant: g.ID, epoch: g.AccessEpoch}).jti()
	}
	payload, err := p.idTokenPayload(ctx, g, c, access, &claims)
	if err != nil {
		return "", err
	}
	return signer.Sign(typeIDToken, payload)
}

// idTokenPayload adds claims of the person: only those that the claims
// parameter names for the ID token, and the hook's. All others are userinfo's,
// so that the token stays small (OC-20). The account is read only if needed.
func (p *Provider) idTokenPayload(ctx context.Context, g *core.Grant, c *core.Client, access []core.Access, claims *idTokenClaims) ([]byte, error) {
	payload, err := claims.marshal()
	if err != nil || g.Claims == "" && p.Hooks.Claims == nil {
		return payload, err
	}
	asked, err := parseClaims(g.Claims)
	if err != nil || len(asked.IDToken) == 0 && p.Hooks.Claims == nil {
		return payload, err
	}
	account, err := p.Store.Account(ctx, g.Account)
	if err != nil {
		return nil, fmt.Errorf("account of a grant: %w", err)
	}
	scopes := core.ScopesAt(access, "")
	more := p.claimsFor(g, &account, c, scopes, asked.IDToken, inIDToken)
	if err := p.hookClaims(ctx, more, core.ClaimsQuestion{Account: account, Client: c.ID, Scopes: scopes}); err != nil {
		return nil, err
	}
	if len(more) == 0 {
		return payload, nil
	}
	extra, err := jsonobject.Marshal(more)
	if err != nil {
		return nil, err
	}
	payload[len(payload)-1] = ',' // two objects become one
	return append(payload, extra[1:]...), nil
}

// readIDToken reads an ID token that this issuer signed, for a hint: whom it was
// about and for. Its age does not matter (OC-17); an access token is none.
func (p *Provider) readIDToken(ctx context.Context, token string) (idTokenClaims, error) {
	var claims idTokenClaims
	payload, _, err := p.Keys.Verify(ctx, token, typeIDToken)
	if err != nil {
		return claims, err
	}
	if err := jose.StrictClaims(payload, &claims); err != nil {
		return claims, err
	}
	if claims.Issuer != p.Issuer || claims.Subject == "" || len(claims.Audience) == 0 {
		return idTokenClaims{}, fmt.Errorf("not an ID token of this issuer")
	}
	return claims, nil
}
