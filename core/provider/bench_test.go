package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// blank is a ResponseWriter that keeps nothing but the status.
type blank struct {
	header http.Header
	status int
}

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(code int)        { b.status = code }

// prepared is one request that can be made again and again. Client, limits and
// keys are warm after the first.
func (r *rig) prepared(t testing.TB, method, path string, body url.Values, header ...string) func() {
	text := body.Encode()
	req := httptest.NewRequest(method, testIssuer+path, nil)
	req.ContentLength = int64(len(text))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := &blank{header: http.Header{}}
	reader := strings.NewReader(text)
	req.Body = io.NopCloser(reader)
	return func() {
		reader.Reset(text)
		clear(w.header)
		r.ServeHTTP(w, req)
		if w.status != http.StatusOK {
			t.Fatalf("status %d", w.status)
		}
	}
}

// measure runs one prepared request again and again.
func (r *rig) measure(b *testing.B, method, path string, body url.Values, header ...string) {
	run := r.prepared(b, method, path, body, header...)
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// TestAllocations keeps what the handlers allocate from growing unseen. A signature
// with ES256 takes 59 of them, all in crypto/ecdsa.
func TestAllocations(t *testing.T) {
	r := newRig(t, quiet)
	c := r.client("app")
	own := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
	opaque := r.ok(r.redeem(c, r.code(c, allAccess), "resource", testMCP)).text("access_token")
	one := r.ok(r.redeem(c, r.code(c, oneAPI))).text("refresh_token")
	two := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	refresh := func(token string) func() {
		return r.prepared(t, "POST", "/token", as(c, "grant_type", "refresh_token", "refresh_token", token))
	}
	for _, tt := range []struct {
		operation string
		run       func()
		most      float64
	}{
		{"client_credentials, opaque", r.prepared(t, "POST", "/token", as(c, "grant_type", "client_credentials", "resource", testMCP)), 26},
		{"introspection", r.prepared(t, "POST", "/introspect", as(c, "token", opaque)), 31},
		{"userinfo", r.prepared(t, "GET", "/userinfo", nil, "Authorization", "Bearer "+own), 49},
		{"refresh, one signature", refresh(one), 105},
		{"refresh, two signatures", refresh(two), 185},
	} {
		if n := testing.AllocsPerRun(100, tt.run); n > tt.most {
			t.Errorf("%s: %.0f allocations, at most %.0f are expected", tt.operation, n, tt.most)
		}
	}
}

func quiet(c *Config) { c.Tools.Observer = nil }

func BenchmarkClientCredentialsOpaque(b *testing.B) {
	r := newRig(b, quiet)
	r.measure(b, "POST", "/token", as(r.client("app"), "grant_type", "client_credentials", "resource", testMCP))
}

func BenchmarkClientCredentialsES256(b *testing.B) {
	r := newRig(b, quiet)
	r.measure(b, "POST", "/token", as(r.client("app"), "grant_type", "client_credentials", "resource", testAPI))
}

func BenchmarkIntrospection(b *testing.B) {
	r := newRig(b, quiet)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, allAccess), "resource", testMCP)).text("access_token")
	r.measure(b, "POST", "/introspect", as(c, "token", token))
}

func BenchmarkUserInfo(b *testing.B) {
	r := newRig(b, quiet)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
	r.measure(b, "GET", "/userinfo", nil, "Authorization", "Bearer "+token)
}

var oneAPI = []core.Access{{Scopes: []string{"offline_access"}}, {Resource: testAPI, Scopes: []string{"read", "write"}}}

func BenchmarkRefreshOneSignature(b *testing.B) {
	r := newRig(b, quiet)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, oneAPI))).text("refresh_token")
	r.measure(b, "POST", "/token", as(c, "grant_type", "refresh_token", "refresh_token", token))
}

func BenchmarkRefreshTwoSignatures(b *testing.B) {
	r := newRig(b, quiet)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.measure(b, "POST", "/token", as(c, "grant_type", "refresh_token", "refresh_token", token))
}

// BenchmarkRotation replaces the token at each refresh: one signature, one
// conditional write.
func BenchmarkRotation(b *testing.B) {
	r := newRig(b, quiet)
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, oneAPI))).text("refresh_token")
	b.ReportAllocs()
	for b.Loop() {
		token = r.ok(r.refresh(c, token)).text("refresh_token")
	}
}
