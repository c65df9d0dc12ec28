package resource

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever stands in the header, the answer is one of the five, and its challenge is well-formed.
func FuzzAuthorization(f *testing.F) {
	a := newAuthority(f)
	s, p := a.guard(), newProof(f)
	good := a.token(nil)
	for _, value := range []string{"Bearer " + good, "bearer x", "Bearer", "DPoP x", "Basic a:b", "", "Bearer a,b", "Bearer a=\"b\"", "\x00"} {
		f.Add(value, "", "")
	}
	f.Add("DPoP "+a.bound(p), p.sign(nil, p.good(a, a.bound(p), nil)), "access_token=x")
	f.Fuzz(func(t *testing.T, authorization, proof, query string) {
		r := request("GET", api)
		r.URL.RawQuery = query
		r.Header["Authorization"], r.Header["Dpop"] = []string{authorization}, []string{proof}
		w := call(s, Need{Scopes: []string{"read"}}, r)
		challenge := w.Header().Get("WWW-Authenticate")
		switch w.Code {
		case http.StatusOK:
			if challenge != "" {
				t.Fatalf("%q: let through with %s", authorization, challenge)
			}
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			if strings.Count(challenge, `"`)%2 != 0 || strings.ContainsAny(challenge, "\r\n") || parameter(challenge, "resource_metadata") == "" {
				t.Fatalf("%q: %s", authorization, challenge)
			}
		default:
			t.Fatalf("%q: %d", authorization, w.Code)
		}
	})
}

// Claims that are read are the ones that encoding/json would read, or there is an error; it never panics.
func FuzzReadClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"a","aud":["b"],"exp":1.5,"cnf":{"jkt":"x"},"amr":["pwd"],"active":true}`))
	f.Add([]byte(`{"aud":"","exp":null}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := readClaims(doc)
		if err != nil {
			return
		}
		var whole map[string]any
		if err := (&Token{claims: doc}).Claims(&whole); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		for name, got := range map[string]string{"iss": c.issuer, "sub": c.subject, "scope": c.scope, "acr": c.acr, "jti": c.id, "client_id": c.client} {
			if want, _ := whole[name].(string); got != want {
				t.Fatalf("%q: %s is %q, want %q", doc, name, got, want)
			}
		}
	})
}

func FuzzSameURL(f *testing.F) {
	f.Add("https://a.example/%7e%2F?x#y")
	f.Add("HTTP://A.example:80")
	f.Fuzz(func(t *testing.T, text string) {
		once, ok := normalURL(text)
		if !ok {
			return
		}
		if twice, ok := normalURL(once); !ok || twice != once {
			t.Fatalf("%q: %q, then %q", text, once, twice)
		}
	})
}
