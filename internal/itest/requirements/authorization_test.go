package requirements

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core/providertest"
)

func TestAZ02_UnknownParametersAreIgnored(t *testing.T) {
	w := newWorld(t)
	request := w.app.AuthorizeWith(url.Values{"foo": {"1"}, "vendor.x-y": {"ü"}})
	landed := w.ada.Browser().SignIn(request.URL)
	w.app.Redeem(request, landed)
	if landed.URL.Query().Has("foo") {
		t.Errorf("what nobody knows came back: %v", landed.URL)
	}
	form := w.code(w.app, nil)
	form.Set("foo", "1")
	if got := w.app.Token(form); got.Status != http.StatusOK {
		t.Errorf("at the token endpoint: %d %s", got.Status, got.Body)
	}
}

func TestAZ05_AZ17_OC32_OnlyCodesThroughTheBrowser(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none", "CODE"} {
		w.redirected(kind, "unsupported_response_type", w.open(w.app, url.Values{"response_type": {kind}}))
	}
	for _, mode := range []string{"xyz", "fragment", "QUERY", "query.jwt", "web_message"} {
		w.redirected(mode, "invalid_request", w.open(w.app, url.Values{"response_mode": {mode}}))
	}
	for _, mode := range []string{"", "query", "form_post"} { // the twins
		request := w.app.AuthorizeWith(url.Values{"response_mode": {mode}})
		landed := w.ada.Browser().SignIn(request.URL)
		w.app.Redeem(request, landed)
		if posted := landed.Posted != nil; posted != (mode == "form_post") || landed.URL.Fragment != "" {
			t.Errorf("response_mode=%s: posted %v, at %v", mode, posted, landed.URL)
		}
		for _, name := range []string{"access_token", "id_token", "token_type", "refresh_token"} {
			if landed.Answer(name) != "" {
				t.Errorf("response_mode=%s: the browser carries an %s", mode, name)
			}
		}
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if body := string(w.get(path).Body); !strings.Contains(body, `"response_types_supported":["code"]`) {
			t.Errorf("%s: %s", path, body)
		}
	}
}

// AUT09, as far as there are neither pushed requests nor request objects: what
// would override the query is refused, not passed over.
func TestThreat_AUT09_RequestObjects(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ value, code string }{
		"request":      {"eyJhbGciOiJub25lIn0.e30.", "request_not_supported"},
		"request_uri":  {"urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"},
		"registration": {`{"client_name":"x"}`, "registration_not_supported"},
	} {
		w.redirected(name, c.code, w.open(w.app, url.Values{name: {c.value}}))
	}
}

// https is a provider whose issuer is what its caller says, behind a proxy.
func https(t *testing.T) world {
	return newWorld(t, providertest.WithConfig(func(c *keywright.Config) { c.Issuer = "https://id.example" }))
}

func TestAZ19_TN02_TheIssuerIsConfigured(t *testing.T) {
	secure, loopback := https(t), newWorld(t)
	paths := []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks", "/authorize?client_id=nobody", "/signed-out", "/nothing"}
	for _, path := range paths {
		plain := ""
		for _, host := range []string{"id.example", "evil.example", "127.0.0.1"} {
			r := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Forwarded-Proto", "http")
			r.Header.Set("Forwarded", "host=evil.example;proto=http")
			w := httptest.NewRecorder()
			secure.Handler().ServeHTTP(w, r)
			if w.Header().Get("Strict-Transport-Security") == "" {
				t.Errorf("%s at %s: no HSTS", path, host)
			}
			body := w.Body.String()
			if strings.Contains(body, "evil") || strings.Contains(w.Header().Get("Location"), "evil") {
				t.Errorf("%s at %s repeats the host: %s", path, host, body)
			}
			if !strings.HasPrefix(path, "/.well-known") {
				continue
			}
			if plain == "" {
				plain = body
			}
			if body != plain || !strings.Contains(body, `"issuer":"https://id.example"`) {
				t.Errorf("%s at %s: %s", path, host, body)
			}
		}
		if got := loopback.get(path); got.Header.Get("Strict-Transport-Security") != "" { // the twin
			t.Errorf("%s: HSTS of an issuer that is not https", path)
		}
	}
}

func TestAZ22_FaultsAreHTMLForBrowsers(t *testing.T) {
	w := newWorld(t)
	for what, change := range map[string]url.Values{
		"no client": {"client_id": {""}}, "unknown client": {"client_id": {"nobody"}},
		"other redirect": {"redirect_uri": {callback + "/"}}, "no redirect": {"redirect_uri": {""}},
	} {
		for _, accept := range []string{"text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*", ""} {
			path := strings.TrimPrefix(w.app.AuthorizeWith(change).URL, w.Issuer())
			got := w.get(path, "Accept", accept)
			if got.Status != http.StatusBadRequest || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") || got.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s as %q: %d %s", what, accept, got.Status, got.Header.Get("Content-Type"))
			}
		}
	}
}

func TestPK07_TheChallengeIsNotShown(t *testing.T) {
	w := newWorld(t)
	request := w.app.Authorize()
	u, err := url.Parse(request.URL)
	if err != nil {
		t.Fatal(err)
	}
	challenge := u.Query().Get("code_challenge")
	b := w.ada.Browser()
	for landed, pages := b.Open(request.URL), 0; ; landed, pages = b.Landed(), pages+1 {
		all := landed.Body + strings.Replace(landed.URL.String(), request.URL, "", 1)
		for _, k := range b.HTTP().Jar.Cookies(u) {
			all += k.String()
		}
		if strings.Contains(all, challenge) || strings.Contains(all, request.Verifier) {
			t.Errorf("the challenge stands on %q, in a cookie, or at %v", landed.Page(), landed.URL)
		}
		switch landed.Page() {
		case "signin":
			b.Submit("signin", map[string]string{"identifier": w.ada.Email})
		case "password":
			b.Submit("password-form", map[string]string{"password": word})
		case "consent":
			b.Submit("consent", nil, "decision=allow")
		default:
			if pages != 3 {
				t.Fatalf("ended after %d pages at %v", pages, landed.URL)
			}
			w.app.Redeem(request, landed)
			return
		}
	}
}

func TestSE16_NoSessionFrame(t *testing.T) {
	w := newWorld(t)
	body := string(w.get("/.well-known/openid-configuration").Body)
	if !strings.Contains(body, `"end_session_endpoint"`) || strings.Contains(body, "check_session_iframe") || strings.Contains(body, "frontchannel_logout") {
		t.Errorf("the metadata says %s", body)
	}
	if landed := w.ada.Browser().SignIn(w.app.Authorize().URL); landed.URL.Query().Has("session_state") {
		t.Errorf("the answer has session_state: %v", landed.URL)
	}
}
