package oidcsuite_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

const (
	suiteHost = "https://suite.example:8443"
	callback  = suiteHost + "/test/a/keywright/callback"
	goneBack  = suiteHost + "/test/a/keywright/post_logout_redirect"
	allScopes = "openid profile email address phone offline_access"
)

// client is a static client of the suite.
type client struct {
	id, secret, redirect string
	method               core.AuthMethod
}

var (
	client1    = client{"client", "secret-of-client-" + strings.Repeat("1", 32), callback, core.AuthSecretBasic}
	client2    = client{"client2", "secret-of-client-" + strings.Repeat("2", 32), callback, core.AuthSecretBasic}
	clientPost = client{"client-post", "secret-of-client-" + strings.Repeat("3", 32), callback, core.AuthSecretPost}
)

// staticClients are what an operator registers before the suite is run.
func staticClients() []clientreg.Seed {
	var seeds []clientreg.Seed
	for _, c := range []client{client1, client2, clientPost} {
		seed := clientreg.Seed{
			ID: c.id, Name: "Suite, " + c.id, AuthMethod: string(c.method),
			Secret: clientreg.Secret{Text: clientreg.SecretText(c.secret)}, Scope: allScopes, InsecureNoPKCE: true,
			GrantTypes:   []string{core.GrantAuthorizationCode, core.GrantRefreshToken},
			RedirectURIs: []string{callback}, LogoutURIs: []string{goneBack},
		}
		if c.id == client2.id {
			seed.RedirectURIs = append(seed.RedirectURIs, callback+"?dummy1=lorem&dummy2=ipsum")
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

// module is one module of the suite while it runs.
type module struct {
	*testing.T
	*server
	browser *browser
	meta    metadata
	keySet  keySet
	// mode is response_mode of every request, where the plan has one.
	mode string
}

// begin starts a module: with what it reads by itself, and no cookies.
func (v *server) begin(t *testing.T, mode string) *module {
	t.Helper()
	m := &module{T: t, server: v, browser: newBrowser(t, v), mode: mode}
	m.meta = m.discover(v.issuer + "/.well-known/openid-configuration")
	m.keySet = m.readKeys()
	return m
}

// request is what the suite sends unless a module says otherwise.
func (m *module) request(c client, pairs ...string) url.Values {
	q := url.Values{
		"client_id": {c.id}, "redirect_uri": {c.redirect}, "scope": {"openid"}, "response_type": {"code"},
		"state": {rand.Text()[:10]}, "nonce": {rand.Text()[:10]},
	}
	if m.mode != "" {
		q.Set("response_mode", m.mode)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// visit sends the browser with a request and lets the person answer.
func (m *module) visit(q url.Values) landing {
	m.Helper()
	return m.browser.complete(m.browser.open(m.meta.text("authorization_endpoint") + "?" + q.Encode()))
}

// result is all that came of one flow.
type result struct {
	request  url.Values
	landing  landing
	code     string
	tokens   tokens
	id       claims // of the ID token
	rawID    string
	userinfo claims
}

// flow is the happy flow: authorization, token, ID token, userinfo, every answer
// checked.
func (m *module) flow(c client, pairs ...string) result {
	m.Helper()
	return m.flowOf(c, m.request(c, pairs...))
}

func (m *module) flowOf(c client, q url.Values) result {
	m.Helper()
	return m.finish(c, q, m.visit(q), "")
}

// finish checks the answer to a request and redeems its code.
func (m *module) finish(c client, q url.Values, at landing, verifier string) result {
	m.Helper()
	r := result{request: q, landing: at}
	r.code = m.checkAnswer(q, at)
	answer := m.redeem(c, r.code, verifier)
	r.tokens = m.checkTokens(answer)
	if strings.Contains(" "+q.Get("scope")+" ", " openid ") {
		r.rawID = r.tokens.ID
		r.id = m.checkIDToken(c, r.tokens, q.Get("nonce"))
		r.userinfo = m.checkUserInfo(r.tokens.Access, r.id)
	}
	return r
}

// redeem trades a code for tokens.
func (m *module) redeem(c client, code, verifier string) answer {
	m.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirect}}
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	return m.token(c, form)
}

func (m *module) token(c client, form url.Values) answer {
	m.Helper()
	return m.post(m.meta.text("token_endpoint"), c, form)
}

// post sends a form to an endpoint, authenticated as the client is registered.
func (m *module) post(endpoint string, c client, form url.Values) answer {
	m.Helper()
	basic := c.method == core.AuthSecretBasic
	if !basic && c.id != "" {
		form.Set("client_id", c.id)
	}
	switch {
	case c.method == core.AuthSecretPost:
		form.Set("client_secret", c.secret)
	case c.method == core.AuthPrivateKeyJWT && !form.Has("client_assertion"):
		form = withAssertion(form, m.assertion(c, jose.ES256, keyFor(m.T, jose.ES256)))
	}
	r, err := http.NewRequestWithContext(m.Context(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	must(m.T, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if basic {
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret))
	}
	return m.do(r)
}
