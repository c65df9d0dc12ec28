package requirements

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// MA-03: an issuer answers for its own path alone, at each place where clients
// look; other paths have no document, least of all one with this issuer in it.
func TestMA03_OtherPathsHaveNoDocument(t *testing.T) {
	for path, there := range map[string][]string{
		"":          {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"},
		"/tenant/a": {"/.well-known/oauth-authorization-server/tenant/a", "/.well-known/openid-configuration/tenant/a", "/tenant/a/.well-known/openid-configuration"},
	} {
		w := newWorld(t, providertest.WithPath(path))
		origin := strings.TrimSuffix(w.Issuer(), path)
		for _, place := range []string{
			"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
			"/.well-known/oauth-authorization-server/tenant/a", "/.well-known/openid-configuration/tenant/a", "/tenant/a/.well-known/openid-configuration",
			"/.well-known/oauth-authorization-server/tenant/b", "/.well-known/oauth-authorization-server/tenant", "/.well-known/oauth-authorization-server/tenant/a/",
			"/.well-known/oauth-authorization-server/Tenant/a", "/tenant/b/.well-known/openid-configuration", "/tenant/a/.well-known/openid-configuration/",
			"/.well-known/openid-configuration/x", "/tenant/.well-known/openid-configuration",
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+place, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := http.StatusNotFound
			if slices.Contains(there, place) {
				want = http.StatusOK
			}
			got := w.Do(r)
			if got.Status != want || want == http.StatusNotFound && strings.Contains(string(got.Body), "token_endpoint") {
				t.Errorf("issuer %q: %s is %d", path, place, got.Status)
			}
		}
	}
}

// IS-05, IS-01: introspection is for POST, never cached, and for clients with a
// secret; whoever guesses at one is stopped. Tokens cannot be guessed at: what was
// not handed out is refused before the store is asked.
func TestIS05_IntrospectionIsNotForScanning(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"token": {"x"}}
	if got := w.app.Post("/introspect", form); got.Status != http.StatusOK || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if got := w.get("/introspect?token=x"); got.Status != http.StatusMethodNotAllowed || got.Header.Get("Allow") == "" {
		t.Errorf("GET: %d", got.Status)
	}
	guesser := *w.app
	guesser.Secret = "not the secret of this application"
	stopped := false
	for range 200 {
		got := guesser.Post("/introspect", form)
		if stopped = got.Status == http.StatusTooManyRequests; stopped {
			if got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
		if got.Status != http.StatusUnauthorized {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	if !stopped {
		t.Error("200 guesses at a secret")
	}
}

// DV-05: without the switch there is no device grant: not in the metadata, not at
// its addresses, not at the token endpoint.
func TestDV05_TheDeviceGrantIsOff(t *testing.T) {
	w := newWorld(t)
	if got := w.get("/.well-known/openid-configuration"); strings.Contains(string(got.Body), "device") {
		t.Errorf("%s", got.Body)
	}
	for _, path := range []string{"/device", "/device_authorization"} {
		if got := w.get(path); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	got := w.app.Token(url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {"x"}})
	if got.Error != "unsupported_grant_type" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// agents are a program that registered itself and one that was written down.
func (w world) agents() []*providertest.Client {
	w.t.Helper()
	waiting := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(waiting.Close)
	to := waiting.URL + "/cb"
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.Issuer()+"/register",
		strings.NewReader(`{"client_name":"Agent","redirect_uris":["`+to+`"],"grant_types":["authorization_code","refresh_token"]}`))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	got := w.Do(r)
	_, id, _ := strings.Cut(string(got.Body), `"client_id":"`)
	id, _, _ = strings.Cut(id, `"`)
	if got.Status != http.StatusCreated || id == "" {
		w.t.Fatalf("%d %s", got.Status, got.Body)
	}
	written := w.Client(clientreg.Seed{
		ID: "desk", Name: "Desk", AuthMethod: "none", RedirectURIs: []string{to}, Scope: "openid offline_access read", Resources: []string{notes},
	})
	registered := *written
	registered.ID = id
	return []*providertest.Client{&registered, written}
}

// MC-09, MC-10, MC-17, D8: what public clients get is short and rotates; they get it by
// offline_access without prompt=consent; the page they are agreed to on says who
// asks, for what, and where the browser goes, in no frame and by no GET.
func TestMC09_MC10_MC17_PublicClients(t *testing.T) {
	w := newWorld(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Clients = append(c.Clients, clientreg.Dynamic(clientreg.DynamicOptions{}))
	}))
	if got := w.get("/.well-known/oauth-authorization-server"); !strings.Contains(string(got.Body), `"offline_access"`) {
		t.Error("MC-10: offline_access is not offered")
	}
	for _, c := range w.agents() {
		b := w.ada.Browser()
		request := c.AuthorizeWith(url.Values{"resource": {notes}}, "read", "offline_access")
		b.Open(request.URL)
		b.Submit("signin", map[string]string{"identifier": w.ada.Email})
		page := b.Submit("password-form", map[string]string{"password": word})
		if page.Page() != "consent" {
			t.Fatalf("%.10s: %s", c.ID, page.Page())
		}
		for _, words := range []string{"127.0.0.1", "notes.example", "read"} {
			if !page.Says(words) {
				t.Errorf("MC-17: %.10s: the page does not say %q", c.ID, words)
			}
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("MC-17: %q", policy)
		}
		if again := b.Open(page.URL.String() + "?decision=allow&mine=1&digest=" + page.Field("consent", "digest")); again.Page() != "consent" {
			t.Errorf("MC-17: a GET led to %s", again.Page())
		}
		tokens := c.Redeem(request, b.Continue())
		if tokens.Refresh == "" || tokens.ExpiresIn <= 0 || time.Duration(tokens.ExpiresIn)*time.Second > core.DefaultLifetimes().AccessToken {
			t.Fatalf("MC-09: %.10s: %+v", c.ID, tokens)
		}
		next := c.Refresh(tokens.Refresh)
		if next.Status != http.StatusOK || next.Refresh == "" || next.Refresh == tokens.Refresh {
			t.Errorf("MC-09: %.10s: %d, rotated %v", c.ID, next.Status, next.Refresh != tokens.Refresh)
		}
	}
}
