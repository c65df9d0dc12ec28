package oidcsuite_test

import (
	"net/http"
	"slices"
	"strings"
)

func refusedAtCallback(parameter, code string) func(*module, string) {
	return func(m *module, value string) {
		q := m.request(client1, parameter, value)
		m.checkRefused(q, m.visit(q), code)
	}
}

// scopeWorks asks with a client that may have it.
func scopeWorks(m *module, value string) {
	if !slices.Contains(strings.Fields(allScopes), value) {
		resource := map[string]string{"tools:run": mcpServer, "notes:read": notesAPI}[value]
		a, _ := m.agentFlow("scope", value, "resource", resource)
		if got := m.checkTokens(a); got.Scope != value {
			m.Errorf("granted %q", got.Scope)
		}
		return
	}
	asked := "openid"
	if value != asked {
		asked += " " + value
	}
	q := m.request(client1, "scope", asked, "prompt", "consent")
	r := m.flowOf(client1, q)
	if !slices.Contains(strings.Fields(r.tokens.Scope), value) {
		m.Errorf("granted %q", r.tokens.Scope)
	}
}

func scopeRefused(m *module, value string) { refusedAtCallback("scope", "invalid_scope")(m, value) }

func modeWorks(m *module, value string) {
	m.mode = value
	m.flow(client1)
}

func publicSubject(m *module, _ string) {
	if a, b := m.flow(client1), m.flow(client2); a.id.text("sub") != b.id.text("sub") {
		m.Errorf("sub %v and %v", a.id["sub"], b.id["sub"])
	}
}

func challengeMethod(m *module, value string) {
	verifier, challenge := pkcePair()
	q := m.request(client1, "code_challenge", challenge, "code_challenge_method", value)
	m.finish(client1, q, m.visit(q), verifier)
}

func challengeMethodRefused(m *module, value string) {
	verifier, _ := pkcePair()
	for _, method := range []string{value, ""} {
		q := m.request(client1, "code_challenge", verifier[:43], "code_challenge_method", method)
		m.checkRefused(q, m.visit(q), "invalid_request")
	}
}

func claimType(m *module, _ string) {
	r := m.flow(client1, "scope", "openid profile")
	for _, name := range []string{"_claim_names", "_claim_sources"} {
		if _, there := r.userinfo[name]; there {
			m.Errorf("%s is there", name)
		}
	}
}

// claimWorks finds the claim in the ID token or at userinfo when all is asked
// for, the claim itself too.
func claimWorks(m *module, value string) {
	r := m.claimsFlow(value)
	_, inToken := r.id[value]
	_, atUserInfo := r.userinfo[value]
	if !inToken && !atUserInfo {
		m.Errorf("%s is nowhere: %v %v", value, r.id, r.userinfo)
	}
}

func claimRefused(m *module, value string) {
	r := m.claimsFlow(value)
	if r.id[value] != nil || r.userinfo[value] != nil {
		m.Errorf("%s is there", value)
	}
}

func (m *module) claimsFlow(value string) result {
	m.Helper()
	q := m.request(client1, "scope", "openid profile email address phone", "max_age", "100",
		"claims", `{"userinfo":{"`+value+`":null},"id_token":{"`+value+`":null}}`)
	var r result
	r.request = q
	r.tokens = m.checkTokens(m.redeem(client1, m.checkAnswer(q, m.visit(q)), ""))
	r.id = m.checkIDToken(client1, r.tokens, q.Get("nonce"), value)
	r.userinfo = m.checkUserInfo(r.tokens.Access, r.id)
	return r
}

func promptWorks(m *module, value string) {
	if value == "none" {
		promptNoneNotLoggedIn(m)
		promptNoneLoggedIn(m)
		return
	}
	m.flow(client1)
	m.browser.asked()
	q := m.request(client1, "prompt", value)
	at := m.browser.open(m.meta.text("authorization_endpoint") + "?" + q.Encode())
	page := map[string]string{"consent": "consent", "select_account": "accounts", "create": "signup", "login": "password"}[value]
	if at.name() == "signin" && value == "login" {
		at = m.browser.submit(at, "signin", map[string]string{"identifier": personEmail}, "")
	}
	if at.name() != page || page == "" {
		m.Fatalf("OC-12: prompt=%s shows %s", value, at)
	}
	if value == "create" {
		return // the person has an account already
	}
	m.finish(client1, q, m.browser.complete(at), "")
}

// promptIgnored: what is not understood changes nothing (OC-10).
func promptIgnored(m *module, value string) {
	m.flow(client1)
	m.browser.asked()
	m.flow(client1, "prompt", value)
	m.checkNobodyAsked()
}

func acrWorks(m *module, value string) {
	for _, pairs := range [][]string{
		{"acr_values", value}, {"claims", `{"id_token":{"acr":{"essential":true,"value":"` + value + `"}}}`},
	} {
		if r := m.flow(client1, pairs...); r.id.text("acr") != value {
			m.Errorf("acr is %v", r.id["acr"])
		}
	}
}

// acrRefused: as a wish it changes nothing, as a must it is refused (OC-15).
func acrRefused(m *module, value string) {
	m.flow(client1, "acr_values", value)
	q := m.request(client1, "claims", `{"id_token":{"acr":{"essential":true,"value":"`+value+`"}}}`)
	m.checkRefused(q, m.visit(q), "unmet_authentication_requirements")
}

func localeWorks(m *module, value string) {
	at := m.browser.open(m.meta.text("authorization_endpoint") + "?" + m.request(client1, "ui_locales", value).Encode())
	if at.page.Lang != value || at.status != http.StatusOK {
		m.Errorf("the page is in %q: %s", at.page.Lang, at)
	}
}

func localeIgnored(m *module, value string) {
	at := m.browser.open(m.meta.text("authorization_endpoint") + "?" + m.request(client1, "ui_locales", value).Encode())
	if !slices.Contains(m.meta.list("ui_locales_supported"), at.page.Lang) || at.status != http.StatusOK {
		m.Errorf("the page is in %q: %s", at.page.Lang, at)
	}
}
