package attacks_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

const secret = "three quiet otters at noon"

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// journal is what an operator could read, at the lowest level.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) option() providertest.Option {
	return providertest.WithLogger(slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

const marker = "MARKzz"

// hostile is what strangers send, as a query and as a form.
func hostile() map[string]string {
	named := ""
	for _, name := range []string{
		"client_id", "redirect_uri", "state", "code", "token", "grant_type", "id_token_hint", "post_logout_redirect_uri", "csrf", "scope",
		"login_hint", "ui_locales", "refresh_token", "client_assertion", "error", "error_description", "request_uri", "return_to",
	} {
		named += name + "=https://" + marker + ".example/%22%3E%3Cscript%3E%27%20OR%201%3D1--&"
	}
	return map[string]string{
		"nothing": "", "names": named, "twice": "client_id=" + marker + "&client_id=x", "NUL": "state=%00" + marker, "not UTF-8": "a=%ff" + marker,
		"not a code": "a=%zz" + marker, "a line": "state=" + marker + "%0d%0aSet-Cookie:x=y", "many": strings.Repeat("a=1&", 20_000),
		"long": "x=" + strings.Repeat("A", 200_000), "deep": "claims=" + strings.Repeat("%5B", 5_000), "no end": "claims=%7B%22a%22:" + marker,
		"SQL": "client_id=%27%3B%20DROP%20TABLE%20clients%3B--" + marker, "a token": "access_token=" + marker,
	}
}

// TestThreat_SQL01_IDN06_XSS05_LEA11_NoInputIsAFaultOrAnEcho sends everything to
// every address by every method.
func TestThreat_SQL01_IDN06_XSS05_LEA02_LEA11_NoInputIsAFaultOrAnEcho(t *testing.T) {
	log := &journal{}
	p := providertest.New(t, log.option())
	p.Client(clientreg.Seed{})
	paths := []string{
		"/authorize", "/interaction/kw_in_x/start", "/interaction/" + marker + "/" + marker, "/end-session", "/signed-out", "/account/password",
		"/assets/" + marker, "/token", "/revoke", "/introspect", "/userinfo", "/jwks", "/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server", "/link/" + marker, "/" + marker, "//" + marker, "/x/../" + marker, "/healthz", "/readyz",
	}
	methods := []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", marker}
	for _, path := range paths {
		for _, method := range methods {
			for name, input := range hostile() {
				c := fresh(p, "198.51.100.1:1")
				q, err := http.NewRequest(method, p.Issuer()+path+"?"+input, nil)
				if method == http.MethodPost {
					q, err = http.NewRequest(method, p.Issuer()+path, strings.NewReader(input))
				}
				if err != nil {
					t.Fatal(err)
				}
				q.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://" + marker}, "User-Agent": {marker}}
				w := c.do(q)
				if w.Code >= 500 || w.Header().Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s, %s: %d %v", method, path, name, w.Code, w.Header())
				}
				if all := fmt.Sprint(w.Header(), w.Body); strings.Contains(all, marker) {
					t.Errorf("%s %s, %s: %d says %.300s", method, path, name, w.Code, all)
				}
			}
		}
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, marker) && !strings.Contains(line, "method="+marker) {
			t.Errorf("the log says: %s", line)
		}
	}
}

// TestThreat_CSR05_NoStepCanBeForced posts every form to every step of every
// state, with the right token against cross-site requests.
func TestThreat_CSR05_NoStepCanBeForced(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	start := func() string { return app.Authorize().URL }
	at := func(address string) *caller { c := fresh(p, "198.51.100.1:1"); c.get(address); return c }
	named := func(address string) *caller {
		c := at(address)
		v := c.fields()
		v.Set("identifier", ada.Email)
		c.post(c.at, v)
		return c
	}
	known := func(address string) *caller { c := named(address); c.choose(secret); return c }
	states := map[string]func() *caller{
		"a start": func() *caller { return at(start()) }, "a name": func() *caller { return named(start()) }, "a question": func() *caller { return known(start()) },
		"a sign-up":        func() *caller { return at(app.AuthorizeWith(url.Values{"prompt": {"create"}}).URL) },
		"an account":       func() *caller { return known(p.Issuer() + "/account/password") },
		"nobody's account": func() *caller { return at(p.Issuer() + "/account/password") },
	}
	steps := []string{
		"start", "signin", "accounts", "signup", "verify", "consent", "act", "refused", "finished", "password", "reset", "new-password", "code",
		"change", "nosuch", "%00", "..%2f",
	}
	forms := []url.Values{
		{}, {"identifier": {"'; DROP TABLE accounts;--"}}, {"way": {"x"}}, {"account": {"x"}}, {"decision": {"allow"}}, {"decision": {"allow"}, "digest": {"x"}},
		{"password": {"x"}, "current": {"x"}}, {"password": {better}, "name": {"n"}, "email": {"a@b.example"}}, {"code": {"123456"}}, {"again": {"1"}},
		{"email": {"' OR 1=1 --@x.example"}}, {"name": {strings.Repeat("n", 5000)}, "email": {strings.Repeat("e", 5000)}, "password": {strings.Repeat("p", 5000)}},
		{"identifier": {strings.Repeat("i", 30_000)}}, {"done": {"1"}, "finished": {"true"}, "step": {"consent"}, "outcome": {"{}"}},
	}
	for state, begin := range states {
		for _, step := range steps {
			c := begin()
			base, token := c.at[:strings.LastIndex(c.at, "/")], c.fields()
			token.Del("digest")
			for n, form := range forms {
				v := maps.Clone(token)
				maps.Copy(v, form)
				w := c.post(base+"/"+step, v)
				if w.Code >= 500 || strings.Contains(w.Header().Get("Location"), "code=") || strings.Contains(fmt.Sprint(w.Header()), "__Host-kw_s_") {
					t.Errorf("%s, %s, form %d: %d %v", state, step, n, w.Code, w.Header())
				}
			}
			p.Advance(3 * time.Hour)
		}
	}
}

// TestThreat_LEA01_TheLogHoldsNoSecret uses everything, rightly and wrongly.
func TestThreat_LEA01_TheLogHoldsNoSecret(t *testing.T) {
	log := &journal{}
	p := providertest.New(t, log.option())
	app := p.Client(clientreg.Seed{LogoutURIs: []string{"https://app.example/bye"}})
	ada := p.Person("ada@example.com", secret)
	all, sessionCookie := artefacts(t, p, app, ada)
	for _, d := range doors(p, app, sessionCookie) {
		for _, artefact := range all {
			d.open(artefact)
			d.open(artefact + "x")
		}
	}
	q := app.Authorize()
	code := ada.Browser().SignIn(q.URL).Answer("code")
	app.Token(redemption(app, q, code))
	app.Token(redemption(app, q, code))
	guesses(t, fresh(p, "198.51.100.1:1"), q.URL, ada.Email)
	text := log.String()
	if !strings.Contains(text, "refused") {
		t.Fatal("nothing was logged")
	}
	maps.Copy(all, map[string]string{
		"password": secret, "wrong password": "wrong wrong wrong", "client secret": app.Secret, "verifier": q.Verifier, "spent code": code,
		"state": q.State, "address": ada.Email,
	})
	for name, value := range all {
		if at := strings.Index(text, value); at >= 0 {
			t.Errorf("the %s: %s", name, text[max(0, at-200):at])
		}
		if parts := strings.Split(value, "."); len(parts) == 3 && strings.Contains(text, parts[1]) {
			t.Errorf("the claims of the %s", name)
		}
	}
}
