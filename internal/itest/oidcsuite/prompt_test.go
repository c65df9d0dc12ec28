package oidcsuite_test

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (m *module) encode(name, value string) string { return url.Values{name: {value}}.Encode() }

// longState is what some modules of the suite send: 128 characters.
func longState() string { return strings.Repeat(rand.Text(), 5)[:128] }

// promptLogin: the second request shows the sign-in page again, and the time of
// the sign-in is later.
func promptLogin(m *module) {
	first := m.flow(client1)
	m.browser.asked()
	m.clock.pass(2 * time.Second)
	second := m.flow(client1, "prompt", "login")
	if asked := m.browser.asked(); !slices.Contains(asked, "password") {
		m.Errorf("OC-11: the second time only %v were shown", asked)
	}
	m.checkLater(first.id, second.id)
	m.checkSame(first.id, second.id, "sub")
}

// checkLater compares the auth_time of two ID tokens, where they say it.
func (m *module) checkLater(first, second claims) {
	m.Helper()
	a, there := first["auth_time"]
	b, too := second["auth_time"]
	if there && too && b.(float64) <= a.(float64) {
		m.Errorf("OC-11: auth_time %v, then %v", a, b)
	}
}

func (m *module) checkSame(first, second claims, names ...string) {
	m.Helper()
	for _, name := range names {
		if a, b := first[name], second[name]; !equal(a, b) {
			m.Errorf("%s was %v and is %v", name, a, b)
		}
	}
}

// checkNobodyAsked: the second way through was silent.
func (m *module) checkNobodyAsked() {
	m.Helper()
	if asked := m.browser.asked(); len(asked) > 0 {
		m.Errorf("the person was shown %v", asked)
	}
}

func promptNoneNotLoggedIn(m *module) {
	q := m.request(client1, "prompt", "none", "state", longState())
	at := m.visit(q)
	m.checkNobodyAsked()
	m.checkRefused(q, at, "login_required", "interaction_required", "consent_required", "account_selection_required")
}

func promptNoneLoggedIn(m *module) {
	first := m.flow(client1)
	m.browser.asked()
	m.clock.pass(2 * time.Second)
	second := m.flow(client1, "prompt", "none", "state", longState())
	m.checkNobodyAsked()
	m.checkSame(first.id, second.id, "sub", "auth_time")
}

func maxAge1(m *module) {
	first := m.flow(client1)
	m.browser.asked()
	m.clock.pass(2 * time.Second)
	second := m.flow(client1, "max_age", "1")
	if asked := m.browser.asked(); !slices.Contains(asked, "password") {
		m.Errorf("OC-14: the second time only %v were shown", asked)
	}
	if _, there := second.id["auth_time"]; !there {
		m.Error("OC-06: no auth_time")
	}
	if age := float64(m.clock.now().Unix()) - second.id.number("auth_time"); age < 0 || age > 2 {
		m.Errorf("OC-06: signed in %v s ago", age)
	}
	m.checkLater(first.id, second.id)
}

func maxAge10000(m *module) {
	first := m.flow(client1, "max_age", "15000")
	m.browser.asked()
	m.clock.pass(2 * time.Second)
	second := m.flow(client1, "max_age", "10000")
	m.checkNobodyAsked()
	if first.id.number("auth_time") == 0 {
		m.Error("OC-06: no auth_time")
	}
	m.checkSame(first.id, second.id, "sub", "auth_time")
}

func idTokenHint(m *module) {
	first := m.flow(client1)
	m.browser.asked()
	second := m.flow(client1, "prompt", "none", "id_token_hint", first.rawID)
	m.checkNobodyAsked()
	m.checkSame(first.id, second.id, "sub")
}

// loginHint: the address that the suite makes up belongs to nobody.
func loginHint(m *module) {
	issuer, err := url.Parse(m.issuer)
	must(m.T, err)
	m.flow(client1, "login_hint", "buffy@"+issuer.Hostname())
}

// acrValues asks for those that discovery lists, as the suite does.
func acrValues(m *module) {
	asked := m.meta.list("acr_values_supported")
	r := m.flow(client1, "acr_values", strings.Join(asked, " "))
	if !slices.Contains(asked, r.id.text("acr")) {
		m.Errorf("acr %q is none of %v", r.id.text("acr"), asked)
	}
}

func claimsEssential(m *module) {
	r := m.flow(client1, "claims", `{"userinfo":{"name":{"essential":true}}}`)
	if r.userinfo.text("name") != "Mara Lind" {
		m.Errorf("OC-19: name is %v", r.userinfo["name"])
	}
}

// validPKCE sends S256, for which the verifier is then needed.
func validPKCE(m *module) {
	verifier, challenge := pkcePair()
	q := m.request(client1, "code_challenge", challenge, "code_challenge_method", "S256")
	m.finish(client1, q, m.visit(q), verifier)
	q = m.request(client1, "code_challenge", challenge, "code_challenge_method", "S256")
	code := m.checkAnswer(q, m.visit(q))
	m.checkDenied(m.redeem(client1, code, ""), 400, "invalid_grant")
}
