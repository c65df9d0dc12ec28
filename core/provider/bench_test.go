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
