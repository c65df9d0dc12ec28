package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

var loads = regexp.MustCompile(`(?:src|href)="(/[^"]+)"|from '\./([^']+)'`)

func TestEverythingIsServed(t *testing.T) {
	h := New("https://id.example.com")
	page := get(h, "/?interaction=x")
	if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src https://id.example.com;") {
		t.Errorf("policy %q", csp)
	}
	if !strings.Contains(page.Body.String(), `content="https://id.example.com"`) {
		t.Errorf("no issuer in %s", page.Body)
	}
	seen := map[string]bool{}
	for wanted := []string{"/"}; len(wanted) > 0; wanted = wanted[1:] {
		at := wanted[0]
		if seen[at] {
			continue
		}
		seen[at] = true
		got := get(h, at)
		if got.Code != http.StatusOK {
			t.Errorf("%s: %d", at, got.Code)
		}
		for _, found := range loads.FindAllStringSubmatch(got.Body.String(), -1) {
			next := found[1]
			if next == "" {
				next = "/files/" + found[2]
			}
			wanted = append(wanted, next)
		}
	}
	if len(seen) != 6 {
		t.Errorf("the pages load %v", seen)
	}
}
