package proxies

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core/providertest"
)

// The recipes work as they stand.
func TestRecipes(t *testing.T) {
	for _, r := range recipes {
		t.Run(r.file, func(t *testing.T) {
			w := newWorld(t, r)
			w.t = t
			tokens := w.signIn(t)
			w.discovery(t)
			w.forged(t)
			w.callers(t)
			w.bounds(t)
			w.hostile(t)
			w.silence(t, tokens)
			tokens = w.reloaded(t, tokens)
			w.drained(t, tokens)
		})
	}
}

// signIn goes through a whole sign-in, by HTTP/2, with a state and a nonce as long
// as applications make them.
func (w *world) signIn(t *testing.T) providertest.Tokens {
	t.Helper()
	by := w.from("127.0.0.2", true)
	long := strings.Repeat("/s", 2048) // 8 KiB in a query
	nonce := strings.Repeat("n", 512)
	request := w.app.AuthorizeWith(url.Values{"state": {long}, "nonce": {nonce}})
	b := w.Person("ada@example.com", "seven slow trains to Turin").Browser()
	b.HTTP().Transport = by
	w.heard.take()
	landed := b.SignIn(request.URL)
	if landed.URL == nil || landed.Answer("state") != long || landed.Answer("iss") != w.Issuer() || landed.Answer("code") == "" {
		t.Fatalf("the browser is at %.200v: %d %s", landed.URL, landed.Status, landed.Body)
	}
	answer, body := w.token(by, url.Values{
		"grant_type": {"authorization_code"}, "code": {landed.Answer("code")}, "redirect_uri": {w.app.RedirectURI}, "code_verifier": {request.Verifier},
	})
	tokens := w.tokens(t, answer, body)
	if answer.ProtoMajor != 2 || tokens.ID == "" || tokens.Refresh == "" {
		t.Errorf("%s: %s", answer.Proto, body)
	}
	answer, body = w.token(by, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	tokens = w.tokens(t, answer, body)
	if answer, body = w.ask(by, http.MethodGet, w.path+"/userinfo", "", http.Header{"Authorization": {"Bearer " + tokens.Access}}); answer.StatusCode != 200 {
		t.Errorf("userinfo: %d %s", answer.StatusCode, body)
	}
	if at := w.heard.take(); !at["127.0.0.2"] || at["127.0.0.1"] {
		t.Errorf("the events name %v", at)
	}
	return tokens
}

func (w *world) tokens(t *testing.T, answer *http.Response, body string) (tokens providertest.Tokens) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the token endpoint answers %d %s", answer.StatusCode, body)
	}
	return tokens
}

// MA-01, MA-02: the documents are at every address that clients try.
func (w *world) discovery(t *testing.T) {
	t.Helper()
	by := w.from("127.0.0.1", true)
	paths := []string{"/.well-known/oauth-authorization-server" + w.path, w.path + "/.well-known/openid-configuration"}
	if w.path != "" {
		paths = append(paths, "/.well-known/openid-configuration"+w.path)
	}
	for _, path := range paths {
		answer, body := w.ask(by, http.MethodGet, path, "", nil)
		var document struct {
			Issuer string `json:"issuer"`
			JWKS   string `json:"jwks_uri"`
		}
		if err := json.Unmarshal([]byte(body), &document); err != nil || document.Issuer != w.Issuer() || document.JWKS != w.Issuer()+"/jwks" {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
		answer, body = w.ask(by, http.MethodGet, path, "", http.Header{"If-None-Match": {answer.Header.Get("ETag")}})
		if answer.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s, known already: %d", path, answer.StatusCode)
		}
		if answer, _ = w.ask(by, http.MethodOptions, path, "", http.Header{"Origin": {"https://spa.example"}, "Access-Control-Request-Method": {"GET"}}); len(answer.Header["Access-Control-Allow-Origin"]) != 1 {
			t.Errorf("%s: a preflight is answered by %d %v", path, answer.StatusCode, answer.Header)
		}
	}
	if answer, body := w.ask(by, http.MethodGet, "/.well-known/webauthn", "", nil); !strings.Contains(body, "https://login.example.org") {
		t.Errorf("the origins of passkeys: %d %s", answer.StatusCode, body)
	}
	if answer, _ := w.ask(by, http.MethodGet, "/.well-known/oauth-authorization-server/other", "", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a document for another path: %d", answer.StatusCode)
	}
	plain, err := w.from("127.0.0.1", false).RoundTrip(must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:"+w.plain+w.path+"/jwks", http.NoBody)))
	if err != nil {
		t.Fatal(err)
	}
	_ = plain.Body.Close()
	if to := plain.Header.Get("Location"); plain.StatusCode != http.StatusPermanentRedirect || !strings.HasPrefix(to, "https://localhost") {
		t.Errorf("plain http leads to %d %q", plain.StatusCode, to)
	}
}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

// HDR02, HDR06, BC-05: what comes from outside in the name of a proxy ends here.
func (w *world) forged(t *testing.T) {
	t.Helper()
	forged := http.Header{}
	for _, name := range []string{"Forwarded", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Client-Cert", "X-Ssl-Client-Cert"} {
		forged[name] = []string{"for=192.0.2.66;host=evil.example;proto=http"}
	}
	forged["X-Forwarded-For"] = []string{"192.0.2.66"}
	for _, two := range []bool{true, false} {
		if !two {
			forged["Connection"] = []string{"X-Forwarded-For"}
		}
		answer, body := w.ask(w.from("127.0.0.4", two), http.MethodGet, w.path+"/.well-known/openid-configuration", "", forged)
		if answer.StatusCode != http.StatusOK || strings.Contains(body, "evil") || !strings.Contains(body, w.Issuer()+"/jwks") {
			t.Errorf("%s: %d %s", answer.Proto, answer.StatusCode, body)
		}
		w.heard.mu.Lock()
		got := w.heard.last.Header
		w.heard.mu.Unlock()
		if at := got["X-Forwarded-For"]; len(at) != 1 || at[0] != "127.0.0.4" {
			t.Errorf("%s: the provider hears of %q", answer.Proto, at)
		}
		if strings.Contains(fmt.Sprint(got), "192.0.2.66") {
			t.Errorf("%s: the provider hears %v", answer.Proto, got)
		}
	}
}

// HDR05: limits count who calls, not the proxy and not what the caller says.
func (w *world) callers(t *testing.T) {
	t.Helper()
	for i, c := range []struct {
		from string
		want int
	}{{"127.0.0.5", 201}, {"127.0.0.5", 201}, {"127.0.0.5", 429}, {"127.0.0.5", 429}, {"127.0.0.6", 201}, {"127.0.0.6", 201}, {"127.0.0.6", 429}} {
		answer, body := w.ask(w.from(c.from, i%2 == 0), http.MethodPost, w.path+"/register", `{"redirect_uris":["http://127.0.0.1/cb"],"client_name":"A"}`, http.Header{
			"Content-Type": {"application/json"}, "X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", i)}, "Forwarded": {fmt.Sprintf("for=192.0.2.%d", i)},
		})
		if answer.StatusCode != c.want {
			t.Errorf("call %d, from %s, is answered by %d %s", i, c.from, answer.StatusCode, body)
		}
	}
}

// bounds: what the world has no business with, and what is too much.
func (w *world) bounds(t *testing.T) {
	t.Helper()
	if answer, _ := w.ask(w.from("127.0.0.7", true), http.MethodGet, "/healthz", "", nil); answer.StatusCode != w.health {
		t.Errorf("/healthz tells strangers %d", answer.StatusCode)
	}
	near := http.StatusOK
	if w.path != "" {
		near = http.StatusNotFound // the host's own pages are there
	}
	if answer, _ := w.ask(w.from("127.0.0.1", true), http.MethodGet, "/readyz", "", nil); answer.StatusCode != near {
		t.Errorf("/readyz tells the balancer %d", answer.StatusCode)
	}
	answer, _ := w.token(w.from("127.0.0.7", true), url.Values{"x": {strings.Repeat("x", 2<<20)}})
	switch answer.StatusCode {
	case http.StatusRequestEntityTooLarge, http.StatusBadRequest: // the proxy, or the provider while the proxy passes it on
	case http.StatusBadGateway: // Caddy, where it meets its own bound while the provider has not answered yet
	default:
		t.Errorf("2 MB are answered by %d", answer.StatusCode)
	}
	long := w.app.AuthorizeWith(url.Values{"state": {strings.Repeat("//", 2048)}}).URL // 12 KiB in a request line
	_, at, _ := strings.Cut(long, ":"+w.https)
	if answer, body := w.ask(w.from("127.0.0.7", false), http.MethodGet, at, "", nil); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("a long request is answered by %d %.200s", answer.StatusCode, body)
	}
	page, _ := w.ask(w.from("127.0.0.7", true), http.MethodGet, w.path+"/signed-out", "", nil)
	if page.StatusCode != http.StatusOK || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Strict-Transport-Security") == "" || page.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("a page comes with %d %v", page.StatusCode, page.Header)
	}
}

// silence: the access log holds nothing that could be used.
func (w *world) silence(t *testing.T, tokens providertest.Tokens) {
	t.Helper()
	log := w.logs()
	if !strings.Contains(log, "127.0.0.2") || !strings.Contains(log, w.path+"/authorize") {
		t.Errorf("the log lacks requests: %s", log)
	}
	for _, secret := range []string{"code=", "state=", "%2Fs", "/s/s", "kw_", tokens.Refresh, tokens.Access} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log holds %q: …%s", secret, log[max(0, at-200):min(len(log), at+100)])
		}
	}
}

// reloaded: a request under way ends well while the proxy reads its file again.
func (w *world) reloaded(t *testing.T, tokens providertest.Tokens) providertest.Tokens {
	t.Helper()
	type result struct {
		answer *http.Response
		body   string
	}
	done := make(chan result, 1)
	by := w.from("127.0.0.8", true)
	go func() {
		answer, body := w.token(by, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}, "X-Hold", "yes")
		done <- result{answer, body}
	}()
	<-w.held
	w.reload()
	w.await("the new configuration", func() bool {
		answer, _ := w.ask(w.from("127.0.0.1", true), http.MethodGet, w.path+"/jwks", "", nil)
		return answer.StatusCode == http.StatusOK && answer.Header.Get("X-Reloaded") == "yes"
	})
	close(w.release)
	got := <-done
	return w.tokens(t, got.answer, got.body)
}

// drained: one of two replicas leaves, and nobody notices.
func (w *world) drained(t *testing.T, tokens providertest.Tokens) {
	t.Helper()
	by := w.from("127.0.0.9", true)
	leaving := make(chan error, 1)
	for i := range 60 {
		if i == 20 {
			go func() { leaving <- w.leaving.Shutdown(t.Context()) }()
		}
		if i == 40 {
			if err := <-leaving; err != nil {
				t.Error(err)
			}
		}
		answer, body := w.ask(by, http.MethodGet, w.path+"/userinfo", "", http.Header{"Authorization": {"Bearer " + tokens.Access}})
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("request %d is answered by %d %s", i, answer.StatusCode, body)
		}
	}
	answer, body := w.token(by, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	w.tokens(t, answer, body)
}
