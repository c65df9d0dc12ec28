package oidcsuite_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const foreignSite = "https://evil.example"

// programs are the endpoints that answer programs.
func (m *module) programs() map[string]string {
	out := map[string]string{}
	for name := range m.meta {
		if strings.HasSuffix(name, "_endpoint") && name != "authorization_endpoint" && name != "end_session_endpoint" {
			out[name] = m.meta.text(name)
		}
	}
	return out
}

// call sends a request with an origin, as a script would.
func (m *module) call(method, address, origin string, form url.Values, header ...string) answer {
	m.Helper()
	r, err := http.NewRequestWithContext(m.Context(), method, address, strings.NewReader(form.Encode()))
	must(m.T, err)
	r.Header.Set("Origin", origin)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return m.do(r)
}

// checkShared: the answer may be read by the origin, and never with cookies.
func (m *module) checkShared(what string, a answer, origin string) {
	m.Helper()
	h := a.header
	if got := h.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != origin {
		m.Errorf("CO-01, CO-04: %s (%d): Access-Control-Allow-Origin %v", what, a.status, got)
	}
	if _, there := h["Access-Control-Allow-Credentials"]; there {
		m.Errorf("CO-02: %s allows credentials", what)
	}
	if origin != "*" && !strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
		m.Errorf("CO-02: %s does not vary by origin: %v", what, h.Values("Vary"))
	}
	if a.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		m.Errorf("CO-01: %s: Cross-Origin-Resource-Policy %q", what, a.header.Get("Cross-Origin-Resource-Policy"))
	}
}

func TestCO01_CO02_CO03_CO04_CrossOrigin(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, place := range append(v.places(), m.meta.text("jwks_uri")) {
			m.checkShared(place, m.call(http.MethodGet, place, foreignSite, nil), "*")
			m.checkPreflight(place, http.MethodGet, foreignSite, "*")
		}
		for name, address := range m.programs() {
			method := http.MethodPost
			if name == "userinfo_endpoint" {
				method = http.MethodGet
			}
			m.checkPreflight(address, method, suiteHost, suiteHost)
			m.checkShared(name, m.call(method, address, suiteHost, nil), suiteHost) // an error
		}
		r := m.flow(client1, "scope", "openid offline_access", "prompt", "consent")
		form := url.Values{"grant_type": {"authorization_code"}, "code": {r.code}, "client_id": {client1.id}, "redirect_uri": {callback}}
		basic := "Basic " + basicOf(client1)
		a := m.call(http.MethodPost, m.meta.text("token_endpoint"), suiteHost, form, "Authorization", basic)
		m.checkDenied(a, http.StatusBadRequest, "invalid_grant")
		m.checkShared("an invalid_grant", a, suiteHost)
		r = m.flow(client1, "scope", "openid offline_access", "prompt", "consent")
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.tokens.Refresh}}
		a = m.call(http.MethodPost, m.meta.text("token_endpoint"), suiteHost, form, "Authorization", basic)
		m.checkTokens(a)
		m.checkShared("tokens", a, suiteHost)
		a = m.call(http.MethodGet, m.meta.text("userinfo_endpoint"), suiteHost, nil, "Authorization", "Bearer "+a.json.text("access_token"))
		m.checkInfo(a, r.id)
		m.checkShared("userinfo", a, suiteHost)
	})
}

// checkPreflight asks as browsers do before the call itself.
func (m *module) checkPreflight(address, method, origin, want string) {
	m.Helper()
	a := m.call(http.MethodOptions, address, origin, nil, "Access-Control-Request-Method", method,
		"Access-Control-Request-Headers", "authorization, content-type, dpop, mcp-protocol-version")
	if a.status/100 != 2 {
		m.Errorf("CO-03: a preflight of %s: %d", address, a.status)
	}
	m.checkShared("a preflight of "+address, a, want)
	for _, name := range []string{"Authorization", "Content-Type", "DPoP", "MCP-Protocol-Version"} {
		if !lists(a.header, "Access-Control-Allow-Headers", name) {
			m.Errorf("CO-03: %s does not allow %s", address, name)
		}
	}
	if !lists(a.header, "Access-Control-Allow-Methods", method) {
		m.Errorf("CO-03: %s does not allow %s: %v", address, method, a.header.Values("Access-Control-Allow-Methods"))
	}
	for _, name := range []string{"DPoP-Nonce", "WWW-Authenticate", "Retry-After"} {
		if !lists(a.header, "Access-Control-Expose-Headers", name) {
			m.Errorf("CO-03: %s does not expose %s", address, name)
		}
	}
}

func lists(h http.Header, name, value string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(h.Values(name), ","), ","), func(one string) bool {
		return strings.EqualFold(strings.TrimSpace(one), value)
	})
}

func TestThreat_HDR10_OtherOrigins(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, origin := range []string{
			foreignSite, "null", suiteHost + ".evil", "http://suite.example:8443", "https://suite.example", "https://suite.example:8444",
			"https://SUITE.example:8443", "https://evil-suite.example:8443", "",
		} {
			for name, address := range m.programs() {
				for _, method := range []string{http.MethodPost, http.MethodOptions} {
					a := m.call(method, address, origin, url.Values{})
					for header := range a.header {
						if header == "Access-Control-Allow-Origin" || header == "Access-Control-Allow-Credentials" {
							t.Errorf("%s %s for %q: %s %v", method, name, origin, header, a.header[header])
						}
					}
				}
			}
		}
		for _, page := range []string{
			m.meta.text("authorization_endpoint"), m.meta.text("authorization_endpoint") + "?" + m.request(client1).Encode(),
			m.meta.text("end_session_endpoint"), v.issuer + "/signed-out", v.issuer + "/nowhere", v.issuer + "/interaction/x/signin",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
				a := m.call(method, page, suiteHost, nil)
				for header := range a.header {
					if strings.HasPrefix(header, "Access-Control-") {
						t.Errorf("AZ-07: %s %s: %s", method, page, header)
					}
				}
			}
		}
	})
}

// wanted is what every answer carries, and what pages carry besides.
var (
	wanted = map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "",
	}
	wantedOnPages = map[string]string{
		"Content-Security-Policy": "", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	}
)

func TestThreat_HDR12_HeadersOnEveryAnswer(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		addresses := append(v.places(), v.issuer+"/jwks", v.issuer+"/nowhere", v.origin()+"/", v.origin()+"//", v.issuer+"//token",
			v.issuer+"/interaction/x/signin", v.issuer+"/signed-out", v.issuer+"/assets/none", v.issuer+"/account/password",
			v.origin()+"/healthz", v.origin()+"/readyz", v.issuer+"/link/x", v.issuer+"/authorize/../token",
			m.meta.text("authorization_endpoint"), m.meta.text("authorization_endpoint")+"?"+m.request(client1).Encode(),
			m.meta.text("authorization_endpoint")+"?"+m.request(client1, "prompt", "none").Encode(), m.meta.text("end_session_endpoint"))
		for _, address := range m.programs() {
			addresses = append(addresses, address)
		}
		for _, address := range addresses {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete, "TRACE"} {
				a := m.call(method, address, foreignSite, nil)
				what := method + " " + address
				m.checkHeaders(what, a, wanted)
				if strings.HasPrefix(v.issuer, "https:") {
					m.checkHeaders(what, a, map[string]string{"Strict-Transport-Security": ""})
				}
				if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
					m.checkHeaders(what, a, wantedOnPages)
				}
				if a.status >= 500 || a.status == http.StatusTemporaryRedirect || a.status == http.StatusPermanentRedirect || a.status == http.StatusMovedPermanently {
					t.Errorf("%s: %d", what, a.status)
				}
				if len(a.body) > 0 && a.header.Get("Content-Type") == "" {
					t.Errorf("%s: no Content-Type", what)
				}
			}
		}
	})
}

func (m *module) checkHeaders(what string, a answer, want map[string]string) {
	m.Helper()
	for name, value := range want {
		got := a.header.Values(name)
		if len(got) != 1 || value != "" && got[0] != value || got[0] == "" {
			m.Errorf("%s (%d): %s is %q", what, a.status, name, got)
		}
	}
}
