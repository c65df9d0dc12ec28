package todo

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/keywright/keywright/core/resource"
)

// An identifier may be a host alone: then the endpoint is the root.
func TestRootOfAHost(t *testing.T) {
	for _, id := range []string{"https://todo.example", "https://todo.example/", "https://todo.example/mcp", "https://todo.example/mcp/"} {
		s, err := New(Options{Guard: resource.Options{Resource: id, Issuers: []resource.Issuer{{URL: "https://id.example"}}}})
		if err != nil {
			t.Fatal(err)
		}
		r, w := httptest.NewRequest(http.MethodPost, id, nil), httptest.NewRecorder()
		if r.URL.Path == "" {
			r.URL.Path = "/" // as every client sends it
		}
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", id, w.Code)
		}
	}
}
