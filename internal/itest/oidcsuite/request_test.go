package oidcsuite_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
)

func TestAZ12_StateComesBackByteForByte(t *testing.T) {
	v := serve(t, setting{seeds: staticClients()})
	for name, state := range map[string]string{
		"reserved": `%20+&é=`, "markup": `"><script>alert(1)</script>`, "spaces": "  a  b ", "json": `{"a":["b"],"c":"\u0000"}`,
		"2 KiB": strings.Repeat("s", 2048), "4 KiB": strings.Repeat("é", 2048), "one": "0",
	} {
		for _, mode := range []string{"", "form_post"} {
			t.Run(name+mode, func(t *testing.T) {
				m := v.begin(t, mode)
				m.flow(client1, "state", state)
				q := m.request(client1, "prompt", "none login", "state", state)
				m.checkRefused(q, m.visit(q), "invalid_request")
			})
		}
	}
	t.Run("too long", func(t *testing.T) {
		m := v.begin(t, "")
		q := m.request(client1, "state", strings.Repeat("s", 4097))
		at := m.visit(q)
		if !at.called || at.url.Query().Get("error") != "invalid_request" || at.url.Query().Has("state") {
			t.Errorf("landed at %s", at)
		}
	})
}

func TestAZ13_IssuerInEveryAnswer(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		for _, mode := range []string{"", "form_post"} {
			m := v.begin(t, mode)
			m.flow(client1)
			for code, pairs := range map[string][]string{
				"login_required":            {"prompt", "none", "max_age", "0"},
				"unsupported_response_type": {"response_type", "token"},
				"invalid_scope":             {"scope", "nosuch"},
				"invalid_request":           {"max_age", "soon"},
				"request_not_supported":     {"request", "x.y.z"},
			} {
				q := m.request(client1, pairs...)
				m.checkRefused(q, m.visit(q), code) // it compares iss
			}
			m.browser.deny = true
			q := m.request(client1, "prompt", "consent")
			m.checkRefused(q, m.visit(q), "access_denied")
		}
	})
}

func TestAZ14_RegisteredQueryIsKept(t *testing.T) {
	v := serve(t, setting{seeds: staticClients()})
	for i, query := range []string{"?x=1", "?x=1&y=%C3%A9+z", "?", "?x", "?state=mine&x=1", "?x=%2F%7e&x=2"} {
		t.Run(query, func(t *testing.T) {
			m := v.begin(t, "")
			seed := staticClients()[0]
			seed.ID, seed.RedirectURIs = fmt.Sprint("with-query-", i), []string{callback + query}
			must(t, m.add(t, seed))
			c := client1
			c.id, c.redirect = seed.ID, callback+query
			for _, pairs := range [][]string{{}, {"response_type", "token"}} {
				at := m.visit(m.request(c, pairs...))
				if raw := at.url.String(); !at.called || !strings.HasPrefix(raw, callback+query) {
					t.Errorf("RD-11: %q came back as %q", callback+query, raw)
				}
			}
		})
	}
}

func TestAZ15_Scopes(t *testing.T) {
	v := serve(t, withResources(setting{}))
	strict := staticClients()[0]
	strict.ID, strict.StrictScopes = "strict", true
	for _, one := range []struct {
		name, scope, want string // want: the granted scopes, or the error
		client            string
	}{
		{"malformed quote", `openid "email"`, "invalid_scope", ""},
		{"malformed backslash", `openid em\ail`, "invalid_scope", ""},
		{"unknown dropped", "openid nosuch", "openid", ""},
		{"case matters", "openid Email", "openid", ""},
		{"not the client's", "openid tools:run", "openid", ""},
		{"nothing left", "nosuch other", "invalid_scope", ""},
		{"strict", "openid nosuch", "invalid_scope", "strict"},
		{"strict, known", "openid email", "openid email", "strict"},
		{"AZ-04 empty is the default", " ", "openid profile email address phone", ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			m := v.begin(t, "")
			must(t, m.add(t, strict))
			c := client1
			if one.client != "" {
				c.id = one.client
			}
			q := m.request(c)
			q.Set("scope", strings.TrimSpace(one.scope))
			at := m.visit(q)
			if strings.HasPrefix(one.want, "invalid") {
				m.checkRefused(q, at, one.want)
				return
			}
			got := m.checkTokens(m.redeem(c, m.checkAnswer(q, at), ""))
			if a, b := strings.Fields(got.Scope), strings.Fields(one.want); !sameSet(a, b) {
				t.Errorf("granted %v, not %v", a, b)
			}
		})
	}
}

// AZ-16: a control character makes the whole request one that no client sent.
func TestAZ16_ControlCharacters(t *testing.T) {
	m := serve(t, setting{seeds: staticClients()}).begin(t, "")
	for _, pairs := range [][]string{{"scope", "openid\temail"}, {"state", "a\x00b"}, {"nonce", "a\r\nSet-Cookie: x=y"}} {
		m.checkFault(m.visit(m.request(client1, pairs...)))
	}
}

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestRD03_RD04_RD05_RD06_LoopbackPorts(t *testing.T) {
	v := serve(t, setting{})
	m := v.begin(t, "")
	for i, one := range []struct {
		registered, asked string
		good              bool
	}{
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true},
		{"http://127.0.0.1:9/cb", "http://127.0.0.1:51004/cb", true},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:51004/cb?a=1", true},
		{"http://[::1]/cb", "http://[::1]:51004/cb", true},
		{"http://localhost:3118/callback", "http://localhost:4/callback", true},
		{"http://localhost/callback", "http://localhost:4/callback", true},

		{"http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/CB", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?a=1", false},
		{"http://127.0.0.1/cb?a=1", "http://127.0.0.1:51004/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#f", false},
		{"http://127.0.0.1/cb", "http://user@127.0.0.1:51004/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:0x50/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1.evil:51004/cb", false},
		{"http://127.0.0.1/cb", "http://127.1:51004/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.2:51004/cb", false},
		{"http://127.0.0.1/cb", "http://0.0.0.0:51004/cb", false},
		{"http://127.0.0.1/cb", "http://2130706433:51004/cb", false},
		{"http://localhost/cb", "http://localhost.evil:51004/cb", false},
		{"http://localhost/cb", "http://LOCALHOST:51004/cb", false},
		{"http://localhost/cb", "http://localhost.:51004/cb", false},
		{"http://localhost/cb", "http://127.0.0.1:51004/cb", false},
		{"http://127.0.0.1/cb", "http://localhost:51004/cb", false},
		{"http://127.0.0.1/cb", "http://[::1]:51004/cb", false},
		{"http://[::1]/cb", "http://127.0.0.1:51004/cb", false},
		{"https://c.example/cb", "https://c.example:8443/cb", false},
		{"https://c.example/cb", "https://c.example:443/cb", false},
		{"com.example.app://host/cb", "com.example.app://host:51004/cb", false},
	} {
		seed := clientreg.Seed{
			ID: fmt.Sprint("native-", i), Name: "Native", AuthMethod: "none",
			RedirectURIs: []string{one.registered}, Scope: "openid",
		}
		must(t, m.add(t, seed))
		_, challenge := pkcePair()
		c := client{id: seed.ID, redirect: one.asked}
		q := m.request(c, "code_challenge", challenge, "code_challenge_method", "S256", "prompt", "none")
		at := m.browser.open(m.meta.text("authorization_endpoint") + "?" + q.Encode())
		switch {
		case one.good && (!at.called || !strings.HasPrefix(at.url.String(), one.asked)):
			t.Errorf("%s was asked with %s registered: %s", one.asked, one.registered, at)
		case !one.good && (at.called || at.status != http.StatusBadRequest || at.name() != "error"):
			t.Errorf("%s was accepted with %s registered: %s", one.asked, one.registered, at)
		}
	}
}

// AZ-03: no parameter twice; the client is told, with the state, where it is
// known who asked.
func TestAZ03_RepeatedParameters(t *testing.T) {
	v := serve(t, setting{seeds: staticClients()})
	for _, name := range []string{"response_type", "scope", "nonce", "response_mode", "prompt", "max_age", "claims", "code_challenge", "login_hint", "extra"} {
		for _, mode := range []string{"", "form_post"} {
			t.Run(name+mode, func(t *testing.T) {
				m := v.begin(t, mode)
				q := m.request(client1)
				q[name] = []string{"code", "code"}
				if name == "response_mode" {
					m.mode = "" // which of the two is meant cannot be known
				}
				m.checkRefused(q, m.visit(q), "invalid_request")
			})
		}
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		m := v.begin(t, "")
		q := m.request(client1)
		q[name] = append(q[name], q[name]...)
		m.checkFault(m.visit(q))
	}
	m := v.begin(t, "")
	q := m.request(client1)
	q["state"] = []string{"one", "two"}
	if at := m.visit(q); !at.called || at.url.Query().Get("error") != "invalid_request" || at.url.Query().Has("state") {
		t.Errorf("landed at %s", at)
	}
}
