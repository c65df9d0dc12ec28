package provider

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/subject"
)

// assertedPersonClaims are those of an assertion about a person
// (draft-ietf-oauth-identity-assertion-authz-grant section 3.1).
type assertedPersonClaims struct {
	ClientID string `json:"client_id"`
	// Resource is one, or a list.
	Resource jose.Audience `json:"resource"`
	Scope    *string       `json:"scope"`
	// Here is the person's subject at this provider, where the issuer knows it.
	Here          string           `json:"aud_sub"`
	Email         string           `json:"email"`
	EmailVerified json.RawMessage  `json:"email_verified"`
	Name          string           `json:"name"`
	GivenName     string           `json:"given_name"`
	FamilyName    string           `json:"family_name"`
	Username      string           `json:"preferred_username"`
	AMR           []string         `json:"amr"`
	ACR           string           `json:"acr"`
	AuthTime      jose.NumericDate `json:"auth_time"`
}

// grantJWTBearer gives a client an access token for a person whom a trusted issuer
// has written an assertion about (RFC 7523 section 2.1). The person's grant is
// created with it: the row is what ends its tokens, and its id, which follows from
// the assertion, is what refuses a second use. There is no refresh token (JG-03).
func (p *Provider) grantJWTBearer(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	if q.client.Public() {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "assertions are taken from clients that authenticate themselves") // EM-02
	}
	if p.unapproved(q.client) {
		return tokenResponse{}, waitsForOperator() // before an account is made
	}
	a, claims, err := p.readPersonAssertion(ctx, q)
	if err != nil {
		return tokenResponse{}, err
	}
	if _, err := p.assertedAccess(q, a.by.People, &claims, a.idJAG); err != nil {
		return tokenResponse{}, err // before anybody is looked for
	}
	account, err := p.assertedAccount(ctx, q, a, &claims)
	if err != nil {
		return tokenResponse{}, err
	}
	consent, client, err := p.Store.Consent(ctx, account.ID, q.client.ID)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.checkAgain(ctx, q, client); err != nil {
		return tokenResponse{}, err
	}
	if q.client.Public() || !q.client.MayUse(core.GrantJWTBearer) || len(q.client.RequireACR) > 0 {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "the client may not use assertions about people")
	}
	access, err := p.assertedAccess(q, a.by.People, &claims, a.idJAG)
	if err != nil {
		return tokenResponse{}, err
	}
	t, err := p.chooseTarget(q.client, access, access, q.values.All("resource"))
	if err != nil {
		return tokenResponse{}, err
	}
	g := p.assertedGrant(q, a, &claims, t)
	g.Account = account.ID
	g.Epochs = core.GrantEpochs{Account: account.GrantsEpoch, Client: q.client.Epoch, Consent: consent.Epoch}
	return p.answerAssertion(ctx, q, a, g, t)
}

// readPersonAssertion takes the assertion of a request: about a person, and for
// this client.
func (p *Provider) readPersonAssertion(ctx context.Context, q *clientQuestion) (*assertion, assertedPersonClaims, error) {
	var claims assertedPersonClaims
	token := q.values.Get("assertion")
	if token == "" {
		return nil, claims, core.Refuse(core.InvalidRequest, "assertion is missing")
	}
	a, err := p.readGrantAssertion(ctx, token, q.at)
	if err != nil {
		return nil, claims, err
	}
	if a.by.People == nil {
		return nil, claims, badAssertion("the issuer of the assertion is not trusted for people", errNotTrusted)
	}
	err = jose.StrictClaims(a.payload, &claims)
	switch {
	case err != nil:
		return nil, claims, badAssertion("a claim of the assertion is malformed", err)
	case a.ID == "":
		return nil, claims, badAssertion("the assertion lacks jti", errAssertionClaims)
	case claims.ClientID != q.client.ID && (a.idJAG || claims.ClientID != ""): // EM-02
		return nil, claims, badAssertion("the assertion is for another client", errAssertionClaims)
	case a.idJAG && len(claims.Resource) == 0: // EM-03
		return nil, claims, badAssertion("the assertion names no resource", errAssertionClaims)
	}
	return a, claims, nil
}

// assertedGrant is what the assertion gives: as long as one access token.
func (p *Provider) assertedGrant(q *clientQuestion, a *assertion, claims *assertedPersonClaims, t target) core.Grant {
	c := q.client
	ends := q.at.Add(p.accessLifetime(c, &t.resource))
	keep := ends.Add(graceOfRows)
	if seen := a.Expires.Time().Add(2 * core.MaxClockSkew); keep.Before(seen) {
		keep = seen // INV-M2
	}
	g := core.Grant{
		ID: a.grantID(), State: core.GrantActive, Client: c.ID,
		Row: core.Row{Change: core.NewID(q.at), KeepUntil: keep},
		GrantTerms: core.GrantTerms{
			Lane: c.Lane, AuthMethod: c.AuthMethod, Access: []core.Access{{Resource: t.resource.URI, Scopes: t.scopes}},
			AMR: a.methods(claims), Offline: true, CreatedAt: q.at, Ends: ends, Generation: 1, // no session, no refresh token
		},
	}
	if at := claims.AuthTime.Time(); claims.AuthTime != 0 && !at.After(q.at) {
		g.AuthTime = at
	}
	return g
}

// methods is what the token says of how the person signed in there.
func (a *assertion) methods(claims *assertedPersonClaims) []string {
	for _, v := range a.by.People.TrustAMR {
		for _, said := range append(claims.AMR, claims.ACR) {
			if said == v && v != "" {
				return []string{"fed", "mfa"}
			}
		}
	}
	return []string{"fed"}
}

// grantID is the same for the same assertion at every replica: it follows from
// issuer, tenant and jti, led by the instant of exp as ids are.
func (a *assertion) grantID() (id core.ID) {
	sum := sha256.Sum256([]byte(subject.Key("assertion grant", a.by.Issuer, a.by.Tenant, a.ID)))
	id = core.ID(sum[:16])
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], uint64(a.Expires)*1000<<16)
	copy(id[:6], head[:6])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// answerAssertion asks the operator's hook, mints, writes and answers, in that
// order: what the write refuses is never sent, and what is sent was signed before.
func (p *Provider) answerAssertion(ctx context.Context, q *clientQuestion, a *assertion, g core.Grant, t target) (tokenResponse, error) {
	if err := p.judgeGrant(ctx, g, *q.client); err != nil {
		return tokenResponse{}, err
	}
	token, lifetime, err := p.issueAccessToken(ctx, &g, q.client, &t, q.at)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.admitAsserted(ctx, q, &g); err != nil {
		return tokenResponse{}, err
	}
	if err := p.spendGrantAssertion(ctx, g); err != nil {
		return tokenResponse{}, err
	}
	e := q.event(core.EventGrantCreated, &g, "assertion")
	e.More = map[string]string{"issuer": a.by.Issuer}
	p.observe(ctx, e)
	return accessTokenResponse(token, lifetime, t.scopes), nil
}

// admitAsserted writes the row of a client that describes itself and has none,
// before anything is granted to it. Where clients wait for an operator, an
// assertion does not let one past.
func (p *Provider) admitAsserted(ctx context.Context, q *clientQuestion, g *core.Grant) error {
	if !q.client.Lane.SelfRegistered() {
		return nil
	}
	return p.admit(ctx, g, q.event(core.EventClientAdmitted, g, "assertion"), func(n int) (core.Client, error) {
		c := *q.client
		if n > 0 { // another request was faster, or the answer was lost
			row, err := p.Store.Client(ctx, c.ID)
			switch {
			case err == nil:
				c = row
			case !errors.Is(err, core.ErrNotFound):
				return c, err
			}
		}
		switch {
		case c.Disabled || c.Deleted:
			return c, invalidClient(errClientOff)
		case p.unapproved(&c):
			return c, waitsForOperator()
		}
		return c, nil
	})
}

func waitsForOperator() *core.OAuthError {
	return core.Refuse(core.UnauthorizedClient, "the client waits for an operator of this server to approve it")
}

// spendGrantAssertion creates the grant. One that is there shows that the
// assertion was used before (EM-04, D7), unless it is the very one of this request,
// whose answer was lost.
func (p *Provider) spendGrantAssertion(ctx context.Context, g core.Grant) error {
	err := p.Store.CreateGrant(ctx, g)
	if err == nil || !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	stands, _, readErr := p.Store.Grant(ctx, g.ID)
	switch {
	case readErr == nil && stands.Change == g.Change:
		return nil
	case readErr == nil:
		return badAssertion("the assertion was used before", errAssertionUsed)
	}
	return core.Unavailable(errors.Join(err, readErr))
}
