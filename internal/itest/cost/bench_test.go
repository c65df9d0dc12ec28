package cost

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// BenchmarkOperations measures the handler without the network, above all its
// allocations.
func BenchmarkOperations(b *testing.B) {
	r := newRig(b)
	form := func(v url.Values) *http.Request {
		ask := httptest.NewRequest(http.MethodPost, r.Issuer()+"/token", strings.NewReader(v.Encode()))
		ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return ask
	}
	signed := httptest.NewRequest(http.MethodGet, r.app.Authorize().URL, nil)
	at := signed.URL
	for _, c := range r.browser.HTTP().Jar.Cookies(at) {
		signed.AddCookie(c)
	}
	for _, tt := range []struct {
		name   string
		ask    func() *http.Request
		status int
	}{
		{"discovery", func() *http.Request { return get(r, "/.well-known/openid-configuration", "") }, 200},
		{"userinfo", func() *http.Request { return get(r, "/userinfo", r.tokens.Access) }, 200},
		{"refresh in the overlap", func() *http.Request {
			return form(url.Values{"grant_type": {core.GrantRefreshToken}, "client_id": {r.app.ID}, "refresh_token": {r.tokens.Refresh}})
		}, 200},
		{"authorize", func() *http.Request { return signed }, 303},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				r.Handler().ServeHTTP(w, tt.ask())
				if w.Code != tt.status {
					b.Fatalf("answered %d: %s", w.Code, w.Body)
				}
			}
		})
	}
}

func get(r *rig, path, bearer string) *http.Request {
	ask := httptest.NewRequest(http.MethodGet, r.Issuer()+path, nil)
	if bearer != "" {
		ask.Header.Set("Authorization", "Bearer "+bearer)
	}
	return ask
}
