package provider

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// registration is the client information response of RFC 7591 section 3.2.1,
// with the two members of RFC 7592 section 3 where those are on. It says exactly
// what is registered; what is not in it is not (DR-02). There is never a secret.
type registration struct {
	ID       string `json:"client_id"`
	IssuedAt int64  `json:"client_id_issued_at,omitempty"`

	RedirectURIs     []string        `json:"redirect_uris"`
	LogoutURIs       []string        `json:"post_logout_redirect_uris,omitempty"`
	ApplicationType  string          `json:"application_type"`
	AuthMethod       core.AuthMethod `json:"token_endpoint_auth_method"`
	GrantTypes       []string        `json:"grant_types"`
	ResponseTypes    []string        `json:"response_types"`
	Scope            string          `json:"scope"`
	Name             string          `json:"client_name,omitempty"`
	ClientURI        string          `json:"client_uri,omitempty"`
	PolicyURI        string          `json:"policy_uri,omitempty"`
	TermsURI         string          `json:"tos_uri,omitempty"`
	IDTokenAlgorithm string          `json:"id_token_signed_response_alg"`

	AccessToken string `json:"registration_access_token,omitempty"`
	ManageURI   string `json:"registration_client_uri,omitempty"`
}

// registeredScope is what the client begins with, and offline_access where it may have it: what it may ask for beside that is between
// it and the person, and a client that asks for all that stands here should not ask for more than it wants.
func registeredScope(c *core.Client) string {
	scopes := c.Scopes
	if len(c.DefaultScopes) > 0 {
		scopes = slices.Clone(c.DefaultScopes)
		if c.MayUse(core.GrantRefreshToken) {
			scopes = append(scopes, "offline_access")
		}
	}
	return strings.Join(scopes, " ")
}

// respondRegistration answers with what is registered. token is empty where the
// client cannot manage its registration.
func (p *Provider) respondRegistration(w http.ResponseWriter, r *http.Request, status int, c *core.Client, issued time.Time, token string) {
	body := registration{
		ID: c.ID, RedirectURIs: c.RedirectURIs, LogoutURIs: c.LogoutURIs, ApplicationType: c.ApplicationType,
		AuthMethod: c.AuthMethod, GrantTypes: c.GrantTypes, ResponseTypes: []string{"code"}, Scope: registeredScope(c),
		Name: c.Name, ClientURI: c.ClientURI, PolicyURI: c.PolicyURI, TermsURI: c.TermsURI, IDTokenAlgorithm: c.IDTokenAlgorithm,
		AccessToken: token,
	}
	if !issued.IsZero() {
		body.IssuedAt = issued.Unix()
	}
	if token != "" {
		body.ManageURI = p.url(registrationPath + "/" + c.ID)
	}
	p.respondJSON(w, r, status, body)
}
