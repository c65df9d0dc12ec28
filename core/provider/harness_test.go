package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
	"github.com/keywright/keywright/internal/pkce"
	"github.com/keywright/keywright/internal/server/keys"
)

const (
	issuer   = "http://localhost"
	callback = "https://app.example/cb?x=1"
	verifier = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
)

// world is one provider with a clock, a counting store and scripted people.
type world struct {
	t        testing.TB
	mu       sync.Mutex
	at       time.Time
	db       core.Database
	store    *provider.CallStore
	keys     *keys.Keys
	provider *provider.Provider
	config   provider.Config
}

func newWorld(t testing.TB, change ...func(*provider.Config)) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	db := memory.New()
	tenant := core.NewID(w.at)
	w.db = db
	w.must(db.CreateTenant(t.Context(), core.Tenant{ID: tenant, Name: "test", Row: core.Row{Change: core.NewID(w.at)}}))
	w.store = &provider.CallStore{Store: db.Tenant(tenant)}
	tools := core.Tools{Now: w.now, Logger: slog.New(slog.DiscardHandler), Lifetimes: core.DefaultLifetimes()}
	var err error
	w.keys, err = keys.Open(t.Context(), keys.Options{
		Store: w.store, Tenant: tenant, Secrets: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Algorithms: []string{"ES256"}, Lifetimes: core.DefaultLifetimes(), Now: w.now, Logger: tools.Logger,
	})
	w.must(err)
	w.config = provider.Config{
		Issuer: issuer, Tenant: tenant, Store: w.store, Keys: w.keys, Lanes: []core.ClientLane{anyLane{}},
		Authenticators: []core.Authenticator{secretWord{}}, Pages: plainPages{}, SignUp: true,
		Lifetimes: core.DefaultLifetimes(), Tools: tools,
		Scopes: []core.Scope{{Name: "openid"}, {Name: "email"}, {Name: "offline_access"}},
	}
	for _, c := range change {
		c(&w.config)
	}
	w.provider, err = provider.New(w.config)
	w.must(err)
	w.client("app", nil)
	w.person("ada@example.com")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// client stores a seeded client, changed as the test wants.
func (w *world) client(id string, change func(*core.Client)) core.Client {
	w.t.Helper()
	c := core.Client{ID: id, Lane: core.LaneSeeded, Row: core.Row{Change: core.NewID(w.now())}}
	c.Name, c.ClientURI, c.AuthMethod = "App", "https://app.example/", core.AuthSecretBasic
	c.RedirectURIs, c.LogoutURIs = []string{callback}, []string{"https://app.example/bye?y=2"}
	c.GrantTypes, c.Scopes = []string{core.GrantAuthorizationCode}, []string{"openid", "email", "offline_access"}
	if change != nil {
		change(&c)
	}
	w.must(w.store.CreateClient(context.Background(), c))
	return c
}

// person stores an account whose secret word is "open".
func (w *world) person(email string) core.Account {
	w.t.Helper()
	a := core.Account{ID: core.NewID(w.now()), Row: core.Row{Change: core.NewID(w.now())}}
	a.Email, a.EmailVerified, a.Name = email, true, "Person"
	w.must(w.store.CreateAccount(context.Background(), core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: email}},
	}))
	return a
}

// anyLane serves every client from the store.
type anyLane struct{ core.KeptHere }

func (anyLane) Lane() core.Lane                         { return core.LaneSeeded }
func (anyLane) Start(core.Tools) error                  { return nil }
func (anyLane) Owns(string) bool                        { return true }
func (anyLane) Apply(context.Context, core.Store) error { return nil }
func (anyLane) Load(ctx context.Context, s core.Store, id string) (core.Client, error) {
	return s.Client(ctx, id)
}

// plainPages draws a page as the JSON of its facts.
type plainPages struct{}

func (plainPages) Start(core.Tools) error { return nil }
func (plainPages) Locales() []string      { return []string{"en"} }
func (plainPages) Asset(name string) (core.Asset, bool) {
	return core.Asset{ContentType: "text/css", Bytes: []byte("a{}")}, name == "style.1.css"
}
func (plainPages) Letter(context.Context, core.Letter) (core.Mail, error) {
	return core.Mail{}, errors.New("not here")
}
func (plainPages) Page(_ context.Context, out io.Writer, p core.Page) error {
	return json.NewEncoder(out).Encode(struct {
		core.Page
		Post *core.AutoPost
	}{p, p.Post})
}

// shown is an answer as a test looks at it.
type shown struct {
	core.Page
	Post     *core.AutoPost
	status   int
	header   http.Header
	location string
	path     string // of the request that was answered
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	w   *world
	jar http.CookieJar
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{w, jar}
}

func (b *browser) do(method, target string, form url.Values, headers ...string) shown {
	b.w.t.Helper()
	if !strings.HasPrefix(target, "http") {
		target = issuer + target
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(b.w.t.Context(), method, target, body)
	r.RemoteAddr = "192.0.2.7:5000"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	secure := *r.URL
	secure.Scheme = "https" // a loopback address counts as secure for cookies
	for _, c := range b.jar.Cookies(&secure) {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.w.provider.ServeHTTP(rec, r)
	answer := rec.Result()
	b.jar.SetCookies(&secure, answer.Cookies())
	s := shown{status: rec.Code, header: rec.Header(), location: rec.Header().Get("Location"), path: r.URL.Path}
	if rec.Body.Len() > 0 && rec.Body.Bytes()[0] == '{' {
		b.w.must(json.Unmarshal(rec.Body.Bytes(), &s))
	}
	if s.status >= 500 && r.Header.Get("X-Fault") == "" {
		b.w.t.Errorf("%s %s: status %d", method, target, s.status)
	}
	return s
}

// follow does GETs as long as the answer leads to this issuer.
func (b *browser) follow(s shown) shown {
	b.w.t.Helper()
	for range 8 {
		if s.location == "" || !strings.HasPrefix(s.location, issuer+"/") {
			return s
		}
		s = b.do(http.MethodGet, s.location, nil)
	}
	b.w.t.Fatal("the redirects never end")
	return s
}

func (b *browser) get(target string) shown { return b.follow(b.do(http.MethodGet, target, nil)) }

// submit posts the form of a page with the fields given, and follows.
func (b *browser) submit(s shown, fields ...string) shown {
	b.w.t.Helper()
	return b.follow(b.do(http.MethodPost, s.Form.Action, s.fields(fields...)))
}

func (s shown) fields(fields ...string) url.Values {
	form := url.Values{}
	for name, value := range s.Form.Hidden {
		form.Set(name, value)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// request is an authorization request of a client.
func request(client string, more ...string) string {
	q := url.Values{
		"client_id": {client}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid email"},
		"state": {"s t&u=é"}, "nonce": {"n"}, "code_challenge": {pkce.Challenge(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		if q.Set(more[i], more[i+1]); more[i+1] == "" {
			q.Del(more[i])
		}
	}
	return "/authorize?" + q.Encode()
}

// signIn goes from an authorization request to what follows the secret word.
func (b *browser) signIn(target, email string) shown {
	b.w.t.Helper()
	s := b.get(target)
	b.want(s, core.PageSignIn)
	s = b.submit(s, "identifier", email)
	b.want(s, core.PagePassword)
	return b.submit(s, "password", "open")
}

// agree signs in and allows, and gives the answer at the client.
func (b *browser) agree(target, email string) shown {
	b.w.t.Helper()
	s := b.signIn(target, email)
	b.want(s, core.PageConsent)
	return b.submit(s, "decision", "allow", "remember", "on")
}

func (b *browser) want(s shown, page string) {
	b.w.t.Helper()
	if s.Name != page {
		b.w.t.Fatalf("page %q (error %q, status %d, location %q), want %q", s.Name, s.Error, s.status, s.location, page)
	}
}

// answer reads the parameters that went to the client.
func (b *browser) answer(s shown) url.Values {
	b.w.t.Helper()
	if s.status != http.StatusSeeOther || !strings.HasPrefix(s.location, callback) {
		b.w.t.Fatalf("no answer to the client: status %d, page %q, location %q", s.status, s.Name, s.location)
	}
	u, err := url.Parse(s.location)
	b.w.must(err)
	return u.Query()
}

// copyJar gives another browser the cookies that this one holds now.
func copyJar(t *testing.T, b *browser) http.CookieJar {
	t.Helper()
	u, err := url.Parse("https://localhost/")
	b.w.must(err)
	jar, err := cookiejar.New(nil)
	b.w.must(err)
	jar.SetCookies(u, b.jar.Cookies(u))
	return jar
}

// jarAlsoFor sends the cookies to another host as well, as a proxy that passes on
// a foreign Host does.
func jarAlsoFor(t *testing.T, b *browser, host string) http.CookieJar {
	t.Helper()
	jar := copyJar(t, b)
	jar.SetCookies(&url.URL{Scheme: "https", Host: host, Path: "/"}, b.jar.Cookies(&url.URL{Scheme: "https", Host: "localhost", Path: "/"}))
	return jar
}

// restart makes a new provider over the same rows, as another replica is.
func (w *world) restart() {
	w.t.Helper()
	var err error
	w.provider, err = provider.New(w.config)
	w.must(err)
}
