package provider

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// mutation is a request with one thing changed, and the error it has to get;
// empty: it is still good.
type mutation struct {
	answer answer
	code   core.ErrorCode
}

// judge wants one clear answer to each (A4).
func (r *rig) judgeMutations(all map[string]mutation) {
	r.t.Helper()
	for name, tt := range all {
		if tt.code == "" {
			r.ok(tt.answer)
			continue
		}
		if tt.answer.status != 400 || tt.answer.text("error") != string(tt.code) {
			r.t.Errorf("%s: %d %s, want %s", name, tt.answer.status, tt.answer.body, tt.code)
		}
		if strings.Contains(tt.answer.body, "access_token\":") || strings.Contains(tt.answer.body, "evil") {
			r.t.Errorf("%s: says too much: %s", name, tt.answer.body)
		}
	}
}

// Who asks, and for what.
func TestTX02_MutationsOfTheRequest(t *testing.T) {
	r, c := newExchangeRig(t)
	plain := r.client("plain", func(c *core.Client) { c.Serves = []string{testAPI} })
	open := r.client("open", public, func(c *core.Client) { c.GrantTypes = append(c.GrantTypes, core.GrantTokenExchange) })
	dynamic := r.client("dynamic", func(c *core.Client) {
		c.Lane, c.GrantTypes = core.LaneDCR, append(c.GrantTypes, core.GrantTokenExchange)
	})
	token, ours := r.tokenFor(c["app"], "read write"), r.tokenFor(c["agent"], "read")
	r.judgeMutations(map[string]mutation{
		"good":                          {r.exchange(c["orders"], token, testMCP), ""},
		"good, by audience":             {r.exchange(c["orders"], token, "", "audience", testMCP), ""},
		"good, both the same":           {r.exchange(c["orders"], token, testMCP, "audience", testMCP), ""},
		"good, type said":               {r.exchange(c["orders"], token, testMCP, "requested_token_type", core.TokenTypeAccessToken), ""},
		"good, in capitals":             {r.exchange(c["orders"], token, "HTTPS://MCP.example/mcp"), ""},
		"good, its own token":           {r.exchange(c["agent"], ours, testLedger), ""},
		"other requested type":          {r.exchange(c["orders"], token, testMCP, "requested_token_type", core.TokenTypeJWT), core.InvalidRequest},
		"refresh token asked for":       {r.exchange(c["orders"], token, testMCP, "requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), core.InvalidRequest},
		"no target":                     {r.exchange(c["orders"], token, ""), core.InvalidTarget},
		"two resources":                 {r.exchange(c["orders"], token, testMCP, "resource", testLedger), core.InvalidTarget},
		"two audiences":                 {r.exchange(c["orders"], token, "", "audience", testMCP, "audience", testLedger), core.InvalidTarget},
		"resource and another audience": {r.exchange(c["orders"], token, testMCP, "audience", testLedger), core.InvalidTarget},
		"unlisted target":               {r.exchange(c["orders"], token, testLedger), core.InvalidTarget},
		"unknown target":                {r.exchange(c["orders"], token, "https://evil.example"), core.InvalidTarget},
		"the issuer as target":          {r.exchange(c["orders"], token, testIssuer), core.InvalidTarget},
		"self-exchange":                 {r.exchange(c["orders"], token, testAPI), core.InvalidTarget},
		"malformed target":              {r.exchange(c["orders"], token, testMCP+"#x"), core.InvalidTarget},
		"a client no rule names":        {r.exchange(c["other"], token, testMCP), core.InvalidTarget},
		"not registered for it":         {r.exchange(plain, token, testMCP), core.UnauthorizedClient},
		"public client":                 {r.exchange(open, token, testMCP), core.UnauthorizedClient},
		"registered itself":             {r.exchange(dynamic, token, testMCP), core.UnauthorizedClient},
		"scope outside":                 {r.exchange(c["orders"], token, testMCP, "scope", "pay"), core.InvalidScope},
		"scope the subject lacks":       {r.exchange(c["orders"], token, testMCP, "scope", "tools"), core.InvalidScope},
		"scope malformed":               {r.exchange(c["orders"], token, testMCP, "scope", `re"ad`), core.InvalidScope},
	})
}

// What is brought.
func TestTX05_MutationsOfTheTokens(t *testing.T) {
	r, c := newExchangeRig(t)
	access := core.TokenTypeAccessToken
	tokens := r.ok(r.redeem(c["app"], r.code(c["app"], apiAccess), "resource", testAPI))
	token := tokens.text("access_token")
	machine := r.ok(r.post("/token", as(c["orders"], "grant_type", "client_credentials", "resource", testAPI))).text("access_token")
	exchanged := r.ok(r.exchange(c["orders"], token, testMCP)).text("access_token")
	bound := r.tokenFor(c["app"], "read")
	r.bind(bound)
	ask := func(c core.Client, pairs ...string) answer {
		return r.post("/token", with(as(c, "grant_type", core.GrantTokenExchange), pairs...))
	}
	r.judgeMutations(map[string]mutation{
		"foreign audience":               {r.exchange(c["stock"], token, testLedger), core.InvalidRequest},
		"foreign audience, agent":        {r.exchange(c["agent"], token, testLedger), core.InvalidRequest},
		"own, of a source without rule":  {r.exchange(c["orders"], exchanged, testMCP), core.InvalidRequest},
		"rule takes none from exchanges": {r.exchange(c["closed"], exchanged, testLedger), core.InvalidRequest},
		"garbage":                        {r.exchange(c["orders"], "x", testMCP), core.InvalidRequest},
		"unsigned JWT":                   {r.exchange(c["orders"], "eyJhbGciOiJub25lIn0.e30.", testMCP), core.InvalidRequest},
		"cut":                            {r.exchange(c["orders"], token[:len(token)-4], testMCP), core.InvalidRequest},
		"ID token":                       {r.exchange(c["orders"], tokens.text("id_token"), testMCP), core.InvalidRequest},
		"refresh token":                  {r.exchange(c["app"], tokens.text("refresh_token"), testMCP), core.UnauthorizedClient},
		"machine's token":                {r.exchange(c["orders"], machine, testMCP), core.InvalidRequest},
		"bound to a key":                 {r.exchange(c["orders"], bound, testMCP), core.InvalidRequest},
		"no subject":                     {ask(c["orders"], "subject_token_type", access, "resource", testMCP), core.InvalidRequest},
		"no subject type":                {ask(c["orders"], "subject_token", token, "resource", testMCP), core.InvalidRequest},
		"subject type of an ID token":    {ask(c["orders"], "subject_token", token, "subject_token_type", core.TokenTypeIDToken, "resource", testMCP), core.InvalidRequest},
		"subject type JWT":               {ask(c["orders"], "subject_token", token, "subject_token_type", core.TokenTypeJWT, "resource", testMCP), core.InvalidRequest},
		"subject twice":                  {r.exchange(c["orders"], token, testMCP, "subject_token", token), core.InvalidRequest},
		"actor without type":             {r.exchange(c["orders"], token, testMCP, "actor_token", machine), core.InvalidRequest},
		"actor type without actor":       {r.exchange(c["orders"], token, testMCP, "actor_token_type", access), core.InvalidRequest},
		"sign-in too weak":               {r.exchange(c["strong"], token, testLedger), core.InsufficientUserAuthentication},
		"a needed scope is missing":      {r.exchange(c["clerk"], r.tokenFor(c["orders"], "read"), testLedger), core.InvalidScope},
	})
	r.pass(10 * time.Minute)
	r.refuses(r.exchange(c["orders"], token, testMCP), 400, core.InvalidRequest)
}

// bind binds the grant of the token to a key, as DPoP does.
func (r *rig) bind(token string) {
	a, err := r.readAccessToken(r.t.Context(), token, r.clock())
	r.must(err)
	g, _, err := r.store.Store.Grant(r.t.Context(), a.grant)
	r.must(err)
	g.Proof = "thumbprint"
	r.must(r.store.Store.UpdateGrant(r.t.Context(), g))
}

// Down and up again: what was narrowed on the way is not widened by another hop.
func TestTX03_NoEscalationByDetour(t *testing.T) {
	r, c := newExchangeRig(t)
	narrow := r.ok(r.exchange(c["orders"], r.tokenFor(c["app"], "read"), testMCP)).text("access_token")
	r.refuses(r.exchange(c["stock"], narrow, testAPI), 400, core.InvalidTarget) // where it came from
	a := r.ok(r.exchange(c["stock"], narrow, testLedger, "scope", "read pay"))
	if a.text("scope") != "read" {
		t.Errorf("scope %q", a.text("scope"))
	}
	r.refuses(r.exchange(c["stock"], narrow, testLedger, "scope", "pay"), 400, core.InvalidScope)
	r.change("stock", func(c *core.Client) { c.StrictScopes = true })
	r.pass(core.MaxClientStale)
	r.refuses(r.exchange(c["stock"], narrow, testLedger, "scope", "read pay"), 400, core.InvalidScope)
}

// An outage is never told as a bad token (INV-A5).
func TestTX05_AnOutageIsNoRefusal(t *testing.T) {
	r, c := newExchangeRig(t)
	second := r.ok(r.exchange(c["orders"], r.tokenFor(c["app"], "read"), testMCP)).text("access_token")
	r.ok(r.exchange(c["stock"], second, testLedger))
	for n := 1; n <= 3; n++ {
		r.store.Arm(Fault{Nth: n})
		if a := r.exchange(c["stock"], second, testLedger); a.status != 503 {
			t.Errorf("call %d: %d %s", n, a.status, a.body)
		}
	}
	for n := 1; n <= 2; n++ {
		r.store.Arm(Fault{Nth: n})
		if a := r.introspectAs(c["stock"], second); a.status != 503 {
			t.Errorf("introspection, call %d: %d %s", n, a.status, a.body)
		}
	}
	r.store.Arm(Fault{})
	r.ok(r.exchange(c["stock"], second, testLedger))
}

// However a chain goes, scope and lifetime never exceed what was brought (TX-03).
func TestTX03_PropertyNothingGrows(t *testing.T) {
	r, c := newExchangeRig(t)
	asks := []string{"", "read", "read write", "tools read", "pay read", "write tools pay read openid"}
	for _, scope := range []string{"read", "read write"} {
		for n, ask := range asks {
			token := r.tokenFor(c["app"], scope)
			ends := r.clock().Add(10 * time.Minute).Unix()
			r.pass(time.Duration(n*97+1) * time.Second)
			held := strings.Fields(scope)
			for _, hop := range [][2]string{{"orders", testMCP}, {"stock", testLedger}} {
				pairs := []string{}
				if ask != "" {
					pairs = []string{"scope", ask}
				}
				a := r.ok(r.exchange(c[hop[0]], token, hop[1], pairs...))
				given := strings.Fields(a.text("scope"))
				for _, s := range given {
					if !slices.Contains(held, s) || ask != "" && !slices.Contains(strings.Fields(ask), s) {
						t.Errorf("%q of %q, asked %q, at %s", s, held, ask, hop[1])
					}
				}
				if until := r.clock().Unix() + int64(a.json["expires_in"].(float64)); until > ends {
					t.Errorf("lives %d s longer", until-ends)
				}
				token, held = a.text("access_token"), given
				r.pass(3 * time.Second)
			}
		}
	}
}

// A token from before stays readable, and an unknown form stays unread.
func TestAccessTokenForms(t *testing.T) {
	old := accessToken{grant: core.NewID(time.Unix(9, 0)), epoch: 3, issued: 1, expires: 601, resource: testAPI, narrowed: true, scopes: []string{"read"}}
	b := old.append(nil)
	if b[0] != 1 || b[1] != accessHasGrant|accessHasScopes {
		t.Errorf("the form of ordinary tokens has changed: %v", b[:2])
	}
	made := old
	made.adopt(&chain{links: []link{{client: "orders", epoch: 7, serial: [16]byte{1}}, {client: "robot"}}, act: []string{"robot"}, from: []string{testAPI}})
	content := made.append(nil)
	for n := range content {
		if _, err := parseAccessToken(content[:n]); err == nil {
			t.Errorf("cut to %d bytes it is read", n)
		}
	}
	for name, change := range map[string]func([]byte) []byte{
		"flag of tomorrow":       func(b []byte) []byte { b[1] |= 8; return b },
		"chain without a grant":  func(b []byte) []byte { b[1] &^= accessHasGrant; return b },
		"chain without scopes":   func(b []byte) []byte { b[1] &^= accessHasScopes; return b },
		"chain that is not said": func(b []byte) []byte { b[1] &^= accessHasChain; return b },
		"more at the end":        func(b []byte) []byte { return append(b, 0) },
	} {
		if _, err := parseAccessToken(change(slices.Clone(content))); err == nil {
			t.Errorf("%s: is read", name)
		}
	}
	long := made
	long.adopt(&chain{links: make([]link, maxLinks+1)})
	if _, err := parseAccessToken(long.append(nil)); err == nil {
		t.Error("a chain beyond the limit is read")
	}
}
