package threats

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// HDR01 to HDR04: what a request claims of its host changes nothing.
func TestThreat_HDR01_HDR02_HDR04_ForeignHost(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/.well-known/openid-configuration", "/jwks", "/authorize?client_id=nobody", "/signed-out", "/nothing"} {
		plain := w.raw("GET", path, "")
		for what, header := range map[string][]string{
			"host": {"Host", "evil.example"}, "forwarded host": {"X-Forwarded-Host", "evil.example"}, "proto": {"X-Forwarded-Proto", "https"},
			"port": {"X-Forwarded-Port", "444"}, "prefix": {"X-Forwarded-Prefix", "/evil"}, "forwarded": {"Forwarded", "host=evil.example;proto=https"},
			"original": {"X-Original-URL", "/jwks"}, "rewrite": {"X-Rewrite-URL", "/jwks"}, "method": {"X-HTTP-Method-Override", "POST"},
		} {
			got := w.raw("GET", path, "", header...)
			if got.Status != plain.Status || strings.Contains(string(got.Body), "evil") || strings.Contains(fmt.Sprint(got.Header), "evil") {
				t.Errorf("%s with %s: %d (without: %d)", path, what, got.Status, plain.Status)
			}
		}
	}
}

// HDR03: a mailed link leads to the issuer whatever the request said.
func TestThreat_HDR03_MailedLinks(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	b.HTTP().Transport = addHeaders{b.HTTP().Transport, map[string]string{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}}
	b.Open(w.app.Authorize().URL)
	b.Submit("signin", map[string]string{"identifier": w.ada.Email})
	b.Follow("forgot")
	b.Submit("reset", map[string]string{"email": w.ada.Email})
	if link := w.LastLink(w.ada.Email); !strings.HasPrefix(link, w.Issuer()+"/") {
		t.Errorf("the link is %s", link)
	}
}

type addHeaders struct {
	below http.RoundTripper
	more  map[string]string
}

// RoundTrip adds the headers.
func (a addHeaders) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range a.more {
		r.Header.Set(name, value)
	}
	return a.below.RoundTrip(r)
}

// HDR10: who may read answers from a page of another origin.
func TestThreat_HDR10_Origins(t *testing.T) {
	w := newWorld(t)
	for _, origin := range []string{"https://evil.example", "null", "https://app.example.evil", "http://app.example", "https://app.example:444"} {
		for _, path := range []string{"/token", "/userinfo", "/revoke", "/introspect"} {
			for _, method := range []string{http.MethodPost, http.MethodOptions} {
				got := w.raw(method, path, "", "Origin", origin, "Access-Control-Request-Method", "POST")
				if allowed := got.Header.Get("Access-Control-Allow-Origin"); allowed != "" || got.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s %s from %s is allowed: %q", method, path, origin, allowed)
				}
			}
		}
	}
	for _, path := range []string{"/authorize?client_id=app", "/end-session", "/signed-out", "/nothing"} {
		got := w.raw("GET", path, "", "Origin", "https://app.example")
		if got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by a page", path)
		}
	}
}

// HTP01, HTP02: too much is refused at once and in kind.
func TestThreat_HTP01_HTP02_TooMuch(t *testing.T) {
	w := newWorld(t)
	many := strings.Repeat("a=b&", 100_000)
	big := "x=" + strings.Repeat("y", 10<<20)
	for _, path := range []string{"/token", "/revoke", "/introspect", "/userinfo", "/authorize", "/end-session"} {
		for what, body := range map[string]string{"parameters": many, "bytes": big} {
			if got := w.raw("POST", path, body); got.Status < 400 || got.Status > 499 {
				t.Errorf("%s with too many %s: %d", path, what, got.Status)
			}
		}
	}
	var cookies strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&cookies, "c%d=x; ", n)
	}
	if got := w.raw("GET", "/authorize?client_id=nobody", "", "Cookie", cookies.String()); got.Status < 400 || got.Status > 499 {
		t.Errorf("1000 cookies: %d", got.Status)
	}
}

// hostile are values that break what is careless with them.
var hostile = []string{
	"'", "''", `"`, "`", "' OR '1'='1", "'; DROP TABLE grants;--", `\`, "%27", "$1", "?", "{{.}}", "${7*7}", "\x00", "a\x00b", "\xff\xfe",
	"\u202e", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "../../etc/passwd", "%s%n", strings.Repeat("é", 2000), "\r\nX: y", "0", "-1", "1e309", "null", "[]", "{}",
}

// SQL01: in every parameter of every endpoint a hostile string fares like any
// other: one clear answer, nothing repeated.
func TestThreat_SQL01_HostileStrings(t *testing.T) {
	w := newWorld(t)
	request, code := w.code()
	bodies := map[string]url.Values{
		"/token":      w.redemption(request, code),
		"/revoke":     {"token": {"x"}, "token_type_hint": {"access_token"}},
		"/introspect": {"token": {"x"}, "token_type_hint": {"access_token"}},
	}
	for path, body := range bodies {
		for name := range body {
			for _, value := range append(hostile, "") {
				changed := url.Values{}
				for n, v := range body {
					changed[n] = v
				}
				changed.Set(name, value)
				if got := w.app.Post(path, changed); got.Status >= 500 || got.Status == http.StatusOK && path == "/token" || echoes(got.Body, value) {
					t.Errorf("%s with %s=%.20q: %d %.80s", path, name, value, got.Status, got.Body)
				}
				w.Advance(hour / 60) // guesses are limited
			}
		}
	}
	parameters := []string{"client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "claims", "acr_values", "login_hint", "id_token_hint", "ui_locales", "resource", "response_mode", "request", "request_uri", "display", "unknown"}
	for _, name := range parameters {
		for _, value := range hostile {
			if got := w.authorize(url.Values{name: {value}}); got.Status >= 500 || name != "login_hint" && echoes([]byte(got.Body), value) {
				t.Errorf("authorize with %s=%.20q: %d", name, value, got.Status)
			}
			w.Advance(hour)
		}
	}
	for _, value := range hostile {
		for _, path := range []string{"/interaction/" + url.PathEscape(value) + "/signin", "/assets/" + url.PathEscape(value), "/" + url.PathEscape(value), "/end-session?id_token_hint=" + url.QueryEscape(value)} {
			if got := w.raw("GET", path, ""); got.Status >= 500 || echoes(got.Body, value) {
				t.Errorf("%.40q: %d", path, got.Status)
			}
		}
		if got := w.UserInfo(strings.Map(printable, value)); got.Status >= 500 {
			t.Errorf("userinfo with %.20q: %d", value, got.Status)
		}
	}
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '.'
	}
	return r
}

// echoes tells whether a telling value stands in an answer as it was sent.
func echoes(body []byte, value string) bool {
	return len(value) > 8 && strings.Contains(string(body), value)
}

// LEA02: a token in an address is no token.
func TestThreat_LEA02_TokenInTheQuery(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app)
	for _, method := range []string{"GET", "POST"} {
		if got := w.raw(method, "/userinfo?access_token="+url.QueryEscape(tokens.Access), ""); got.Status == http.StatusOK {
			t.Errorf("%s with the token in the query: %d", method, got.Status)
		}
	}
	if got := w.raw("POST", "/userinfo?access_token=x", "access_token="+url.QueryEscape(tokens.Access), "Authorization", "Bearer "+tokens.Access); got.Status == http.StatusOK {
		t.Error("two ways at once are accepted")
	}
	if got := w.UserInfo(tokens.Access); got.Status != http.StatusOK {
		t.Errorf("the right way: %d", got.Status)
	}
}
