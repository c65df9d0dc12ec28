package oidcsuite_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// dynamicPlan are the modules of oidcc-dynamic-certification-test-plan that ask
// something of a provider without registration. Clients that they would register
// are seeded.
var dynamicPlan = []play{
	{"oidcc-idtoken-rs256", func(m *module) { m.flow(client1) }},
	{"oidcc-ensure-redirect-uri-in-authorization-request", redirectMissing},
	{"oidcc-redirect-uri-query-OK", redirectQuery},
	{"oidcc-redirect-uri-query-mismatch", redirectQueryChanged},
	{"oidcc-redirect-uri-query-added", redirectQueryAdded},
	{"oidcc-redirect-uri-regfrag", redirectFragment},
	{"oidcc-registration-policy-uri", links},
	{"oidcc-registration-tos-uri", links},
	{"oidcc-server-rotate-keys", rotateKeys},
	{"oidcc-request-uri-unsigned", requestURI},
	{"oidcc-request-uri-signed-rs256", signedRequest},
}

// redirectMissing: client2 has two registered.
func redirectMissing(m *module) {
	m.checkFault(m.visit(m.request(client2, "redirect_uri", "")))
	m.checkFault(m.visit(m.request(client1, "redirect_uri", ""))) // RD-07: one, but OpenID Connect
}

const withQuery = callback + "?dummy1=lorem&dummy2=ipsum"

func redirectQuery(m *module) {
	c := client2
	c.redirect = withQuery
	m.flow(c)
	q := m.request(c, "prompt", "none", "scope", "phone", "response_type", "token")
	m.checkRefused(q, m.visit(q), "unsupported_response_type")
}

func redirectQueryChanged(m *module) {
	for _, uri := range []string{
		callback + "?dummy1=lorem&dummy2=IPSUM", callback + "?dummy2=ipsum&dummy1=lorem", callback + "?dummy1=lorem",
		callback + "?dummy1=lorem&dummy2=ipsum&dummy3=dolor", callback + "?dummy1=lorem&dummy2=ipsum#", callback + "?dummy1=lore%6d&dummy2=ipsum",
	} {
		m.checkFault(m.visit(m.request(client2, "redirect_uri", uri)))
	}
}

func redirectQueryAdded(m *module) {
	m.checkFault(m.visit(m.request(client1, "redirect_uri", callback+"?foo=bar")))
	m.checkFault(m.visit(m.request(client1, "redirect_uri", callback+"?")))
}

// redirectFragment: one with a fragment cannot be registered.
func redirectFragment(m *module) {
	seed := staticClients()[0]
	seed.ID, seed.RedirectURIs = "with-fragment", []string{callback + "#foo"}
	if err := m.add(m.T, seed); err == nil || !strings.Contains(err.Error(), "redirect_uris") {
		m.Errorf("RD-09: registering a fragment: %v", err)
	}
}

// links: the person can read the client's policy and terms before agreeing.
func links(m *module) {
	seed := staticClients()[0]
	seed.ID, seed.PolicyURI, seed.TermsURI = "with-links", "https://suite.example/policy", "https://suite.example/terms"
	must(m.T, m.add(m.T, seed))
	c := client1
	c.id = seed.ID
	at := m.browser.open(m.meta.text("authorization_endpoint") + "?" + m.request(c).Encode())
	at = m.browser.submit(at, "signin", map[string]string{"identifier": personEmail}, "")
	at = m.browser.submit(at, "password-form", map[string]string{"password": personPassword}, "")
	for _, link := range []string{seed.PolicyURI, seed.TermsURI} {
		if !strings.Contains(at.body, `href="`+link+`"`) {
			m.Errorf("%s does not show %s", at, link)
		}
	}
}

// rotateKeys: the next key is published before it signs, and the old one stays
// as long as what it signed may live (DS-06).
func rotateKeys(m *module) {
	first := m.flow(client1)
	before := len(m.keySet.Keys)
	m.clock.pass(89*24*time.Hour + time.Hour)
	m.tend()
	m.keySet = m.readKeys()
	if len(m.keySet.Keys) <= before {
		m.Fatalf("DS-06: %d keys, then %d", before, len(m.keySet.Keys))
	}
	second := m.flow(client1, "prompt", "login")
	if kidOf(m, second.rawID) != kidOf(m, first.rawID) {
		m.Error("DS-06: a key signed on the day it was published")
	}
	m.clock.pass(24 * time.Hour)
	third := m.flow(client1, "prompt", "login")
	if kidOf(m, third.rawID) == kidOf(m, second.rawID) {
		m.Error("DS-06: the new key does not sign")
	}
	m.keySet = m.readKeys()
	m.openToken(second.rawID)
	if a := m.get(m.meta.text("userinfo_endpoint"), "Authorization", "Bearer "+third.tokens.Access); a.status != 200 {
		m.Errorf("userinfo: %d", a.status)
	}
}

func kidOf(m *module, token string) string {
	header, _ := m.openToken(token)
	return header.KeyID
}

// signedRequest: an honest request object by value and by reference.
func signedRequest(m *module) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: newKey(m.T, jose.RS256)}, nil)
	must(m.T, err)
	object, err := signer.Sign([]byte(`{"iss":"client","aud":"` + m.issuer + `"}`))
	must(m.T, err)
	raw, err := object.CompactSerialize()
	must(m.T, err)
	q := m.request(client1, "request", raw)
	m.checkRefused(q, m.visit(q), "request_not_supported")
	requestURI(m)
}

// newKey makes a private key for an algorithm.
func newKey(t *testing.T, alg jose.SignatureAlgorithm) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case jose.RS256, jose.PS256, jose.RS384, jose.RS512, jose.PS384, jose.PS512:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case jose.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.ES512:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jose.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no key for %s", alg)
	}
	must(t, err)
	return key
}

// tend lets the provider do once what it does beside requests, and waits until
// its published keys have changed.
func (m *module) tend() {
	m.Helper()
	ctx, stop := context.WithCancel(m.Context())
	var working sync.WaitGroup
	working.Go(func() { m.idp.Work(ctx) })
	defer working.Wait()
	defer stop()
	before := m.get(m.meta.text("jwks_uri")).header.Get("ETag")
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if m.get(m.meta.text("jwks_uri")).header.Get("ETag") != before {
			return
		}
	}
}
