package provider

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

const (
	testLedger = "https://ledger.example"
	testOther  = "https://as.partner.example"
	testTool   = "https://mcp.partner.example/mcp"
)

// exchanges are the rules of the tests: an API of orders calls the MCP server,
// which calls the ledger; a clerk acts for people without being named; an agent
// acts with what it was given itself.
func exchanges() core.Exchange {
	return core.Exchange{
		Rules: []core.ExchangeRule{
			{Client: "orders", From: []string{testAPI}, To: testMCP, Scopes: []string{"read", "tools"}, Actors: []string{"robot"}},
			{Client: "stock", From: []string{testMCP}, To: testLedger, Scopes: []string{"read", "pay"}, Exchanged: true},
			{Client: "stock", From: []string{testMCP}, To: testAPI, Scopes: []string{"read", "write"}, OtherScopes: true, Exchanged: true},
			{Client: "closed", From: []string{testMCP}, To: testLedger, Scopes: []string{"read"}},
			{Client: "clerk", From: []string{testAPI}, To: testLedger, Scopes: []string{"pay"}, OtherScopes: true, Needs: []string{"write"},
				Impersonate: true, MaxLifetime: time.Minute},
			{Client: "agent", From: []string{testAPI, testIssuer}, To: testLedger, Scopes: []string{"read"}, OtherScopes: true,
				ACR: []string{core.ACRTwoFactors, core.ACROneFactor}},
			{Client: "strong", From: []string{testAPI}, To: testLedger, ACR: []string{core.ACRTwoFactors}},
		},
		Assertions: []core.AssertionRule{
			{Client: "agent", ClientID: "agent-at-partner", Audience: testOther, Resource: testTool, Scopes: []string{"chat.read", "chat.write"},
				Everybody: true, Email: true, Algorithm: "ES256"},
			{Client: "agent", Audience: testOther, Resource: testTool + "/staff", Organizations: []string{"acme"}, Groups: []string{"acme/sales", "press"}},
			{Client: "agent", Audience: "https://strong.example", Everybody: true, ACR: []string{core.ACRTwoFactors}},
		},
	}
}

// newExchangeRig has the rules, a third resource and the clients that they name.
func newExchangeRig(t testing.TB, change ...func(*Config)) (*rig, map[string]core.Client) {
	r := newRig(t, append([]func(*Config){func(c *Config) {
		c.Exchange = exchanges()
		c.Resources = append(c.Resources, core.Resource{URI: testLedger, Scopes: []string{"read", "pay"}, Format: core.JWT, Algorithm: "EdDSA"})
	}}, change...)...)
	clients := map[string]core.Client{"app": r.client("app")}
	for name, serves := range map[string]string{
		"orders": testAPI, "stock": testMCP, "closed": testMCP, "clerk": testAPI, "strong": testAPI, "ledger": testLedger,
		"agent": "", "robot": "", "other": testAPI,
	} {
		clients[name] = r.client(name, func(c *core.Client) {
			c.GrantTypes = append(c.GrantTypes, core.GrantTokenExchange)
			c.Serves = slices.DeleteFunc([]string{serves}, func(s string) bool { return s == "" })
		})
	}
	return r, clients
}

// exchange asks for a token at the target in exchange for an access token.
func (r *rig) exchange(c core.Client, token, target string, pairs ...string) answer {
	v := as(c, "grant_type", core.GrantTokenExchange, "subject_token", token, "subject_token_type", core.TokenTypeAccessToken)
	if target != "" {
		v.Set("resource", target)
	}
	return r.post("/token", with(v, pairs...))
}

// assert asks for an identity assertion in exchange for an ID token.
func (r *rig) assert(c core.Client, token, audience, resource string, pairs ...string) answer {
	v := as(c, "grant_type", core.GrantTokenExchange, "subject_token", token, "subject_token_type", core.TokenTypeIDToken,
		"requested_token_type", core.TokenTypeIDJAG, "audience", audience)
	if resource != "" {
		v.Set("resource", resource)
	}
	return r.post("/token", with(v, pairs...))
}

// tokenFor signs somebody in at the client and gives an access token for the API.
func (r *rig) tokenFor(c core.Client, scope string) string {
	access := []core.Access{{Scopes: []string{"openid", "offline_access"}}, {Resource: testAPI, Scopes: strings.Fields(scope)}}
	return r.ok(r.redeem(c, r.code(c, access), "resource", testAPI)).text("access_token")
}

// change writes a client anew, as the operator does.
func (r *rig) change(id string, change func(*core.Client)) {
	r.t.Helper()
	c, err := r.store.Store.Client(r.t.Context(), id)
	r.must(err)
	change(&c)
	r.must(r.store.Store.UpdateClient(r.t.Context(), c))
}

// warm has every client asked once, so that it is cached, and counts from zero.
func (r *rig) warm(clients map[string]core.Client) {
	for _, c := range clients {
		r.active(c, "x")
	}
	r.store.Cost()
}
