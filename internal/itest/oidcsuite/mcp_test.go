package oidcsuite_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

const (
	mcpServer = "https://mcp.example/mcp"
	notesAPI  = "https://notes.example/api"
)

// agent is a public client that listens on whatever port is free.
var agent = client{id: "agent", redirect: "http://127.0.0.1:51004/callback", method: core.AuthNone}

var guard = client{"guard", "secret-of-guard-" + strings.Repeat("g", 32), "", core.AuthSecretBasic}

// withResources adds an MCP server and another API, and their clients.
func withResources(s setting) setting {
	s.seeds = append(staticClients(),
		clientreg.Seed{
			ID: agent.id, Name: "Agent", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/callback", "http://localhost:3118/callback"},
			GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken},
			Scope:      "openid tools:run notes:read", Resources: []string{mcpServer, notesAPI}, DefaultResource: mcpServer,
			DefaultScope: "tools:run",
		},
		clientreg.Seed{
			ID: guard.id, Name: "Guard", Secret: clientreg.Secret{Text: clientreg.SecretText(guard.secret)}, Scope: "tools:run",
			GrantTypes: []string{core.GrantClientCredentials}, Resources: []string{mcpServer}, Serves: []string{mcpServer, notesAPI},
		})
	s.more = func(c *keywright.Config) {
		c.Resources = []core.Resource{
			{URI: mcpServer, Name: "Tools", Scopes: []string{"tools:run"}},
			{URI: notesAPI, Name: "Notes", Scopes: []string{"notes:read"}, Format: core.JWT},
		}
	}
	return s
}

// places are where clients look for the metadata of an issuer (RFC 8414
// section 3, OpenID Connect Discovery section 4, MCP).
func (v *server) places() []string {
	places := []string{v.issuer + "/.well-known/openid-configuration", v.origin() + "/.well-known/oauth-authorization-server" + v.path()}
	if v.path() != "" {
		places = append(places, v.origin()+"/.well-known/openid-configuration"+v.path())
	}
	return places
}

// issuers are an issuer at a host's root and one below a path.
func issuers(t *testing.T, run func(*testing.T, *server)) {
	for name, s := range map[string]setting{"root": {}, "path": {plain: true, path: "/t1", bare: true}} {
		t.Run(name, func(t *testing.T) { run(t, serve(t, withResources(s))) })
	}
}

func TestMCP_metadata(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, place := range v.places() {
			document := m.discover(place)
			if !equal(document, m.meta) {
				t.Errorf("MA-02: %s says something else", place)
			}
			if document.text("issuer") != v.issuer {
				t.Errorf("DS-03: %s says issuer %v", place, document["issuer"])
			}
			for _, name := range []string{"authorization_endpoint", "token_endpoint"} {
				m.checkEndpoint(name, document.text(name))
			}
			if !slices.Contains(document.list("response_types_supported"), "code") {
				t.Errorf("%s: response_types_supported %v", place, document["response_types_supported"])
			}
			if !equal(document.list("code_challenge_methods_supported"), []string{"S256"}) {
				t.Errorf("PK-06: %s: %v", place, document["code_challenge_methods_supported"])
			}
		}
	})
}

// agentFlow is the code grant of an MCP client.
func (m *module) agentFlow(pairs ...string) (answer, string) {
	m.Helper()
	verifier, challenge := pkcePair()
	more := append([]string{"nonce", "", "scope", "", "code_challenge", challenge, "code_challenge_method", "S256"}, pairs...)
	q := m.request(agent, more...)
	code := m.checkAnswer(q, m.visit(q))
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {q.Get("redirect_uri")}}
	if q.Has("resource") {
		form.Set("resource", q.Get("resource"))
	}
	return m.token(agent, form), verifier
}

func TestMCP_codeGrantWithoutScope(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		a, _ := m.agentFlow()
		got := m.checkTokens(a)
		if got.Scope != "tools:run" || got.ID != "" {
			t.Errorf("the default scope is not granted: %q", got.Scope)
		}
		m.checkActive(got.Access, mcpServer, "tools:run")
	})
}

// checkActive asks as the resource server would.
func (m *module) checkActive(access, resource, scope string) {
	m.Helper()
	a := m.post(m.meta.text("introspection_endpoint"), guard, url.Values{"token": {access}})
	aud := append(a.json.list("aud"), a.json.text("aud"))
	if a.json["active"] != true || !slices.Contains(aud, resource) || a.json.text("scope") != scope {
		m.Errorf("the token is not for %s: %s", resource, a.body)
	}
	if info := m.get(m.meta.text("userinfo_endpoint"), "Authorization", "Bearer "+access); info.status != http.StatusUnauthorized {
		m.Errorf("a token for %s opens userinfo: %d", resource, info.status)
	}
}

func TestMCP_resourceParameter(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		a, _ := m.agentFlow("scope", "tools:run", "resource", mcpServer)
		first := m.checkTokens(a)
		m.checkActive(first.Access, mcpServer, "tools:run")
		second := m.checkTokens(m.token(agent, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}, "resource": {mcpServer},
		}))
		m.checkActive(second.Access, mcpServer, "tools:run")
		if second.Refresh == first.Refresh {
			t.Error("RT-02: a public client keeps its refresh token")
		}
		a, _ = m.agentFlow("scope", "notes:read", "resource", notesAPI)
		_, c := m.openToken(m.checkTokens(a).Access)
		if c.text("aud") != notesAPI && !slices.Contains(c.list("aud"), notesAPI) || c.text("iss") != v.issuer {
			t.Errorf("the JWT is for %v by %v", c["aud"], c["iss"])
		}
		verifier, challenge := pkcePair()
		q := m.request(agent, "scope", "tools:run", "code_challenge", challenge, "code_challenge_method", "S256", "resource", "https://mcp.example/other")
		m.checkRefused(q, m.visit(q), "invalid_target")
		_ = verifier
	})
}

func TestMCP_freePortAndPKCE(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, uri := range []string{"http://127.0.0.1:1024/callback", "http://127.0.0.1/callback", "http://localhost:65535/callback"} {
			a, _ := m.agentFlow("redirect_uri", uri)
			m.checkTokens(a)
		}
		q := m.request(agent, "scope", "tools:run")
		m.checkRefused(q, m.visit(q), "invalid_request") // PK-01
		_, challenge := pkcePair()
		q = m.request(agent, "code_challenge", challenge, "code_challenge_method", "S256")
		q.Del("scope")
		code := m.checkAnswer(q, m.visit(q))
		wrong, _ := pkcePair()
		m.checkDenied(m.redeem(agent, code, wrong), 400, "invalid_grant")
	})
}
