package provider

import (
	"slices"
	"testing"

	"github.com/keywright/keywright/core"
)

// withHierarchy has write include read at the API, and tools include read at the
// MCP server; and what the partner's scopes would include, if they were ours.
func withHierarchy(c *Config) {
	c.Scopes = []core.Scope{
		{Name: "write", Implies: []string{"read"}}, {Name: "tools", Implies: []string{"read"}},
		{Name: "chat.write", Implies: []string{"chat.read"}},
	}
}

func lacking(scope string) func(*core.Client) {
	return func(c *core.Client) {
		c.Scopes = slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == scope })
	}
}

// MC-13: whatever a token comes from, it carries with a scope what that one
// includes, as far as grant, rule and client list it.
func TestMC13_EveryTokenCarriesWhatItsScopesInclude(t *testing.T) {
	r, c := newExchangeRig(t, withHierarchy, func(c *Config) {
		c.Exchange.Rules = append(c.Exchange.Rules,
			core.ExchangeRule{Client: "other", From: []string{testAPI}, To: testMCP, Scopes: []string{"tools", "read"}, OtherScopes: true},
			core.ExchangeRule{Client: "robot", From: []string{testIssuer, testAPI}, To: testMCP, Scopes: []string{"tools"}, OtherScopes: true})
		c.Exchange.Rules[0].Needs = []string{"read"}
	})
	refreshed := func(held []string, pairs ...string) answer {
		code := r.code(c["app"], []core.Access{{Scopes: []string{"openid", "offline_access"}}, {Resource: testAPI, Scopes: held}})
		first := r.ok(r.redeem(c["app"], code, "resource", testAPI)).text("refresh_token")
		return r.refresh(c["app"], first, append(pairs, "resource", testAPI)...)
	}
	token := r.tokenFor(c["app"], "read write")
	both := []string{"read", "write"}
	narrowed := r.ok(refreshed(both, "scope", "write")).text("access_token")
	own := r.client("own", lacking("read"))
	for name, tt := range map[string]struct {
		answer answer
		scope  string
	}{
		"client_credentials":                   {r.post("/token", as(c["app"], "grant_type", core.GrantClientCredentials, "scope", "write", "resource", testAPI)), "write read"},
		"client_credentials, not its own":      {r.post("/token", as(own, "grant_type", core.GrantClientCredentials, "scope", "write", "resource", testAPI)), "write"},
		"refresh, narrowed":                    {refreshed(both, "scope", "write"), "read write"},
		"refresh, narrowed to the lesser":      {refreshed(both, "scope", "read"), "read"},
		"refresh of a grant from before":       {refreshed([]string{"write"}, "scope", "write"), "write"},
		"exchange":                             {r.exchange(c["other"], token, testMCP, "scope", "tools"), "tools read"},
		"exchange, the lesser":                 {r.exchange(c["other"], token, testMCP, "scope", "read"), "read"},
		"exchange, not in the rule":            {r.exchange(c["orders"], token, testMCP, "scope", "read tools"), "read"},
		"exchange of one that was narrowed":    {r.exchange(c["orders"], narrowed, testMCP), "read"},
		"an assertion for others, their words": {r.assert(c["agent"], r.idTokenFor(c["agent"]), testOther, testTool, "scope", "chat.write"), "chat.write"},
	} {
		if r.ok(tt.answer).text("scope") != tt.scope {
			t.Errorf("%s: %s", name, tt.answer.body)
		}
	}
}

func TestMC13_EM03_AssertionsGiveWhatTheirScopesInclude(t *testing.T) {
	f := newFederation(t, withHierarchy)
	for name, tt := range map[string]struct {
		answer answer
		scope  string
	}{
		"asserted":                       {f.present(f.idJAG(claim("scope", "tools"))), "tools read"},
		"asked for":                      {f.present(f.idJAG(), "scope", "tools"), "tools read"},
		"asked for, the lesser":          {f.present(f.idJAG(), "scope", "read"), "read"},
		"the lesser of what is asserted": {f.present(f.idJAG(claim("scope", "tools")), "scope", "read"), "read"},
		"a workload":                     {f.work(f.job(), "scope", "write"), "read write"},
	} {
		if f.ok(tt.answer).text("scope") != tt.scope {
			t.Errorf("%s: %s", name, tt.answer.body)
		}
	}
	f.change("app", lacking("read"))
	f.pass(core.MaxClientStale)
	if a := f.ok(f.present(f.idJAG(claim("scope", "tools")))); a.text("scope") != "tools" {
		t.Errorf("EM-03: what the client may not have: %s", a.body)
	}
	f.change("app", func(c *core.Client) { c.Scopes = []string{"read"} })
	f.pass(core.MaxClientStale)
	f.refuses(f.present(f.idJAG(claim("scope", "tools")), "scope", "read"), 400, core.InvalidScope) // included in what it may not have itself
}
