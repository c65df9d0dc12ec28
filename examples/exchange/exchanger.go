package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
)

// Exchanger is a confidential client that exchanges tokens at the provider.
type Exchanger struct {
	TokenEndpoint, ClientID, Secret string
	HTTP                            *http.Client
}

// ForAPI gives a token for another API in exchange for the one that a request came with. It says who the person is, and that
// this client acts for them; the other API never sees the token that came in.
func (e Exchanger) ForAPI(ctx context.Context, token, api string, scopes ...string) (string, error) {
	return e.exchange(ctx, url.Values{
		"subject_token": {token}, "subject_token_type": {core.TokenTypeAccessToken},
		"resource": {api}, "scope": {strings.Join(scopes, " ")},
	})
}

// ForPartner gives an assertion about the person for another authorization server, in exchange for the ID token of their
// sign-in here. It is no access token: take it to the token endpoint over there, as the assertion of
// urn:ietf:params:oauth:grant-type:jwt-bearer.
func (e Exchanger) ForPartner(ctx context.Context, idToken, authorizationServer, api string, scopes ...string) (string, error) {
	return e.exchange(ctx, url.Values{
		"subject_token": {idToken}, "subject_token_type": {core.TokenTypeIDToken}, "requested_token_type": {core.TokenTypeIDJAG},
		"audience": {authorizationServer}, "resource": {api}, "scope": {strings.Join(scopes, " ")},
	})
}

func (e Exchanger) exchange(ctx context.Context, form url.Values) (string, error) {
	form.Set("grant_type", core.GrantTokenExchange)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(e.ClientID), url.QueryEscape(e.Secret))
	got, err := e.HTTP.Do(r)
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	var answer struct {
		Token       string `json:"access_token"` // whatever its type is: RFC 8693 section 2.2.1
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(io.LimitReader(got.Body, 64<<10)).Decode(&answer); err != nil {
		return "", fmt.Errorf("token exchange: %w", err)
	}
	if got.StatusCode != http.StatusOK {
		return "", fmt.Errorf("token exchange: %s: %s", answer.Error, answer.Description)
	}
	return answer.Token, nil
}
