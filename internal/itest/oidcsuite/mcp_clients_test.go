package oidcsuite_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// What MCP clients send is decided by their makers: some name no scope, some no
// resource, some neither, whatever an operator wrote down for them.
func TestMCP_scopeAndResourceLeftOut(t *testing.T) {
	v := serve(t, withResources(setting{}))
	for i, one := range []struct {
		name      string
		seed      clientreg.Seed
		authorize string // resource parameters
		token     string
		aud, got  string
	}{
		{"no resources at all", clientreg.Seed{Scope: "openid email"}, "", "", "", "openid email"},
		{"one resource", clientreg.Seed{Scope: "tools:run", Resources: []string{mcpServer}}, "", "", mcpServer, "tools:run"},
		{"one resource, asked", clientreg.Seed{Scope: "tools:run", Resources: []string{mcpServer}}, mcpServer, mcpServer, mcpServer, "tools:run"},
		{"RI-03 spelled otherwise", clientreg.Seed{Scope: "tools:run", Resources: []string{mcpServer}}, "HTTPS://MCP.example/mcp", "https://MCP.EXAMPLE/mcp", mcpServer, "tools:run"},
		{"asked at authorization only", clientreg.Seed{Scope: "tools:run notes:read", Resources: []string{mcpServer, notesAPI}}, mcpServer, "", mcpServer, "tools:run"},
		{"asked at the token endpoint only", clientreg.Seed{Scope: "tools:run notes:read", Resources: []string{notesAPI, mcpServer}}, "", mcpServer, mcpServer, "tools:run"},
		{"with openid", clientreg.Seed{Scope: "openid tools:run", Resources: []string{mcpServer}}, mcpServer, mcpServer, mcpServer, "tools:run"},
		{"with refresh", clientreg.Seed{Scope: "tools:run", Resources: []string{mcpServer}, GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}}, mcpServer, mcpServer, mcpServer, "tools:run"},
	} {
		t.Run(one.name, func(t *testing.T) {
			m := v.begin(t, "")
			one.seed.ID, one.seed.Name, one.seed.AuthMethod = fmt.Sprint("mcp-", i), "Some agent", "none"
			one.seed.RedirectURIs = []string{"http://127.0.0.1/callback"}
			must(t, m.add(t, one.seed))
			c := client{id: one.seed.ID, redirect: "http://127.0.0.1:7777/callback", method: core.AuthNone}
			verifier, challenge := pkcePair()
			q := m.request(c, "nonce", "", "scope", "", "resource", one.authorize, "code_challenge", challenge, "code_challenge_method", "S256")
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {m.checkAnswer(q, m.visit(q))}, "code_verifier": {verifier}, "redirect_uri": {c.redirect},
			}
			if one.token != "" {
				form.Set("resource", one.token)
			}
			got := m.checkTokens(m.token(c, form))
			if got.Scope != one.got {
				t.Errorf("granted %q, not %q", got.Scope, one.got)
			}
			if one.aud != "" {
				m.checkActive(got.Access, one.aud, one.got)
			}
		})
	}
}

// TestRI02_WiderAtTheTokenEndpoint: what was not asked for cannot be had later.
func TestRI02_WiderAtTheTokenEndpoint(t *testing.T) {
	m := serve(t, withResources(setting{})).begin(t, "")
	verifier, challenge := pkcePair()
	q := m.request(agent, "nonce", "", "scope", "tools:run", "resource", mcpServer, "code_challenge", challenge, "code_challenge_method", "S256")
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {m.checkAnswer(q, m.visit(q))}, "code_verifier": {verifier}, "redirect_uri": {agent.redirect},
		"resource": {notesAPI},
	}
	m.checkDenied(m.token(agent, form), http.StatusBadRequest, "invalid_target")
}

// TestIN10_UnknownClientAtTheTokenEndpoint: by this answer alone some clients
// see that they must register again.
func TestIN10_UnknownClientAtTheTokenEndpoint(t *testing.T) {
	m := serve(t, withResources(setting{})).begin(t, "")
	gone := client{id: "gone", redirect: agent.redirect, method: core.AuthNone}
	for _, form := range []url.Values{
		{"grant_type": {"authorization_code"}, "code": {"x"}, "code_verifier": {"y"}}, {"grant_type": {"refresh_token"}, "refresh_token": {"x"}},
	} {
		m.checkDenied(m.token(gone, form), http.StatusUnauthorized, "invalid_client")
	}
}

// TestIN12_PreflightOfMCPClients: a header that is not allowed stops a browser
// before it has read any document.
func TestIN12_PreflightOfMCPClients(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for place, method := range map[string]string{v.places()[0]: http.MethodGet, v.places()[1]: http.MethodGet, m.meta.text("token_endpoint"): http.MethodPost} {
			a := m.call(http.MethodOptions, place, suiteHost, nil, "Access-Control-Request-Method", method,
				"Access-Control-Request-Headers", "mcp-method, mcp-name, mcp-protocol-version")
			for _, name := range []string{"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"} {
				if !lists(a.header, "Access-Control-Allow-Headers", name) {
					t.Errorf("%s does not allow %s", place, name)
				}
			}
		}
	})
}
