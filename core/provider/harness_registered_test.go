package provider_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

const (
	loopback  = "http://127.0.0.1/cb"
	assistant = "https://assistant.example/callback"
	cli       = `{"client_name":"Todo CLI","redirect_uris":["http://127.0.0.1/cb"],"grant_types":["authorization_code","refresh_token"],
		"scope":"openid email","id_token_signed_response_alg":"ES256"}`
)

// storedLane serves what is in the store, but for the ids of other lanes.
type storedLane struct{ anyLane }

func (storedLane) Owns(id string) bool { return !strings.HasPrefix(id, "kw_cl_") }

// registering is a world in which clients register themselves.
func registering(o clientreg.DynamicOptions) func(*provider.Config) {
	return func(c *provider.Config) {
		c.Tools.Offers = core.Offers{
			Algorithms: []string{"RS256", "ES256"}, Scopes: []string{"openid", "email", "offline_access", "admin"}, Vetted: []string{"admin"},
		}
		c.Lanes = []core.ClientLane{storedLane{}, clientreg.Dynamic(o)}
	}
}

func newRegisteringWorld(t testing.TB, o clientreg.DynamicOptions) *world {
	t.Helper()
	return newWorld(t, registering(o))
}

// reply is what a client hears.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (r reply) says(name string) string {
	s, _ := r.body[name].(string)
	return s
}

// send is a request without a browser, from an address of its own.
func (w *world) send(method, path, body string, headers ...string) reply {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, issuer+path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:5000"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "from" {
			r.RemoteAddr = headers[i+1] + ":5000"
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.provider.ServeHTTP(rec, r)
	out := reply{status: rec.Code, header: rec.Header(), text: rec.Body.String()}
	if rec.Body.Len() > 0 {
		w.must(json.Unmarshal(rec.Body.Bytes(), &out.body))
	}
	if out.status >= 500 {
		w.t.Errorf("%s %s: status %d", method, path, out.status)
	}
	return out
}

// register registers and gives the id.
func (w *world) register(body string, headers ...string) string {
	w.t.Helper()
	r := w.send(http.MethodPost, "/register", body, headers...)
	if r.status != http.StatusCreated {
		w.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r.says("client_id")
}

// atLoopback is a request of a registered client.
func atLoopback(id string, more ...string) string {
	return request(id, append([]string{"redirect_uri", "http://127.0.0.1:49152/cb"}, more...)...)
}

// approve goes from a request to the answer, by way of the consent page.
func (b *browser) approve(target string) url.Values {
	b.w.t.Helper()
	s := b.get(target)
	if s.Name == core.PageSignIn {
		s = b.submit(s, "identifier", "ada@example.com")
		s = b.submit(s, "password", "open")
	}
	b.want(s, core.PageConsent)
	s = b.submit(s, "decision", "allow", "mine", "on", "remember", "on")
	u, err := url.Parse(s.location)
	b.w.must(err)
	if s.status != http.StatusSeeOther || u.Query().Get("code") == "" {
		b.w.t.Fatalf("no code: status %d, page %q, location %q", s.status, s.Name, s.location)
	}
	return u.Query()
}

// wantError wants the page of an error, and no redirect.
func (b *browser) wantError(s shown, e *core.PageError) {
	b.w.t.Helper()
	if s.Error != e.Name || s.location != "" {
		b.w.t.Fatalf("page %q (error %q, status %d, location %q), want the error %q", s.Name, s.Error, s.status, s.location, e.Name)
	}
}

// token asks the token endpoint.
func (w *world) token(pairs ...string) reply {
	w.t.Helper()
	return w.send(http.MethodPost, "/token", fields(pairs...).Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (w *world) redeem(id, code string) reply {
	w.t.Helper()
	return w.token("client_id", id, "grant_type", "authorization_code", "code", code, "code_verifier", verifier,
		"redirect_uri", "http://127.0.0.1:49152/cb")
}

func (w *world) refresh(id, token string) reply {
	w.t.Helper()
	return w.token("client_id", id, "grant_type", "refresh_token", "refresh_token", token)
}

// rows counts what is stored of clients, and of what happened.
func (w *world) rows() (clients, events int) {
	w.t.Helper()
	all, err := w.store.Clients(w.t.Context(), "", 1000)
	w.must(err)
	log, err := w.store.Events(w.t.Context(), core.EventFilter{}, core.PageOf{Limit: 1000})
	w.must(err)
	return len(all), len(log)
}
