package provider

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// tokenGrant gives tokens for one grant_type.
type tokenGrant func(*Provider, context.Context, *clientQuestion) (tokenResponse, error)

// grantType is the table of grant types. What is not in it does not exist
// (TK-08).
func (p *Provider) grantType(name string) tokenGrant {
	switch name {
	case core.GrantAuthorizationCode:
		return (*Provider).grantAuthorizationCode
	case core.GrantRefreshToken:
		return (*Provider).grantRefreshToken
	case core.GrantClientCredentials:
		return (*Provider).grantClientCredentials
	case core.GrantDeviceCode:
		if p.DeviceGrant {
			return (*Provider).grantDeviceCode
		}
	case core.GrantTokenExchange:
		if p.Exchange.Offered() {
			return (*Provider).grantTokenExchange
		}
	case core.GrantJWTBearer:
		if len(p.trusted) > 0 {
			return (*Provider).grantJWTBearer
		}
	}
	return nil
}

// tokenResponse is the successful answer of OAuth 2.1 section 3.2.3 and OpenID
// Connect Core section 3.1.3.3. What is absent is left out, never null (TK-07).
// Scope is that of the access token, and always said: what was asked for at the
// authorization endpoint is not known here.
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
	// IssuedTokenType is said in answer to an exchange alone (RFC 8693 section 2.2.1).
	IssuedTokenType string `json:"issued_token_type,omitempty"`
}

// accessTokenResponse is the answer that holds an access token; lifetime is in seconds.
func accessTokenResponse(token string, lifetime int64, scopes []string) tokenResponse {
	return tokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: lifetime, Scope: strings.Join(scopes, " ")}
}

// token is the token endpoint (OAuth 2.1 section 3.2). Its answer leaves only
// after what it says has been written.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	q, err := p.readQuestion(r)
	if err != nil {
		return err
	}
	var answer tokenResponse
	if p.fromWorkload(r, q) {
		answer, err = p.tokenForWorkload(r, q)
	} else {
		answer, err = p.tokenForClient(w, r, q)
	}
	if err != nil {
		p.takeBack(r.Context(), q, err)
		return err
	}
	p.used(q.client, q.at)
	body, err := answer.marshal()
	p.respondMarshalled(w, r, http.StatusOK, body, err)
	return nil
}

// tokenForClient authenticates the client and lets the grant type answer.
func (p *Provider) tokenForClient(w http.ResponseWriter, r *http.Request, q *clientQuestion) (tokenResponse, error) {
	if err := p.authenticateClient(w, r, q); err != nil {
		return tokenResponse{}, err // what was found so far is nobody's
	}
	name := q.values.Get("grant_type")
	if name == "" {
		return tokenResponse{}, core.Refuse(core.InvalidRequest, "grant_type is missing")
	}
	grant := p.grantType(name)
	if grant == nil {
		return tokenResponse{}, core.Refuse(core.UnsupportedGrantType, "this grant_type is not supported")
	}
	if !q.client.MayUse(name) {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "the client is not registered for this grant_type")
	}
	return grant(p, r.Context(), q)
}

// formFault is what a client is told about a form that could not be read. The
// words are param's own and hold nothing that was sent.
func formFault(err error) string {
	var e *param.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return "the form could not be read"
}
