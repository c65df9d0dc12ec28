package provider

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

func newSigner(t testing.TB, alg jose.Algorithm, kid string) *jose.Signer {
	key, err := jose.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(alg, kid, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func byAssertion(s *jose.Signer) func(*core.Client) {
	return func(c *core.Client) {
		c.AuthMethod, c.Secrets, c.Keys = core.AuthPrivateKeyJWT, nil, jose.JWKS(s.JWK())
	}
}

// assertion signs claims that are right, but for the changes; nil removes one.
func (r *rig) assertion(s *jose.Signer, typ, client string, change map[string]any) string {
	now := r.clock().Unix()
	claims := map[string]any{
		"iss": client, "sub": client, "aud": testIssuer, "exp": now + 60, "iat": now, "jti": core.NewID(r.clock()).String(),
	}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	r.must(err)
	token, err := s.Sign(typ, payload)
	r.must(err)
	return token
}

func (r *rig) asserted(token string, pairs ...string) answer {
	return r.post("/token", with(form("grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", token), pairs...))
}

func TestCA05_CA06_CA07_CA08_CLA08_CLA09_CLA10_Assertions(t *testing.T) {
	r := newRig(t)
	key, other := newSigner(t, jose.ES256, "k1"), newSigner(t, jose.ES256, "k1")
	r.client("app", byAssertion(key))
	r.client("other", byAssertion(other))
	now := r.clock().Unix()
	tests := []struct {
		name   string
		signer *jose.Signer
		typ    string
		change map[string]any
		good   bool
	}{
		{"right", key, "", nil, true},
		{"typ", key, "client-authentication+jwt", nil, true},
		{"typ JWT", key, "JWT", nil, true},
		{"aud as list", key, "", map[string]any{"aud": []string{testIssuer}}, true},
		{"CA07 other typ", key, "at+jwt", nil, false},
		{"CLA08 token URL", key, "", map[string]any{"aud": testIssuer + "/token"}, false},
		{"CLA08 slash", key, "", map[string]any{"aud": testIssuer + "/"}, false},
		{"CLA08 two", key, "", map[string]any{"aud": []string{testIssuer, "https://x.example"}}, false},
		{"CLA08 none", key, "", map[string]any{"aud": nil}, false},
		{"CLA09 iss differs", key, "", map[string]any{"iss": "other"}, false},
		{"CLA09 no exp", key, "", map[string]any{"exp": nil}, false},
		{"CLA09 no jti", key, "", map[string]any{"jti": nil}, false},
		{"CLA09 expired", key, "", map[string]any{"exp": now - 61}, false},
		{"CLA09 too long", key, "", map[string]any{"exp": now + 600}, false},
		{"CLA09 future iat", key, "", map[string]any{"iat": now + 90}, false},
		{"CLA09 future nbf", key, "", map[string]any{"nbf": now + 90}, false},
		{"CLA10 another client's key", other, "", nil, false},
		{"CLA10 another client's name", key, "", map[string]any{"iss": "other", "sub": "other"}, false},
	}
	for _, tt := range tests {
		a := r.asserted(r.assertion(tt.signer, tt.typ, "app", tt.change))
		if tt.good {
			r.ok(a)
			continue
		}
		if a.status != 401 || a.text("error") != "invalid_client" {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
	}
	for _, path := range []string{"/introspect", "/revoke"} { // CA-08
		at := func(token string) answer {
			return r.post(path, form("token", "x", "client_assertion_type", assertionType, "client_assertion", token))
		}
		r.ok(at(r.assertion(key, "", "app", nil)))
		r.refuses(at(r.assertion(key, "", "app", map[string]any{"aud": testIssuer + path})), 401, core.InvalidClient)
	}
	r.refuses(r.asserted("a.b.c"), 401, core.InvalidClient)
	r.refuses(r.asserted(r.assertion(key, "", "app", nil), "client_id", "other"), 401, core.InvalidClient)
	r.store.Cost()
	r.ok(r.asserted(r.assertion(key, "", "app", nil), "client_id", "app"))
	if cost := r.store.Cost(); cost != "0 reads, 1 writes" {
		t.Errorf("an assertion cost %s", cost)
	}
}

func TestThreat_CLA07_AnAssertionIsUsedOnce(t *testing.T) {
	r := newRig(t)
	key := newSigner(t, jose.EdDSA, "")
	r.client("app", byAssertion(key))
	token := r.assertion(key, "", "app", nil)
	if got := atOnce(32, func() answer { return r.asserted(token) }); got["ok"] != 1 {
		t.Errorf("of 32 uses: %v", got)
	}
}

// keptMark keeps until when a mark is stored.
type keptMark struct {
	core.Store
	until time.Time
}

func (s *keptMark) Mark(ctx context.Context, kind string, hash core.Hash, until time.Time, change core.ID) error {
	s.until = until
	return s.Store.Mark(ctx, kind, hash, until, change)
}

// INV-M2: a replica takes an assertion for a minute after its end, and another,
// whose clock is a minute ahead, must not have purged its mark by then.
func TestINVM2_TheMarkOutlivesTheAssertionAtEveryReplica(t *testing.T) {
	r := newRig(t)
	kept := &keptMark{Store: r.Store}
	r.Store = kept
	key := newSigner(t, jose.EdDSA, "")
	r.client("app", byAssertion(key))
	token := r.assertion(key, "", "app", nil) // for one minute
	r.ok(r.asserted(token))
	r.pass(time.Minute + core.MaxClockSkew - time.Second)
	r.refuses(r.asserted(token), 401, core.InvalidClient)
	if ahead := r.clock().Add(core.MaxClockSkew); !kept.until.After(ahead) {
		t.Errorf("the mark may go at %v, which is %v elsewhere", kept.until, ahead)
	}
}

// keyServer answers for a jwks_uri.
type keyServer struct {
	mu      sync.Mutex
	set     []byte
	down    bool
	fetches int
}

func (s *keyServer) RoundTrip(*http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	if s.down {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(s.set))), Header: http.Header{}}, nil
}

func TestCA12_CLA11_RemoteKeys(t *testing.T) {
	one, two, three := newSigner(t, jose.ES256, "1"), newSigner(t, jose.ES256, "2"), newSigner(t, jose.ES256, "3")
	server := &keyServer{set: jose.JWKS(one.JWK())}
	r := newRig(t, func(c *Config) { c.Tools.HTTP = &http.Client{Transport: server} })
	r.client("app", byAssertion(one), func(c *core.Client) { c.Keys, c.KeysURI = nil, "https://client.example/jwks" })
	use := func(s *jose.Signer) int { return r.asserted(r.assertion(s, "", "app", nil)).status }
	check := func(what string, got, want, fetches int) {
		t.Helper()
		if got != want || server.fetches != fetches {
			t.Errorf("%s: %d after %d fetches", what, got, server.fetches)
		}
	}
	check("first", use(one), 200, 1)
	check("cached", use(one), 200, 1)
	server.set = jose.JWKS(two.JWK())
	check("rotated within the cooldown", use(two), 401, 1)
	r.pass(31 * time.Second)
	check("rotated", use(two), 200, 2)
	for range 5 {
		check("unknown kid", use(three), 401, 2)
	}
	server.down = true
	r.pass(11 * time.Minute)
	check("unreachable, cached keys", use(two), 200, 3)
	check("unreachable, unknown kid", use(three), 401, 3)
	server.down = false
	r.pass(31 * time.Second)
	check("back", use(two), 200, 4)
	server.down = true
	r.pass(25 * time.Hour)
	check("unreachable for a day", use(two), 401, 5)
}
