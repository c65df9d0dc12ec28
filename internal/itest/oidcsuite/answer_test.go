package oidcsuite_test

import (
	"encoding/json"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// claims are the members of a JSON object.
type claims map[string]any

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

func (c claims) number(name string) float64 {
	n, _ := c[name].(float64)
	return n
}

func (c claims) list(name string) []string {
	var out []string
	all, _ := c[name].([]any)
	for _, one := range all {
		s, _ := one.(string)
		out = append(out, s)
	}
	return out
}

// answer is what an endpoint for programs said.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   claims
}

func (a answer) errorCode() string { return a.json.text("error") }

// tokens is a token response.
type tokens struct {
	Access, Refresh, ID, Scope string
}

// do sends a request of a program and reads the whole answer.
func (m *module) do(r *http.Request) answer {
	m.Helper()
	response, err := m.http.Do(r)
	must(m.T, err)
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	must(m.T, err)
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "application/json" && len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &a.json); err != nil {
			m.Fatalf("%s %s: not JSON: %q", r.Method, r.URL.Path, a.body)
		}
	}
	return a
}

func (m *module) get(address string, header ...string) answer {
	m.Helper()
	r, err := http.NewRequestWithContext(m.Context(), http.MethodGet, address, nil)
	must(m.T, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return m.do(r)
}

// checkAnswer checks a successful authorization response and gives its code.
func (m *module) checkAnswer(q url.Values, at landing) string {
	m.Helper()
	got := m.checkCallback(q, at)
	if got.Has("error") {
		m.Fatalf("the answer is an error: %v", got)
	}
	for name := range got {
		if !slices.Contains([]string{"code", "state", "iss"}, name) {
			m.Errorf("the answer has an unexpected parameter %q", name)
		}
	}
	code := got.Get("code")
	m.checkEntropy("code", code, 96)
	return code
}

// checkCallback checks how an answer came, good or bad, and gives its
// parameters.
func (m *module) checkCallback(q url.Values, at landing) url.Values {
	m.Helper()
	if !at.called {
		m.Fatalf("the client was not called; the browser is at %s", at)
	}
	registered, err := url.Parse(q.Get("redirect_uri"))
	must(m.T, err)
	if at.url.Scheme != registered.Scheme || at.url.Host != registered.Host || at.url.Path != registered.Path || at.url.Fragment != "" {
		m.Fatalf("called at %s, not at %s", at.url, registered)
	}
	got := at.url.Query()
	for name, values := range registered.Query() {
		if !slices.Equal(got[name], values) {
			m.Errorf("AZ-14: the redirect URI's own query was changed: %v", got)
		}
		got.Del(name)
	}
	if m.mode == "form_post" {
		if len(got) > 0 {
			m.Errorf("the answer is in the query too: %v", got)
		}
		if at.posted == nil || at.media != "application/x-www-form-urlencoded" {
			m.Fatalf("the answer was not posted as a form but came as %q", at.media)
		}
		got = at.posted
	} else if at.posted != nil {
		m.Fatal("the answer was posted")
	}
	for name, values := range got {
		if len(values) != 1 {
			m.Errorf("%s comes %d times", name, len(values))
		}
	}
	if got.Get("state") != q.Get("state") || got.Has("state") != q.Has("state") {
		m.Errorf("AZ-12: state %q came back as %q", q.Get("state"), got.Get("state"))
	}
	if got.Get("iss") != m.meta.text("issuer") {
		m.Errorf("AZ-13: iss is %q", got.Get("iss"))
	}
	return got
}

// checkRefused checks an error at the client's callback.
func (m *module) checkRefused(q url.Values, at landing, codes ...string) {
	m.Helper()
	got := m.checkCallback(q, at)
	if !slices.Contains(codes, got.Get("error")) {
		m.Errorf("error is %q (%s), not one of %v", got.Get("error"), got.Get("error_description"), codes)
	}
	for name := range got {
		if !slices.Contains([]string{"error", "error_description", "error_uri", "state", "iss"}, name) {
			m.Errorf("the error has an unexpected parameter %q", name)
		}
	}
	m.checkDescription(got.Get("error_description"))
}

// checkDescription: the character set of RFC 6749 section 4.1.2.1 without what
// the suite warns of.
func (m *module) checkDescription(text string) {
	m.Helper()
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }) {
		m.Errorf("AZ-20: error_description %q", text)
	}
}

// checkDenied checks an error of an endpoint for programs.
func (m *module) checkDenied(a answer, status int, code string) {
	m.Helper()
	if a.status != status || a.errorCode() != code {
		m.Errorf("%d %s, not %d %s", a.status, a.body, status, code)
	}
	m.checkDescription(a.json.text("error_description"))
	if a.header.Get("Cache-Control") != "no-store" {
		m.Errorf("TK-03: Cache-Control of an error is %q", a.header.Get("Cache-Control"))
	}
}

// checkTokens checks a token response.
func (m *module) checkTokens(a answer) tokens {
	m.Helper()
	if a.status != http.StatusOK || a.json == nil {
		m.Fatalf("no tokens: %d %s", a.status, a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		m.Errorf("TK-03: Cache-Control is %q", a.header.Get("Cache-Control"))
	}
	if !strings.EqualFold(a.json.text("token_type"), "bearer") {
		m.Errorf("token_type is %v", a.json["token_type"])
	}
	if in := a.json.number("expires_in"); in <= 0 || in >= 365*24*3600 || in != math.Trunc(in) {
		m.Errorf("expires_in is %v", a.json["expires_in"])
	}
	t := tokens{
		Access: a.json.text("access_token"), Refresh: a.json.text("refresh_token"),
		ID: a.json.text("id_token"), Scope: a.json.text("scope"),
	}
	m.checkEntropy("access_token", t.Access, 96)
	for name, value := range a.json {
		if value == nil || value == "" {
			m.Errorf("TK-07: %s is there without a value", name)
		}
	}
	return t
}

// checkEntropy measures a value as the suite does: Shannon's, over its own
// characters; and at least 128 bits long.
func (m *module) checkEntropy(what, value string, bits float64) {
	m.Helper()
	count := map[rune]float64{}
	for _, r := range value {
		count[r]++
	}
	n, entropy := float64(len(value)), 0.0
	for _, c := range count {
		entropy -= c / n * math.Log2(c/n)
	}
	if len(value)*8 < 128 || entropy*n < bits {
		m.Errorf("%s %q: %d characters with %.0f bits", what, value, len(value), entropy*n)
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		m.Errorf("%s is not printable ASCII: %q", what, value)
	}
}
