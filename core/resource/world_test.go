package resource

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

const api = "https://api.example/public/todo"

// clock is moved by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// authority is an authorization server on loopback, as far as a resource sees one.
type authority struct {
	t       testing.TB
	server  *httptest.Server
	clock   *clock
	fetches atomic.Int64 // of keys
	asked   atomic.Int64 // introspection

	mu     sync.Mutex
	keys   []*jose.Signer
	down   bool
	name   string // what the metadata says it is, if not itself
	opaque map[string]string
}

func newSigner(t testing.TB, alg jose.Algorithm) *jose.Signer {
	t.Helper()
	key, err := jose.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(alg, "", key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t, clock: &clock{at: time.Unix(1_800_000_000, 0)}, keys: []*jose.Signer{newSigner(t, jose.ES256)}, opaque: map[string]string{}}
	a.server = httptest.NewServer(a)
	t.Cleanup(a.server.Close)
	return a
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch r.URL.Path {
	case "/jwks":
		a.fetches.Add(1)
	case "/introspect":
		a.asked.Add(1)
	}
	if a.down {
		http.Error(w, "away", http.StatusBadGateway)
		return
	}
	switch r.URL.Path {
	case "/.well-known/oauth-authorization-server":
		name := a.name
		if name == "" {
			name = a.server.URL
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": name, "jwks_uri": a.server.URL + "/jwks", "introspection_endpoint": a.server.URL + "/introspect"})
	case "/jwks":
		var list []jose.JWK
		for _, k := range a.keys {
			list = append(list, k.JWK())
		}
		_, _ = w.Write(jose.JWKS(list...))
	case "/introspect":
		id, secret, _ := r.BasicAuth()
		if id != "todo%3Aapi" || secret != "s%26cret" {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		answer, found := a.opaque[r.FormValue("token")]
		if !found {
			answer = `{"active":false}`
		}
		_, _ = w.Write([]byte(answer))
	default:
		http.NotFound(w, r)
	}
}

// set changes the authority.
func (a *authority) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

// claims are those of a good token, changed; nil takes one away.
func (a *authority) claims(change map[string]any) map[string]any {
	now := a.clock.now().Unix()
	c := map[string]any{
		"iss": a.server.URL, "sub": "ada", "aud": api, "exp": now + 600, "iat": now, "jti": "j1", "client_id": "app",
		"scope": "read write", "acr": "1fa", "amr": []string{"pwd"}, "auth_time": now - 100,
	}
	maps.Copy(c, change)
	for name, value := range c {
		if value == nil {
			delete(c, name)
		}
	}
	return c
}

// token signs one with the newest key.
func (a *authority) token(change map[string]any) string {
	a.mu.Lock()
	signer := a.keys[len(a.keys)-1]
	a.mu.Unlock()
	return signed(a.t, signer, "at+jwt", a.claims(change))
}

func signed(t testing.TB, s *jose.Signer, typ string, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Sign(typ, payload)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// guard makes a resource of this authority.
func (a *authority) guard(change ...func(*Options)) *Resource {
	a.t.Helper()
	o := Options{
		Resource: api, Issuers: []Issuer{{URL: a.server.URL}}, Scopes: []string{"read"}, Now: a.clock.now, InsecureAllowLoopback: true,
		Implies: map[string][]string{"admin": {"write"}, "write": {"edit"}, "edit": {"write", "read"}},
	}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func introspecting(o *Options) {
	o.Issuers[0].Introspection = &Introspection{ClientID: "todo:api", ClientSecret: "s&cret"}
}

// call sends a request through a protected handler, which answers with the subject.
func call(s *Resource, need Need, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ProtectWith(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, _ := FromContext(r.Context())
		_, _ = w.Write([]byte(t.Subject + r.Header.Get("Authorization") + r.Header.Get("DPoP")))
	}), need).ServeHTTP(w, r)
	return w
}

func request(method, target string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func bearer(token string) *http.Request { return request("GET", api, "Authorization", "Bearer "+token) }

// parameter reads one of a challenge.
func parameter(challenge, name string) string {
	_, rest, found := strings.Cut(challenge, " "+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// proof makes DPoP proofs with one key.
type proof struct {
	t   testing.TB
	key ed25519.PrivateKey
}

func newProof(t testing.TB) proof {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return proof{t, key}
}

func (p proof) jwk() json.RawMessage {
	jwk, err := jose.PublicJWK(jose.EdDSA, "any", p.key.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	return jwk
}

func (p proof) thumbprint() string {
	id, err := jose.KeyID(p.key.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// sign makes the proof by hand: header and claims may be anything.
func (p proof) sign(header, claims map[string]any) string {
	p.t.Helper()
	head := map[string]any{"typ": "dpop+jwt", "alg": "EdDSA", "jwk": p.jwk()}
	maps.Copy(head, header)
	h, errHead := json.Marshal(head)
	c, errBody := json.Marshal(claims)
	if errHead != nil || errBody != nil {
		p.t.Fatal(errHead, errBody)
	}
	b64 := base64.RawURLEncoding
	input := b64.EncodeToString(h) + "." + b64.EncodeToString(c)
	return input + "." + b64.EncodeToString(ed25519.Sign(p.key, []byte(input)))
}

// good are the claims of a proof for a GET of the API.
func (p proof) good(a *authority, token string, change map[string]any) map[string]any {
	sum := sha256.Sum256([]byte(token))
	c := map[string]any{
		"jti": "p1", "htm": "GET", "htu": api, "iat": a.clock.now().Unix(), "ath": base64.RawURLEncoding.EncodeToString(sum[:]),
	}
	maps.Copy(c, change)
	return c
}
