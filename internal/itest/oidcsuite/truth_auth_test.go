package oidcsuite_test

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// grantWorks uses each grant type once.
func grantWorks(m *module, value string) {
	switch value {
	case core.GrantAuthorizationCode:
		m.flow(client1)
	case core.GrantRefreshToken:
		m.refreshWith(client1, "")
	case core.GrantClientCredentials:
		a := m.token(guard, url.Values{"grant_type": {value}, "scope": {"tools:run"}})
		if got := m.checkTokens(a); got.Refresh != "" || got.ID != "" || got.Scope != "tools:run" {
			m.Errorf("tokens %s", a.body)
		}
	default:
		m.Errorf("no test uses %s", value)
	}
}

func grantRefused(m *module, value string) {
	form := url.Values{"grant_type": {value}, "username": {personEmail}, "password": {personPassword}, "assertion": {"x"}, "device_code": {"x"}}
	m.checkDenied(m.token(client1, form), http.StatusBadRequest, "unsupported_grant_type")
}

// keysByAlgorithm are made once: RSA keys are slow.
var keysByAlgorithm sync.Map

func keyFor(t *testing.T, alg jose.SignatureAlgorithm) crypto.Signer {
	t.Helper()
	if key, ok := keysByAlgorithm.Load(alg); ok {
		return key.(crypto.Signer)
	}
	key := newKey(t, alg)
	keysByAlgorithm.Store(alg, key)
	return key
}

// keyed is a client that authenticates with a key of this algorithm. Its JWK
// names none, so that nothing but the provider's own list decides.
func (m *module) keyed(alg jose.SignatureAlgorithm) client {
	m.Helper()
	c := client{"keyed-" + string(alg), "", callback, core.AuthPrivateKeyJWT}
	key := jose.JSONWebKey{Key: keyFor(m.T, alg).Public(), KeyID: "k1", Use: "sig"}
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	must(m.T, err)
	seed := clientreg.Seed{
		ID: c.id, Name: "Keyed", AuthMethod: string(c.method), Keys: string(raw), RedirectURIs: []string{callback},
		Scope: allScopes, InsecureNoPKCE: true, GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken, core.GrantClientCredentials},
	}
	must(m.T, m.add(m.T, seed))
	return c
}

// assertion is a client assertion as the suite makes it.
func (m *module) assertion(c client, alg jose.SignatureAlgorithm, key any) string {
	m.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "k1"))
	must(m.T, err)
	now := m.clock.now()
	payload, err := json.Marshal(claims{
		"iss": c.id, "sub": c.id, "aud": m.issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	must(m.T, err)
	signed, err := signer.Sign(payload)
	must(m.T, err)
	raw, err := signed.CompactSerialize()
	must(m.T, err)
	return raw
}

func withAssertion(form url.Values, assertion string) url.Values {
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return form
}

// askAt is a request that an endpoint accepts of any client that it believes.
func askAt(endpoint string) url.Values {
	if endpoint == "token_endpoint" {
		return url.Values{"grant_type": {"authorization_code"}, "code": {"nonsense"}, "redirect_uri": {callback}}
	}
	return url.Values{"token": {"nonsense"}}
}

// believed says whether an answer is one that only an authenticated client gets.
func believed(endpoint string, a answer) bool {
	if endpoint == "token_endpoint" {
		return a.status == http.StatusBadRequest && a.errorCode() == "invalid_grant"
	}
	return a.status == http.StatusOK && a.errorCode() == ""
}

func assertionAt(endpoint string) func(*module, string) {
	return func(m *module, value string) {
		alg := jose.SignatureAlgorithm(value)
		c := m.keyed(alg)
		a := m.post(m.meta.text(endpoint), c, withAssertion(askAt(endpoint), m.assertion(c, alg, keyFor(m.T, alg))))
		if !believed(endpoint, a) {
			m.Errorf("CA-10: %s: %d %s", value, a.status, a.body)
		}
	}
}

func assertionRefusedAt(endpoint string) func(*module, string) {
	return func(m *module, value string) {
		alg := jose.SignatureAlgorithm(value)
		var c client
		var raw string
		switch value {
		case "none", "HS256":
			c = m.keyed(jose.ES256)
			good := strings.Split(m.assertion(c, jose.ES256, keyFor(m.T, jose.ES256)), ".")
			raw = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`)) + "." + good[1] + "."
			if value == "HS256" {
				raw = m.assertion(c, alg, []byte(strings.Repeat("k", 32)))
			}
		case "RS384", "RS512", "PS384", "PS512":
			c = m.keyed(jose.RS256) // the same key, another algorithm
			raw = m.assertion(c, alg, keyFor(m.T, jose.RS256))
		default:
			c = m.keyed(alg)
			raw = m.assertion(c, alg, keyFor(m.T, alg))
		}
		m.checkDenied(m.post(m.meta.text(endpoint), c, withAssertion(askAt(endpoint), raw)), http.StatusUnauthorized, "invalid_client")
	}
}

// authenticate sends the credentials of a method, right ones.
func (m *module) authenticate(endpoint, method string) answer {
	m.Helper()
	form := askAt(endpoint)
	switch core.AuthMethod(method) {
	case core.AuthSecretBasic:
		return m.post(m.meta.text(endpoint), client1, form)
	case core.AuthSecretPost:
		return m.post(m.meta.text(endpoint), clientPost, form)
	case core.AuthNone:
		form.Set("code_verifier", strings.Repeat("v", 43))
		return m.post(m.meta.text(endpoint), agent, form)
	case core.AuthPrivateKeyJWT:
		c := m.keyed(jose.ES256)
		return m.post(m.meta.text(endpoint), c, withAssertion(form, m.assertion(c, jose.ES256, keyFor(m.T, jose.ES256))))
	case "client_secret_jwt":
		form.Set("client_id", clientPost.id)
		return m.post(m.meta.text(endpoint), client{}, withAssertion(form, m.assertion(clientPost, jose.HS256, []byte(clientPost.secret))))
	}
	form.Set("client_id", client1.id) // a certificate that this connection does not have
	return m.post(m.meta.text(endpoint), client{}, form)
}

func authWorksAt(endpoint string) func(*module, string) {
	return func(m *module, value string) {
		if a := m.authenticate(endpoint, value); !believed(endpoint, a) {
			m.Errorf("%s: %d %s", value, a.status, a.body)
		}
	}
}

func tokenAuth(m *module, value string)         { authWorksAt("token_endpoint")(m, value) }
func revocationAuth(m *module, value string)    { authWorksAt("revocation_endpoint")(m, value) }
func introspectionAuth(m *module, value string) { authWorksAt("introspection_endpoint")(m, value) }

// tokenAuthRefused: neither at the endpoint nor for a client of one's own.
func tokenAuthRefused(m *module, value string) {
	for _, endpoint := range []string{"token_endpoint", "revocation_endpoint"} {
		m.checkDenied(m.authenticate(endpoint, value), http.StatusUnauthorized, "invalid_client")
	}
	seed := staticClients()[0]
	seed.ID, seed.AuthMethod = "strange", value
	if err := m.add(m.T, seed); err == nil {
		m.Errorf("a client can be registered with %s", value)
	}
}

func introspectionAuthRefused(m *module, value string) {
	m.checkDenied(m.authenticate("introspection_endpoint", value), http.StatusUnauthorized, "invalid_client")
}

// idTokenAlgorithm registers a client for it and looks at its ID token.
func idTokenAlgorithm(m *module, value string) {
	c := client1
	c.id = "signed-" + strings.ToLower(value)
	seed := staticClients()[0]
	seed.ID, seed.IDTokenAlgorithm = c.id, value
	must(m.T, m.add(m.T, seed))
	q := m.request(c)
	got := m.checkTokens(m.redeem(c, m.checkAnswer(q, m.visit(q)), ""))
	m.keySet = m.readKeys()
	header, id := m.openToken(got.ID)
	m.checkIDClaims(c, id)
	if header.Algorithm != value {
		m.Errorf("OC-04: signed with %s", header.Algorithm)
	}
	published := slices.ContainsFunc(m.keySet.Keys, func(k jose.JSONWebKey) bool { return k.Algorithm == value })
	if !published {
		m.Error("DS-06: no key of it is published")
	}
}

func idTokenAlgorithmRefused(m *module, value string) {
	seed := staticClients()[0]
	seed.ID, seed.IDTokenAlgorithm = "strange", value
	if err := m.add(m.T, seed); err == nil {
		m.Errorf("a client can be registered for ID tokens with %s", value)
	}
}

// checkActiveAs introspects a client's own token.
func (m *module) checkActiveAs(c client, access string) {
	m.Helper()
	a := m.post(m.meta.text("introspection_endpoint"), c, url.Values{"token": {access}})
	if a.status != http.StatusOK || a.json["active"] != true || a.json.text("client_id") != c.id {
		m.Errorf("introspection: %d %s", a.status, a.body)
	}
}

func revocationWorks(m *module, endpoint string) {
	r := m.flow(client1)
	if a := m.post(endpoint, client1, url.Values{"token": {r.tokens.Access}}); a.status != http.StatusOK {
		m.Errorf("revocation: %d %s", a.status, a.body)
	}
	if a := m.get(m.meta.text("userinfo_endpoint"), "Authorization", "Bearer "+r.tokens.Access); a.status != http.StatusUnauthorized {
		m.Errorf("a revoked token opens userinfo: %d", a.status)
	}
}
