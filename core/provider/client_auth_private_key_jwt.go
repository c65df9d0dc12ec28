package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/param"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// maxAssertionAge is how far ahead exp may lie, skew aside.
	maxAssertionAge = 5 * time.Minute
	markAssertion   = "client_assertion"
)

var (
	errAssertionClaims = errors.New("assertion: iss, sub, aud or jti is not as it must be")
	errAssertionLong   = errors.New("assertion: exp lies too far ahead")
	errAssertionUsed   = errors.New("assertion: was used before")
)

// assertionClaims are those of RFC 7523 section 3.
type assertionClaims struct {
	Issuer   string        `json:"iss"`
	Subject  string        `json:"sub"`
	Audience jose.Audience `json:"aud"`
	ID       string        `json:"jti"`
	jose.Times
}

// readAssertion takes a client assertion and whom it says it is from. Until its
// signature is verified that is only a name to look up.
func readAssertion(_ *http.Request, v param.Values) (clientCredential, bool) {
	token, kind := v.Get("client_assertion"), v.Get("client_assertion_type")
	if token == "" && kind == "" {
		return clientCredential{}, false
	}
	sent := clientCredential{method: core.AuthPrivateKeyJWT, jwt: token}
	if kind != assertionType {
		return sent, true
	}
	var claims assertionClaims
	if _, payload, err := jose.Peek(token); err == nil && jose.StrictClaims(payload, &claims) == nil {
		sent.clientID = claims.Subject
	}
	return sent, true
}

// checkAssertion verifies it: signed by a key of this client with an asymmetric
// algorithm, from and about the client, for this issuer and nobody else, short
// of life (CA-05, CA-06, CA-07, CA-10).
func checkAssertion(ctx context.Context, p *Provider, c *core.Client, sent *clientCredential, q *clientQuestion) error {
	if c.AuthMethod != core.AuthPrivateKeyJWT {
		return errClientMethod // its keys, if it has any, are not asked for
	}
	payload, err := p.verifyByClient(ctx, c, sent.jwt, q.at)
	if err != nil {
		return err
	}
	claims, err := parseAssertion(payload)
	switch {
	case err != nil:
		return err
	case claims.Issuer != c.ID || claims.Subject != c.ID || claims.ID == "":
		return errAssertionClaims
	case len(claims.Audience) != 1 || claims.Audience[0] != p.Issuer:
		return errAssertionClaims // 7523bis section 4: the issuer, as the only value
	case claims.Expires.Time().After(q.at.Add(maxAssertionAge + core.MaxClockSkew)):
		return errAssertionLong
	}
	return claims.Check(q.at, core.MaxClockSkew)
}

func parseAssertion(payload []byte) (claims assertionClaims, err error) {
	err = jose.StrictClaims(payload, &claims)
	return claims, err
}

// verifyByClient checks the signature with the client's keys. A kid that is not
// among those of a jwks_uri is looked for once more, if that was not done a
// short while ago (CA-12).
func (p *Provider) verifyByClient(ctx context.Context, c *core.Client, token string, at time.Time) ([]byte, error) {
	verify := func(set jose.KeySet) ([]byte, error) {
		payload, _, err := jose.Verify(token, set, assertionSignatures(), "", "JWT", "client-authentication+jwt")
		return payload, err
	}
	set, _, err := p.keySets.find(ctx, p.keysHTTP(c), keysOfClient(c), at, false)
	if err != nil {
		return nil, err
	}
	payload, err := verify(set)
	if !errors.Is(err, jose.ErrUnknownKey) || c.KeysURI == "" {
		return payload, err
	}
	if set, _, err = p.keySets.find(ctx, p.keysHTTP(c), keysOfClient(c), at, true); err != nil {
		return nil, err
	}
	return verify(set)
}

func assertionSignatures() []jose.Algorithm {
	return []jose.Algorithm{jose.ES256, jose.EdDSA, jose.RS256, jose.PS256, jose.ES384}
}

// spendAssertion marks the jti as seen: the one write, after all checks (CLA07).
func spendAssertion(ctx context.Context, p *Provider, c *core.Client, sent *clientCredential, q *clientQuestion) error {
	_, payload, err := jose.Peek(sent.jwt) // verified a moment ago
	if err != nil {
		return err
	}
	claims, err := parseAssertion(payload)
	if err != nil {
		return err
	}
	seen := sha256.Sum256([]byte(c.ID + "\x00" + claims.ID))
	return p.spend(ctx, q, markAssertion, seen, claims.Expires.Time())
}
