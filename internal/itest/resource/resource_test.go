package resource

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/core/resource"
)

const (
	notes   = "https://notes.example/api"
	gallery = "https://gallery.example/api"
	word    = "three quiet otters at noon"
)

// world is a provider of two resources, whose tokens are JWTs and opaque, with an application, an API for each and a person.
type world struct {
	t      *testing.T
	p      *providertest.Provider
	app    *providertest.Client
	ada    *providertest.Person
	guards map[string]*resource.Resource
	down   atomic.Bool  // the APIs do not reach the provider
	asked  atomic.Int64 // requests of the APIs to the provider
}

func newWorld(t *testing.T, options ...providertest.Option) *world {
	t.Helper()
	w := &world{t: t, guards: map[string]*resource.Resource{}}
	w.p = providertest.New(t, append([]providertest.Option{providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{
			{URI: notes, Scopes: []string{"read", "write"}, Format: core.JWT}, {URI: gallery, Scopes: []string{"look"}},
		}
	})}, options...)...)
	w.app = w.p.Client(clientreg.Seed{ID: "app", Resources: []string{notes, gallery}, Scope: "openid offline_access read write look"})
	w.ada = w.p.Person("ada@example.com", word)
	api := w.p.Client(clientreg.Seed{ID: "gallery:api", RedirectURIs: []string{"https://gallery.example/cb"}, Serves: []string{gallery}})
	w.guards[notes] = w.guard(resource.Options{Resource: notes, Issuers: []resource.Issuer{{URL: w.p.Issuer()}}})
	w.guards[gallery] = w.guard(resource.Options{Resource: gallery, Issuers: []resource.Issuer{{
		URL: w.p.Issuer(), Introspection: &resource.Introspection{ClientID: api.ID, ClientSecret: resource.Secret(api.Secret)},
	}}})
	return w
}

func (w *world) guard(o resource.Options) *resource.Resource {
	w.t.Helper()
	o.Now, o.InsecureAllowLoopback, o.HTTP = w.p.Now, true, &http.Client{Transport: w, Timeout: 5 * time.Second}
	s, err := resource.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// RoundTrip is the way of the APIs to the provider.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.asked.Add(1)
	if w.down.Load() {
		return nil, http.ErrServerClosed
	}
	return http.DefaultTransport.RoundTrip(r)
}

// tokens are those of a new sign-in for a resource.
func (w *world) tokens(at string, scopes ...string) providertest.Tokens {
	w.t.Helper()
	request := w.app.AuthorizeWith(url.Values{"resource": {at}}, scopes...)
	return w.app.Redeem(request, w.ada.Browser().SignIn(request.URL))
}

// call asks the API of a resource, and gives its status and challenge.
func (w *world) call(at, token string, need resource.Need) (status int, challenge string) {
	w.t.Helper()
	handler := w.guards[at].ProtectWith(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got, _ := resource.FromContext(r.Context())
		if account := w.ada.Account(); got.Issuer != w.p.Issuer() || got.Subject != account.Subject() || got.ClientID != "app" {
			w.t.Errorf("the token says %+v", got)
		}
	}), need)
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, at, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer.Code, answer.Header().Get("WWW-Authenticate")
}

func (w *world) want(what, at, token string, need resource.Need, status int) {
	w.t.Helper()
	if got, challenge := w.call(at, token, need); got != status {
		w.t.Errorf("%s: %d %s, want %d", what, got, challenge, status)
	}
}

// PR-07, AT-02, RI-02: a token opens the resource that it is for, in either form; nothing else of the provider opens anything.
func TestPR07_AT02_tokensOfAProvider(t *testing.T) {
	w := newWorld(t)
	signed, opaque := w.tokens(notes, "openid", "offline_access", "read"), w.tokens(gallery, "openid", "look")
	read, look := resource.Need{Scopes: []string{"read"}}, resource.Need{Scopes: []string{"look"}}
	w.want("JWT", notes, signed.Access, read, 200)
	w.want("opaque", gallery, opaque.Access, look, 200)
	w.want("a scope it has not", notes, signed.Access, resource.Need{Scopes: []string{"write"}}, 403)
	for what, token := range map[string]string{
		"ID token": signed.ID, "refresh token": signed.Refresh, "opaque token of another resource": opaque.Access, "cut": signed.Access[:len(signed.Access)-4],
	} {
		w.want(what+" at notes", notes, token, read, 401)
	}
	for what, token := range map[string]string{"ID token": signed.ID, "refresh token": signed.Refresh, "JWT of another resource": signed.Access} {
		w.want(what+" at gallery", gallery, token, look, 401)
	}
	w.want("none", notes, "", read, 401)
	w.p.Advance(time.Hour + time.Minute)
	w.want("expired JWT", notes, signed.Access, read, 401)
	w.want("expired opaque", gallery, opaque.Access, look, 401)
}

// PRM05: what is revoked is over after the stated time at the latest.
func TestThreat_PRM05_revocation(t *testing.T) {
	w := newWorld(t)
	look := resource.Need{Scopes: []string{"look"}}
	token := w.tokens(gallery, "openid", "look").Access
	w.want("before", gallery, token, look, 200)
	asked := w.asked.Load()
	w.want("kept", gallery, token, look, 200)
	if w.asked.Load() != asked {
		t.Error("the provider was asked again")
	}
	if got := w.app.Post("/revoke", url.Values{"token": {token}}); got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	w.p.Advance(31 * time.Second)
	w.want("revoked", gallery, token, look, 401)
}

// ST-01: the challenge's max_age, given to the provider, brings a token that will do.
func TestST01_recentSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	sign := func(more url.Values) string {
		more.Set("resource", notes)
		request := w.app.AuthorizeWith(more, "openid", "read")
		return w.app.Redeem(request, b.SignIn(request.URL)).Access
	}
	need := resource.Need{Scopes: []string{"read"}, MaxAge: 5 * time.Minute}
	w.want("just signed in", notes, sign(url.Values{}), need, 200)
	w.p.Advance(10 * time.Minute)
	old := sign(url.Values{})
	status, challenge := w.call(notes, old, need)
	if status != 401 || !strings.Contains(challenge, `error="insufficient_user_authentication"`) || !strings.Contains(challenge, `max_age="300"`) {
		t.Fatalf("%d %s", status, challenge)
	}
	w.want("signed in again", notes, sign(url.Values{"max_age": {"300"}}), need, 200)
}

// PR-17, JWT04: tokens of keys that the provider never had make an API ask for its keys once in ten seconds.
func TestPR17_unknownKeys(t *testing.T) {
	w := newWorld(t)
	token := w.tokens(notes, "openid", "read").Access
	now := w.p.Now().Unix()
	claims, err := json.Marshal(map[string]any{
		"iss": w.p.Issuer(), "aud": notes, "sub": "x", "client_id": "app", "iat": now, "exp": now + 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	forged := b64([]byte(`{"alg":"ES256","kid":"nobody's","typ":"at+jwt"}`)) + "." + b64(claims) + "." + b64(make([]byte, 64))
	w.want("forged", notes, forged, resource.Need{}, 401)
	asked := w.asked.Load() // metadata and keys
	for range 5 {
		w.want("forged", notes, forged, resource.Need{}, 401)
		w.want("good", notes, token, resource.Need{}, 200)
	}
	if got := w.asked.Load(); got != asked {
		t.Errorf("asked %d times more", got-asked)
	}
	w.p.Advance(11 * time.Second)
	for range 5 {
		w.want("forged", notes, forged, resource.Need{}, 401)
	}
	if got := w.asked.Load(); got != asked+1 {
		t.Errorf("asked %d times more, want once", got-asked)
	}
}

// PRM07: while the provider is away, JWTs are checked and opaque tokens wait.
func TestThreat_PRM07_providerAway(t *testing.T) {
	w := newWorld(t)
	signed, opaque := w.tokens(notes, "openid", "read").Access, w.tokens(gallery, "openid", "look").Access
	w.want("JWT", notes, signed, resource.Need{}, 200)
	w.down.Store(true)
	w.want("JWT, away", notes, signed, resource.Need{}, 200)
	w.want("opaque, away", gallery, opaque, resource.Need{}, 503)
	w.down.Store(false)
	w.p.Advance(11 * time.Second)
	w.want("opaque, back", gallery, opaque, resource.Need{}, 200)
}

// An issuer with a path publishes its metadata where the resource looks for it.
func TestPR17_issuerWithAPath(t *testing.T) {
	w := newWorld(t, providertest.WithPath("/tenants/a"))
	w.want("JWT", notes, w.tokens(notes, "openid", "read").Access, resource.Need{}, 200)
	w.want("opaque", gallery, w.tokens(gallery, "openid", "look").Access, resource.Need{}, 200)
}
