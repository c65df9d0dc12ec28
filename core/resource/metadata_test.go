package resource

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// PR-01 to PR-04, PRM10.
func TestPR01_PR04_metadata(t *testing.T) {
	a := newAuthority(t)
	for name, c := range map[string]struct {
		resource string
		shared   bool
		paths    map[string]int
	}{
		"with a path": {api, false, map[string]int{"/public/todo": 200, "/public/todo/": 200, "": 200, "/": 404, "/public": 404, "/public/todo/x": 404, "/PUBLIC/todo": 404}},
		"shared host": {api, true, map[string]int{"/public/todo": 200, "": 404}},
		"no path":     {"https://api.example", false, map[string]int{"": 200, "/public/todo": 404}},
		"slash":       {"https://api.example/mcp/", false, map[string]int{"/mcp": 200, "/mcp/": 200, "": 200}},
	} {
		s := a.guard(func(o *Options) { o.Resource, o.SharedHost, o.Name = c.resource, c.shared, "Todo" })
		mux := http.NewServeMux()
		s.Register(mux)
		for path, want := range c.paths {
			r := request("GET", "https://evil.example"+wellKnown+path)
			w := serve(mux, r)
			if w.Code != want {
				t.Errorf("%s: %s gives %d", name, path, w.Code)
			}
			if want != 200 {
				continue
			}
			var doc map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			for member, value := range map[string]any{
				"resource": c.resource, "authorization_servers": []any{a.server.URL}, "scopes_supported": []any{"read"},
				"bearer_methods_supported": []any{"header"}, "resource_name": "Todo", "dpop_bound_access_tokens_required": nil,
			} {
				if !reflect.DeepEqual(doc[member], value) {
					t.Errorf("%s: %s is %v, want %v", name, member, doc[member], value)
				}
			}
			h := w.Header()
			if h.Get("Content-Type") != "application/json" || h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Cache-Control"), "max-age") {
				t.Errorf("%s: %v", name, h)
			}
		}
		if w := serve(mux, request("OPTIONS", s.MetadataURL())); w.Code != 204 {
			t.Errorf("%s: OPTIONS %d", name, w.Code)
		}
		if w := serve(mux, request("POST", s.MetadataURL())); w.Code != 405 {
			t.Errorf("%s: POST %d", name, w.Code)
		}
	}
}

// New names every problem at once, each with its remedy.
func TestOptionsAreChecked(t *testing.T) {
	_, err := New(Options{
		Resource: "http://api.example/x#y",
		Issuers: []Issuer{
			{URL: "https://id.example/?a=b"}, {URL: "http://127.0.0.1:8080"}, {URL: "ftp://id.example", JWKS: "nowhere", Algorithms: []string{"HS256"}},
			{URL: "https://a.example", Introspection: &Introspection{}}, {URL: "https://a.example", Introspection: &Introspection{ClientID: "a", ClientSecret: "b", For: 3600e9}},
		},
		Scopes: []string{"a b", "offline_access"}, Implies: map[string][]string{"x": {`"`}}, Origins: []string{"app.example", "https://app.example/"},
		DPoPNonceKey: []byte("short"),
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, words := range []string{
		"Resource", "Issuers[0].URL", "Issuers[1].URL", "InsecureAllowLoopback", "Issuers[2].URL", "Issuers[2].JWKS", "HS256", "needs ClientID", "twice",
		"several Issuers", "For is 1h", `"a b"`, "offline_access", "Implies", "app.example", "DPoPNonceKey",
	} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("nothing about %s in\n%v", words, err)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("the zero Options will do")
	}
}

func TestSecretsPrintNothing(t *testing.T) {
	doc, _ := json.Marshal(Introspection{ClientSecret: "hush"})
	if s := Secret("hush"); strings.Contains(string(doc)+s.String()+s.GoString()+s.LogValue().String(), "hush") {
		t.Error("a secret is printed")
	}
}
