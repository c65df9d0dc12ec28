package providertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// Client is an application that is registered with the provider, and a small
// one by itself: it can ask for a sign-in and redeem what comes of it.
type Client struct {
	ID, Secret, RedirectURI string
	scope, method           string
	provider                *Provider
}

// Client registers an application. What the seed leaves out gets a value that
// works: an id, a secret unless it is public, a redirect URI that leads off this
// machine (so that browsers stop there), all grant types of people, and the
// scopes openid, profile, email and offline_access.
func (p *Provider) Client(seed clientreg.Seed) *Client {
	p.t.Helper()
	seed = seed.Completed()
	if seed.ID == "" {
		seed.ID = "app-" + strings.ToLower(rand.Text()[:8])
	}
	if seed.Name == "" {
		seed.Name = "App of a test"
	}
	if len(seed.RedirectURIs) == 0 {
		seed.RedirectURIs = []string{"https://" + seed.ID + ".example/callback"}
	}
	if len(seed.GrantTypes) == 0 {
		seed.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantRefreshToken}
	}
	if seed.Scope == "" {
		seed.Scope = "openid profile email offline_access"
	}
	if seed.Secret == (clientreg.Secret{}) && (seed.AuthMethod == "" || strings.HasPrefix(seed.AuthMethod, "client_secret")) {
		seed.Text = clientreg.SecretText(rand.Text() + rand.Text())
	}
	lane := clientreg.Seeded(seed)
	err := lane.Start(core.Tools{Now: p.Now})
	if err == nil {
		err = lane.Apply(p.t.Context(), p.Store())
	}
	if err != nil {
		p.t.Fatalf("providertest: the client %s: %v", seed.ID, err)
	}
	return &Client{ID: seed.ID, Secret: string(seed.Text), RedirectURI: seed.RedirectURIs[0], scope: seed.Scope, method: seed.AuthMethod, provider: p}
}

// Request is one authorization request of a client, with what it must remember
// until the answer comes.
type Request struct{ URL, State, Nonce, Verifier string }

// Authorize makes an authorization request with PKCE, state and nonce for the
// scopes, or for all that the client has.
func (c *Client) Authorize(scopes ...string) Request {
	return c.AuthorizeWith(nil, scopes...)
}

// AuthorizeWith is Authorize with more parameters, or other values for them; an
// empty value leaves one out.
func (c *Client) AuthorizeWith(more url.Values, scopes ...string) Request {
	r := Request{State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
	sum := sha256.Sum256([]byte(r.Verifier))
	scope := c.scope
	if len(scopes) > 0 {
		scope = strings.Join(scopes, " ")
	}
	query := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.RedirectURI}, "scope": {scope},
		"state": {r.State}, "nonce": {r.Nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		query[name] = values
		if len(values) == 1 && values[0] == "" {
			delete(query, name)
		}
	}
	r.URL = c.provider.Issuer() + "/authorize?" + query.Encode()
	return r
}

// Tokens is a token response (RFC 6749 section 5.1).
type Tokens struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Refresh   string `json:"refresh_token"`
	ID        string `json:"id_token"`
	Scope     string `json:"scope"`
}

// Answer is what an endpoint for programs said, good or bad.
type Answer struct {
	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Body   []byte      `json:"-"`
	// Error is the error code of RFC 6749 section 5.2, where there is one.
	Error string `json:"error"`
	Tokens
}

// Redeem checks the authorization response that a browser landed on, as a client
// should, and trades its code for tokens.
func (c *Client) Redeem(r Request, landed Landing) Tokens {
	t := c.provider.t
	t.Helper()
	if landed.URL == nil || landed.Answer("code") == "" {
		t.Fatalf("providertest: no code came back; the browser is at %s\n%s", landed.describe(), landed.Body)
	}
	if landed.Answer("state") != r.State || landed.Answer("iss") != c.provider.Issuer() {
		t.Fatalf("providertest: the answer belongs to another request: state %q, iss %q", landed.Answer("state"), landed.Answer("iss"))
	}
	got := c.Token(url.Values{
		"grant_type": {"authorization_code"}, "code": {landed.Answer("code")},
		"redirect_uri": {c.RedirectURI}, "code_verifier": {r.Verifier},
	})
	if got.Status != http.StatusOK {
		t.Fatalf("providertest: the code was not redeemed: %d %s", got.Status, got.Body)
	}
	return got.Tokens
}

// Refresh trades a refresh token for new tokens.
func (c *Client) Refresh(token string) Answer {
	c.provider.t.Helper()
	return c.Token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// Token posts to the token endpoint, authenticated as the client.
func (c *Client) Token(form url.Values) Answer {
	c.provider.t.Helper()
	return c.Post("/token", form)
}

// Post posts a form to an endpoint below the issuer, authenticated as the
// client: by HTTP Basic, by client_secret_post where it is registered for that,
// or by client_id alone where it is public. A client_id in the form says that the
// form authenticates by itself.
func (c *Client) Post(path string, form url.Values) Answer {
	p := c.provider
	p.t.Helper()
	form = maps.Clone(form)
	switch basic := c.Secret != "" && c.method != string(core.AuthSecretPost); {
	case basic, form.Has("client_id"):
	case c.Secret == "":
		form.Set("client_id", c.ID)
	default:
		form.Set("client_id", c.ID)
		form.Set("client_secret", c.Secret)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.Issuer()+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.Secret != "" && !form.Has("client_id") {
		r.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	return p.Do(r)
}

// UserInfo asks who an access token stands for.
func (p *Provider) UserInfo(access string) Answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.Issuer()+"/userinfo", nil)
	if err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	return p.Do(r)
}

// Do sends a request of a program and reads the whole answer.
func (p *Provider) Do(r *http.Request) Answer {
	p.t.Helper()
	response, err := p.HTTP().Do(r)
	if err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
	defer response.Body.Close()
	got := Answer{Status: response.StatusCode, Header: response.Header}
	if got.Body, err = io.ReadAll(response.Body); err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
	if len(got.Body) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(got.Body, &got); err != nil {
			p.t.Fatalf("providertest: %s %s answered %q: %v", r.Method, r.URL.Path, got.Body, err)
		}
	}
	return got
}
