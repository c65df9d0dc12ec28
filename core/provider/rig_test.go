package provider

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/pkce"
	"github.com/keywright/keywright/internal/server/keys"
)

const (
	testIssuer   = "https://id.example"
	testAPI      = "https://api.example/v1"
	testMCP      = "https://mcp.example/mcp"
	testRedirect = "https://app.example/callback"
	testVerifier = "a-verifier-of-at-least-forty-three-characters-1"
	testSecret   = "a:secret%of+full entropy"
)

// rig is a provider over a memory store with one person signed in. Grants are
// put into the store as the browser's side would.
type rig struct {
	*Provider
	t       testing.TB
	store   *CallStore
	account core.Account
	session core.Session

	mu   sync.Mutex
	time time.Time
	seen []core.Event
}

// Observe keeps what was heard.
func (r *rig) Observe(_ context.Context, e core.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, e)
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.time
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.time = r.time.Add(d)
}

// rowLane is a lane over the rows of the store.
type rowLane struct{ core.KeptHere }

func (rowLane) Lane() core.Lane                         { return core.LaneSeeded }
func (rowLane) Start(core.Tools) error                  { return nil }
func (rowLane) Owns(string) bool                        { return true }
func (rowLane) Apply(context.Context, core.Store) error { return nil }
func (rowLane) Load(ctx context.Context, s core.Store, id string) (core.Client, error) {
	return s.Client(ctx, id)
}

func newRig(t testing.TB, change ...func(*Config)) *rig {
	return newRigOn(t, memory.New(), change...)
}

// onEach runs a test over every database that needs no server.
func onEach(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("memory", func(t *testing.T) { test(t, newRig(t)) })
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "keywright.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, newRigOn(t, db))
	})
}

func newRigOn(t testing.TB, db core.Database, change ...func(*Config)) *rig {
	r := &rig{t: t, time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	tenant := core.NewID(r.time)
	r.must(db.CreateTenant(t.Context(), core.Tenant{ID: tenant, Name: "test"}))
	r.store = &CallStore{Store: db.Tenant(tenant)}
	logger := slog.New(slog.DiscardHandler)
	k, err := keys.Open(t.Context(), keys.Options{
		Store: r.store, Tenant: tenant, Secrets: [][]byte{[]byte(strings.Repeat("s", 32))},
		Algorithms: []string{"ES256", "EdDSA", "RS256"}, Lifetimes: core.DefaultLifetimes(), Now: r.clock, Logger: logger,
	})
	r.must(err)
	c := Config{
		Issuer: testIssuer, Tenant: tenant, Store: r.store, Keys: k, Lanes: []core.ClientLane{rowLane{}},
		Lifetimes: core.DefaultLifetimes(), Tools: core.Tools{Now: r.clock, Logger: logger, Observer: r},
		Resources: []core.Resource{
			{URI: testAPI, Scopes: []string{"read", "write"}, Format: core.JWT},
			{URI: testMCP, Scopes: []string{"tools", "read"}},
		},
	}
	for _, f := range change {
		f(&c)
	}
	r.Provider, err = New(c)
	r.must(err)
	r.signIn()
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) signIn() {
	now := r.clock()
	r.account = core.Account{ID: core.NewID(now), Profile: core.Profile{
		Name: "Ada Byron", GivenName: "Ada", Email: "ada@example.org", UpdatedAt: now,
	}}
	r.must(r.store.CreateAccount(r.t.Context(), core.AccountChange{Account: r.account}))
	r.session = core.Session{
		ID: core.NewID(now), Account: r.account.ID, Ends: now.Add(30 * 24 * time.Hour), IdleEnds: now.Add(30 * 24 * time.Hour),
	}
	r.must(r.store.CreateSession(r.t.Context(), r.session))
}

// client registers a client: confidential with a secret unless changed.
func (r *rig) client(id string, change ...func(*core.Client)) core.Client {
	r.t.Helper()
	c := core.Client{ID: id, Lane: core.LaneSeeded, ClientMetadata: core.ClientMetadata{
		AuthMethod: core.AuthSecretPost, Secrets: []core.ClientSecret{{Hash: sha256.Sum256([]byte(testSecret))}},
		RedirectURIs: []string{testRedirect}, IDTokenAlgorithm: "ES256",
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken, core.GrantClientCredentials},
		Scopes:     []string{"openid", "profile", "email", "read", "write", "tools"},
		Resources:  []string{testAPI, testMCP}, Serves: []string{testAPI},
	}}
	for _, f := range change {
		f(&c)
	}
	r.must(r.store.CreateClient(r.t.Context(), c))
	c.Version = 1
	return c
}

func public(c *core.Client) { c.AuthMethod, c.Secrets = core.AuthNone, nil }

var (
	ownAccess = []core.Access{{Scopes: []string{"openid", "profile", "email", "offline_access"}}}
	apiAccess = []core.Access{{Scopes: []string{"openid", "offline_access"}}, {Resource: testAPI, Scopes: []string{"read", "write"}}}
	allAccess = append(apiAccess[:2:2], core.Access{Resource: testMCP, Scopes: []string{"tools"}})
)

// code puts a grant for the client into the store and gives its code.
func (r *rig) code(c core.Client, access []core.Access, change ...func(*core.Grant)) string {
	r.t.Helper()
	now := core.Instant(r.clock())
	content := handle.Content{ID: core.NewID(now), Random: handle.NewRandom()}
	g := core.Grant{
		ID: content.ID, State: core.GrantCode, Account: r.account.ID, Client: c.ID, Session: r.session.ID,
		GrantTerms: core.GrantTerms{
			Lane: c.Lane, AuthMethod: c.AuthMethod, Access: access, AMR: []string{"pwd"}, ACR: core.ACROneFactor,
			AuthTime: now.Add(-time.Minute), Offline: core.Allows(access, "", "offline_access"), Nonce: "n-0S6",
			Epochs: core.GrantEpochs{Client: c.Epoch}, Secret: content.Digest(), Challenge: pkce.Challenge(testVerifier),
			RedirectHash: sha256.Sum256([]byte(testRedirect)), CreatedAt: now, CodeEnds: now.Add(time.Minute),
			Ends: now.Add(180 * 24 * time.Hour),
		},
	}
	for _, f := range change {
		f(&g)
	}
	r.must(r.store.CreateGrant(r.t.Context(), g))
	return r.Keys.Ring().Mint(handle.Code, content)
}

// grantOf reads the one grant of the client.
func (r *rig) grantOf(client string) core.Grant {
	r.t.Helper()
	all, err := r.store.Store.Grants(context.Background(), core.GrantFilter{Client: client}, core.PageOf{Limit: 10})
	r.must(err)
	if len(all) != 1 {
		r.t.Fatalf("%d grants", len(all))
	}
	return all[0]
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (a answer) text(name string) string {
	s, _ := a.json[name].(string)
	return s
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// with adds to a form and gives the form.
func with(v url.Values, pairs ...string) url.Values {
	for name, all := range form(pairs...) {
		v[name] = append(v[name], all...)
	}
	return v
}

func (r *rig) do(method, path string, body url.Values, header ...string) answer {
	req := httptest.NewRequest(method, testIssuer+path, strings.NewReader(body.Encode()))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.json)
	return a
}

func (r *rig) post(path string, body url.Values, header ...string) answer {
	return r.do(http.MethodPost, path, body, header...)
}

// as is a form with the client's credential.
func as(c core.Client, pairs ...string) url.Values {
	v := form(pairs...)
	v.Set("client_id", c.ID)
	if c.AuthMethod == core.AuthSecretPost {
		v.Set("client_secret", testSecret)
	}
	return v
}

func (r *rig) redeem(c core.Client, code string, pairs ...string) answer {
	v := as(c, "grant_type", "authorization_code", "code", code, "code_verifier", testVerifier, "redirect_uri", testRedirect)
	return r.post("/token", with(v, pairs...))
}

func (r *rig) refresh(c core.Client, token string, pairs ...string) answer {
	return r.post("/token", with(as(c, "grant_type", "refresh_token", "refresh_token", token), pairs...))
}

func (r *rig) introspectAs(c core.Client, token string) answer {
	return r.post("/introspect", as(c, "token", token))
}

func (r *rig) person(token string) answer {
	return r.do(http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+token)
}

// ok fails the test unless the status is 200.
func (r *rig) ok(a answer) answer {
	r.t.Helper()
	if a.status != http.StatusOK {
		r.t.Fatalf("status %d: %s", a.status, a.body)
	}
	return a
}

// refuses fails the test unless the answer is this error.
func (r *rig) refuses(a answer, status int, code core.ErrorCode) {
	r.t.Helper()
	if a.status != status || a.text("error") != string(code) {
		r.t.Errorf("got %d %s, want %d %s", a.status, a.body, status, code)
	}
}

// atOnce asks n times at the same time, and counts the answers: "ok", or by error.
func atOnce(n int, ask func() answer) map[string]int {
	answers := make([]answer, n)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = ask() })
	}
	all.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		name := a.text("error")
		if a.status == http.StatusOK {
			name = "ok"
		}
		counts[name]++
	}
	return counts
}

// active says whether the token counts, as its own client hears it.
func (r *rig) active(c core.Client, token string) bool {
	r.t.Helper()
	a := r.ok(r.introspectAs(c, token))
	active, _ := a.json["active"].(bool)
	if !active && a.body != `{"active":false}` {
		r.t.Errorf("inactive, but says %s", a.body)
	}
	return active
}

// stored lists the names of the events in the log.
func (r *rig) stored() []core.EventName {
	r.t.Helper()
	all, err := r.store.Store.Events(context.Background(), core.EventFilter{}, core.PageOf{Limit: 1000})
	r.must(err)
	var names []core.EventName
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}
