package oidcsuite_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// play is one module: its name in the suite, and what it does.
type play struct {
	name string
	run  func(*module)
}

// runPlan plays modules, each with a browser of its own.
func runPlan(t *testing.T, v *server, mode string, plan []play) {
	t.Helper()
	for _, one := range plan {
		t.Run(one.name, func(t *testing.T) { one.run(v.begin(t, mode)) })
	}
}

// basicPlan is oidcc-basic-certification-test-plan.
var basicPlan = []play{
	{"oidcc-server", serverModule},
	{"oidcc-response-type-missing", responseTypeMissing},
	{"oidcc-idtoken-signature", func(m *module) { m.flow(client1) }}, // the kid and RS256 are checked of every ID token
	{"oidcc-idtoken-unsigned", unsigned},
	{"oidcc-userinfo-get", func(m *module) { m.flow(client1) }},
	{"oidcc-userinfo-post-header", userInfoPostHeader},
	{"oidcc-userinfo-post-body", userInfoPostBody},
	{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow", func(m *module) { m.flow(client1, "nonce", "") }},
	{"oidcc-scope-profile", scope("profile")},
	{"oidcc-scope-email", scope("email")},
	{"oidcc-scope-address", scope("address")},
	{"oidcc-scope-phone", scope("phone")},
	{"oidcc-scope-all", scope("profile email address phone")},
	{"oidcc-alternate-happy-flow", otherOrder},
	{"oidcc-display-page", func(m *module) { m.flow(client1, "display", "page") }},
	{"oidcc-display-popup", func(m *module) { m.flow(client1, "display", "popup") }},
	{"oidcc-prompt-login", promptLogin},
	{"oidcc-prompt-none-not-logged-in", promptNoneNotLoggedIn},
	{"oidcc-prompt-none-logged-in", promptNoneLoggedIn},
	{"oidcc-max-age-1", maxAge1},
	{"oidcc-max-age-10000", maxAge10000},
	{"oidcc-ensure-request-with-unknown-parameter-succeeds", func(m *module) { m.flow(client1, "extra", "foobar") }},
	{"oidcc-id-token-hint", idTokenHint},
	{"oidcc-login-hint", loginHint},
	{"oidcc-ui-locales", func(m *module) { m.flow(client1, "ui_locales", "se") }},
	{"oidcc-claims-locales", func(m *module) { m.flow(client1, "claims_locales", "se") }},
	{"oidcc-ensure-request-with-acr-values-succeeds", acrValues},
	{"oidcc-codereuse", codeReuse},
	{"oidcc-codereuse-30seconds", codeReuse30},
	{"oidcc-ensure-registered-redirect-uri", registeredRedirect},
	{"oidcc-ensure-post-request-succeeds", postRequest},
	{"oidcc-server-client-secret-post", func(m *module) { m.flow(clientPost) }},
	{"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", requestURI},
	{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", requestObject},
	{"oidcc-claims-essential", claimsEssential},
	{"oidcc-ensure-request-object-with-redirect-uri", requestObjectRedirect},
	{"oidcc-refresh-token", refreshModule},
	{"oidcc-ensure-request-with-valid-pkce-succeeds", validPKCE},
}

func serverModule(m *module) {
	r := m.flow(client1)
	if got := len(r.userinfo); got != 1 {
		m.Errorf("userinfo says more than sub for the scope openid: %v", r.userinfo)
	}
	for _, name := range []string{"name", "email"} {
		if _, there := r.id[name]; there {
			m.Errorf("%s is in the ID token", name)
		}
	}
}

func responseTypeMissing(m *module) {
	q := m.request(client1, "response_type", "")
	at := m.visit(q)
	if at.called {
		m.checkRefused(q, at, "invalid_request", "unsupported_response_type")
		return
	}
	m.checkFault(at)
}

// checkFault checks a page that is shown instead of calling the client: what the
// suite has a picture taken of.
func (m *module) checkFault(at landing) {
	m.Helper()
	if at.called || at.status < 400 || at.status >= 500 || at.name() != "error" || at.page.Heading() == "" {
		m.Errorf("no error page but %s", at)
	}
}

// unsigned: an unsigned ID token cannot be asked for, and the suite skips the
// module because discovery says so.
func unsigned(m *module) {
	if slices.Contains(m.meta.list("id_token_signing_alg_values_supported"), "none") {
		m.Error("OC-04: the algorithm none is advertised")
	}
}

func userInfoPostHeader(m *module) {
	r := m.flow(client1, "scope", "openid email")
	p, err := http.NewRequestWithContext(m.Context(), http.MethodPost, m.meta.text("userinfo_endpoint"), nil)
	must(m.T, err)
	p.Header.Set("Authorization", "Bearer "+r.tokens.Access)
	if info := m.checkInfo(m.do(p), r.id); info.text("email") != personEmail {
		m.Errorf("email is %v", info["email"])
	}
}

// userInfoPostBody: OAuth 2.1 took the token out of bodies; the suite accepts
// any HTTP error.
func userInfoPostBody(m *module) {
	r := m.flow(client1)
	p, err := http.NewRequestWithContext(m.Context(), http.MethodPost, m.meta.text("userinfo_endpoint"), strings.NewReader("access_token="+r.tokens.Access))
	must(m.T, err)
	p.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := m.do(p)
	if a.status/100 != 4 || a.header.Get("WWW-Authenticate") == "" {
		m.Errorf("BC-01: %d %s", a.status, a.body)
	}
}

// scopeClaims are what the suite looks for, where the account has it.
var scopeClaims = map[string][]string{
	"profile": {
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
	},
	"email": {"email", "email_verified"}, "address": {"address"}, "phone": {"phone_number", "phone_number_verified"},
}

func scope(names string) func(*module) {
	return func(m *module) {
		r := m.flow(client1, "scope", "openid "+names)
		asked := 1
		for name := range strings.FieldsSeq(names) {
			if !slices.Contains(m.meta.list("scopes_supported"), name) {
				m.Errorf("the scope %s is not advertised", name)
			}
			for _, claim := range scopeClaims[name] {
				asked++
				if _, there := r.userinfo[claim]; !there {
					m.Errorf("OC-20: userinfo lacks %s", claim)
				}
			}
		}
		if len(r.userinfo) != asked {
			m.Errorf("userinfo says what was not asked: %v", r.userinfo)
		}
	}
}

// otherOrder: neither parameters nor scopes have an order.
func otherOrder(m *module) {
	q := m.request(client1, "scope", "email openid")
	var parts []string
	for _, name := range []string{"scope", "nonce", "response_mode", "state", "response_type", "redirect_uri", "client_id"} {
		if q.Has(name) {
			parts = append(parts, m.encode(name, q.Get(name)))
		}
	}
	at := m.browser.complete(m.browser.open(m.meta.text("authorization_endpoint") + "?" + strings.Join(parts, "&")))
	if r := m.finish(client1, q, at, ""); r.userinfo.text("email") != personEmail {
		m.Errorf("email is %v", r.userinfo["email"])
	}
}

func TestBasicPlanIsWhole(t *testing.T) {
	names := map[string]bool{}
	for _, one := range basicPlan {
		names[one.name] = true
	}
	if len(names) != 38 {
		t.Errorf("%d modules, not 38", len(names))
	}
}
