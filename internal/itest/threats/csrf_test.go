package threats

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core/providertest"
)

// walk goes the whole way and calls see with every page that has a form.
func (w world) walk(see func(b *providertest.Browser, at providertest.Landing)) providertest.Landing {
	w.t.Helper()
	b := w.ada.Browser()
	at := b.Open(w.app.Authorize().URL)
	for range 6 {
		see(b, at)
		switch b.Return(at); at.Page() {
		case "signin":
			at = b.Submit("signin", map[string]string{"identifier": w.ada.Email})
		case "password":
			at = b.Submit("password-form", map[string]string{"password": word})
		case "consent":
			at = b.Submit("consent", nil, "decision=allow")
		default:
			return at
		}
	}
	return at
}

// form is what the page's own form would send, to where.
func form(at providertest.Landing) (string, url.Values) {
	id := map[string]string{"signin": "signin", "password": "password-form", "consent": "consent"}[at.Page()]
	return at.FormAction(id), url.Values{
		"csrf": {at.Field(id, "csrf")}, "digest": {at.Field(id, "digest")}, "decision": {"allow"},
		"identifier": {"ada@example.com"}, "password": {word},
	}
}

// post sends a form with the browser's cookies and other headers.
func (w world) post(client *http.Client, address string, values url.Values, header ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

func refusedPost(t *testing.T, what string, answer *http.Response) {
	t.Helper()
	if answer.StatusCode < 400 || answer.StatusCode > 499 {
		t.Errorf("%s: %s, to %s", what, answer.Status, answer.Header.Get("Location"))
	}
}

// CSR01, CSR03: no post from elsewhere counts, nor one without the token or the
// cookie; and the way goes on unharmed.
func TestThreat_CSR01_CSR03_SE11_PostsFromElsewhere(t *testing.T) {
	w := newWorld(t)
	end := w.walk(func(b *providertest.Browser, at providertest.Landing) {
		action, values := form(at)
		if action == "" {
			return
		}
		for what, header := range map[string][]string{
			"a foreign origin":  {"Origin", "https://evil.example"},
			"null":              {"Origin", "null"},
			"cross-site":        {"Sec-Fetch-Site", "cross-site"},
			"same-site":         {"Sec-Fetch-Site", "same-site"},
			"two kinds":         {"Origin", w.Issuer(), "Sec-Fetch-Site", "cross-site"},
			"the origin's twin": {"Origin", w.Issuer() + ".evil.example"},
		} {
			refusedPost(t, at.Page()+", "+what, w.post(b.HTTP(), action, values, header...))
		}
		for what, token := range map[string]string{"no token": "", "another token": strings.Repeat("A", 22)} {
			changed := url.Values{}
			for name, v := range values {
				changed[name] = v
			}
			changed.Set("csrf", token)
			refusedPost(t, at.Page()+", "+what, w.post(b.HTTP(), action, changed, "Sec-Fetch-Site", "same-origin", "Origin", w.Issuer()))
		}
		refusedPost(t, at.Page()+", no cookie", w.post(w.HTTP(), action, values, "Sec-Fetch-Site", "same-origin"))
		stranger := w.Stranger("eve@example.com", word).Browser()
		stranger.Open(w.app.Authorize().URL)
		refusedPost(t, at.Page()+", another browser", w.post(stranger.HTTP(), action, values, "Sec-Fetch-Site", "same-origin"))
	})
	if end.Answer("code") == "" {
		t.Errorf("the way ended at %v", end.URL)
	}
}

// CSR05: a step's address opened too early, or posted to, leads back to what is
// needed.
func TestThreat_CSR05_StepsOutOfOrder(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	at := b.Open(w.app.Authorize().URL)
	first, values := form(at)
	base := first[:strings.LastIndex(first, "/")+1]
	for _, step := range []string{"consent", "accounts", "code", "new-password", "finish", "done", "..", "signin%2f..%2fconsent"} {
		got := b.Open(base + step)
		if got.Answer("code") != "" || got.Page() == "consent" || got.Page() == "accounts" {
			t.Errorf("opening %s: page %q at %v", step, got.Page(), got.URL)
		}
		values.Set("done", "1")
		answer := w.post(b.HTTP(), base+step, values, "Sec-Fetch-Site", "same-origin", "Origin", w.Issuer())
		if to := answer.Header.Get("Location"); strings.Contains(to, "code=") || answer.StatusCode >= 500 {
			t.Errorf("posting to %s: %s to %s", step, answer.Status, to)
		}
	}
}

// CSR08: a session's cookie is a new one after each sign-in, and what was planted
// is worth nothing.
func TestThreat_CSR08_PlantedCookie(t *testing.T) {
	w := newWorld(t)
	issuer, err := url.Parse(w.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	eve := w.Person("eve@example.com", word).Browser()
	eve.SignIn(w.app.Authorize().URL)
	b := w.ada.Browser()
	b.HTTP().Jar.SetCookies(issuer, eve.HTTP().Jar.Cookies(issuer))
	planted := map[string]string{}
	for _, c := range eve.HTTP().Jar.Cookies(issuer) {
		planted[c.Name] = c.Value
	}
	if at := b.Open(w.app.Authorize().URL); at.Page() != "consent" || !strings.Contains(at.Body, "eve@example.com") {
		t.Fatalf("the page does not say whose session this is (CSR04): %q", at.Page())
	}
	b.Follow("switch")
	b.Follow("another")
	b.Submit("signin", map[string]string{"identifier": w.ada.Email})
	b.Continue()
	for _, c := range b.HTTP().Jar.Cookies(issuer) {
		if strings.Contains(c.Name, "kw_s_") && planted[c.Name] == c.Value {
			t.Errorf("%s is as it was planted", c.Name)
		}
	}
	if got := eve.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL); got.Answer("code") != "" {
		t.Error("who planted the cookie got a code after the sign-in")
	}
}

// CSR10, CSR12, CSR13: cookies and headers of every page.
func TestThreat_CSR10_CSR12_CSR13_CookiesAndFrames(t *testing.T) {
	w := newWorld(t)
	check := func(_ *providertest.Browser, at providertest.Landing) {
		if at.Status == 0 {
			return
		}
		if csp := at.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || at.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", at.Page(), at.Header)
		}
		seen := map[string]bool{}
		for _, c := range (&http.Response{Header: at.Header}).Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || seen[c.Name] {
				t.Errorf("%s sets %s", at.Page(), c)
			}
			seen[c.Name] = true
			if strings.Contains(c.Name, "kw_s_") && at.Page() == "signin" {
				t.Error("a session before anybody signed in")
			}
		}
	}
	w.walk(check)
	for _, path := range []string{"/nothing", "/authorize", "/interaction/x/y", "/end-session", "/signed-out"} {
		check(nil, w.ada.Browser().Open(w.Issuer()+path))
	}
}

// CSR16: reading changes nothing: a GET or HEAD where only a POST may act.
func TestThreat_CSR16_ReadingChangesNothing(t *testing.T) {
	w := newWorld(t)
	request := w.app.Authorize()
	b := w.ada.Browser()
	tokens := w.app.Redeem(request, b.SignIn(request.URL))
	for _, path := range []string{"/revoke?token=" + tokens.Refresh, "/token?grant_type=refresh_token&refresh_token=" + tokens.Refresh, "/introspect?token=" + tokens.Access} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
			if got := w.raw(method, path, ""); got.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path[:8], got.Status)
			}
		}
	}
	if landed := b.Open(w.Issuer() + "/end-session"); landed.Page() != "signout" {
		t.Errorf("a bare GET of end-session shows %q", landed.Page())
	}
	if got := w.app.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("the refresh token is gone: %d %s", got.Status, got.Body)
	}
	if landed := b.Open(w.app.Authorize().URL); landed.Page() != "consent" {
		t.Errorf("the session is gone: %q", landed.Page())
	}
}
