package provider

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/internal/jose"
)

// said is what introspection and userinfo say of an opaque token afterwards has to
// be what the answer said: a scope that was taken from the client is in none.
func TestThreat_STA05_AnOpaqueTokenHoldsWhatItsAnswerSays(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		c := r.client("app")
		tools := []core.Access{{Scopes: []string{"openid", "email", "offline_access"}}, {Resource: testMCP, Scopes: []string{"tools", "read"}}}
		token := r.ok(r.redeem(c, r.code(c, tools))).text("refresh_token")
		code := r.code(c, tools)
		r.change("app", func(c *core.Client) { c.Scopes = []string{"openid", "read"} })
		for name, a := range map[string]answer{
			"refreshed": r.ok(r.refresh(c, token)), "redeemed": r.ok(r.redeem(c, code)),
		} {
			said := r.ok(r.introspectAs(c, a.text("access_token"))).text("scope")
			if a.text("scope") != "read" || said != "read" {
				t.Errorf("%s: the answer says %q, introspection %q", name, a.text("scope"), said)
			}
		}
		own := r.ok(r.refresh(c, token, "resource", testIssuer))
		if info := r.ok(r.person(own.text("access_token"))); info.json["email"] != nil {
			t.Errorf("userinfo still tells the address: %s, for %q", info.body, own.text("scope"))
		}
	})
}

// hops are rules for a chain through many resources with long names.
func hops(n, long int, formats ...core.TokenFormat) func(*Config) {
	return func(c *Config) {
		c.Exchange.Rules = nil
		at := testAPI
		for i := range n {
			uri := "https://hop" + strconv.Itoa(i) + ".example/" + strings.Repeat("x", long)
			c.Resources = append(c.Resources, core.Resource{URI: uri, Scopes: []string{"read"}, Format: formats[i%len(formats)]})
			c.Exchange.Rules = append(c.Exchange.Rules, core.ExchangeRule{
				Client: hopName(i, long), From: []string{at}, To: uri, Scopes: []string{"read"}, Exchanged: true,
			})
			at = uri
		}
	}
}

func hopName(i, long int) string { return "hop" + strconv.Itoa(i) + strings.Repeat("c", long) }

// However long the names in a chain are: what is given can be used, and what could
// not be is refused.
func TestThreat_JWT12_TX04_ALongChainIsUsableOrRefused(t *testing.T) {
	for n, long := range []int{0, 0, 20, 20, 60, 60, 150, 150, 400, 400} {
		formats := []core.TokenFormat{core.JWT, core.JWT}
		if n%2 == 0 {
			formats[0] = core.Opaque
		}
		r := newRig(t, hops(9, long, formats...))
		app := r.client("app")
		token, source := r.tokenFor(app, "read"), testAPI
		depth, refused := 0, answer{}
		for i, rule := range r.Exchange.Rules {
			c := r.client(hopName(i, long), func(c *core.Client) {
				c.GrantTypes, c.Serves = append(c.GrantTypes, core.GrantTokenExchange), []string{source}
			})
			a := r.exchange(c, token, rule.To)
			if a.status != 200 {
				refused = a
				break
			}
			token, source, depth = a.text("access_token"), rule.To, depth+1
			if !r.active(c, token) {
				t.Errorf("%d: at hop %d a token of %d bytes was given that is none", long, i, len(token))
				break
			}
		}
		if refused.status != 400 || depth == 0 || long < 20 && depth != maxLinks-1 {
			t.Errorf("%d: %d hops, then %d %s", long, depth, refused.status, refused.body)
		}
		t.Logf("%v, names of %d: %d hops, %s", formats, long, depth, refused.text("error_description"))
		if strings.Contains(refused.text("error_description"), "fewer") {
			t.Errorf("%d: misleads: %s", long, refused.body)
		}
	}
}

// Where an exchanged token is taken, and by whom it is revoked.
func TestThreat_JWT06_TX05_WhatAnExchangedTokenIsGoodFor(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.tokenFor(c["app"], "read write")
	opaque := r.ok(r.exchange(c["orders"], token, testMCP)).text("access_token")
	signed := r.ok(r.exchange(c["stock"], opaque, testLedger)).text("access_token")
	for _, exchanged := range []string{opaque, signed} {
		if a := r.person(exchanged); a.status != 401 {
			t.Errorf("userinfo: %d %s", a.status, a.body)
		}
		r.refuses(r.refresh(c["orders"], exchanged), 400, core.InvalidGrant)
		for _, typ := range []string{core.TokenTypeJWT, core.TokenTypeIDToken, "urn:ietf:params:oauth:token-type:refresh_token", core.TokenTypeIDJAG} {
			v := as(c["stock"], "grant_type", core.GrantTokenExchange, "subject_token", exchanged, "subject_token_type", typ, "resource", testLedger)
			r.refuses(r.post("/token", v), 400, core.InvalidRequest)
		}
		a := r.exchange(c["orders"], token, testMCP, "actor_token", exchanged, "actor_token_type", core.TokenTypeAccessToken)
		r.refuses(a, 400, core.InvalidRequest)
		a = r.assert(c["agent"], exchanged, testOther, testTool)
		r.refuses(a, 400, core.InvalidGrant)
	}
	for _, who := range []string{"app", "orders", "robot", "ledger"} { // nobody's but the stock's
		r.refuses(r.post("/revoke", as(c[who], "token", signed)), 400, core.UnauthorizedClient)
	}
	if !r.active(c["ledger"], signed) || !r.active(c["stock"], opaque) {
		t.Fatal("somebody else has revoked it")
	}
	r.ok(r.post("/revoke", as(c["stock"], "token", signed)))
	if r.active(c["ledger"], signed) || !r.active(c["stock"], opaque) {
		t.Error("revoking the last does not end it, or ends the one before")
	}
	again := r.ok(r.exchange(c["stock"], opaque, testLedger)).text("access_token")
	r.ok(r.post("/revoke", as(c["orders"], "token", opaque)))
	if r.active(c["ledger"], again) || r.active(c["stock"], opaque) {
		t.Error("what came of a revoked token lives on")
	}
	r.refuses(r.exchange(c["stock"], opaque, testLedger), 400, core.InvalidRequest)
	if a := r.ok(r.introspectAs(c["app"], token)); a.json["active"] != true {
		t.Errorf("the subject's own token has ended: %s", a.body)
	}
}

// One that exchanged and is switched off at another replica: it is out at once, and
// what it was given is dead wherever it is asked about.
func TestThreat_STA01_AnExchangerThatIsSwitchedOffElsewhere(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.tokenFor(c["app"], "read")
	before := r.ok(r.exchange(c["orders"], token, testMCP)).text("access_token")
	signed := r.ok(r.exchange(c["stock"], before, testLedger)).text("access_token")
	r.change("orders", func(c *core.Client) { c.Disabled, c.Epoch = true, c.Epoch+1 }) // at another replica
	r.refuses(r.exchange(c["orders"], token, testMCP), 401, core.InvalidClient)
	if r.active(c["stock"], before) || r.active(c["ledger"], signed) {
		t.Error("what rests on it counts")
	}
	r.refuses(r.exchange(c["stock"], before, testLedger), 400, core.InvalidRequest)
	r.pass(core.MaxClientStale)
	r.refuses(r.exchange(c["orders"], token, testMCP), 401, core.InvalidClient)
	r.change("orders", func(c *core.Client) { c.Disabled = false })
	r.pass(core.MaxClientStale)
	if r.active(c["stock"], before) || r.active(c["ledger"], signed) {
		t.Error("enabling has given it back")
	}
	r.ok(r.exchange(c["orders"], token, testMCP))
}

// A token that lasts, brought to be exchanged: what it gives lasts no longer than
// any other, and nothing once its client's policy, scope or resource is gone.
func TestThreat_STA05_ALastingTokenAsSubject(t *testing.T) {
	for name, take := range map[string]func(*core.Client){
		"policy":   func(c *core.Client) { c.TokenPolicy = "" },
		"resource": func(c *core.Client) { c.Resources = []string{testAPI} },
		"scope":    func(c *core.Client) { c.Scopes = []string{"openid", "tools"} },
		"disabled": func(c *core.Client) { c.Disabled = true },
		"deleted":  func(c *core.Client) { c.Deleted, c.Epoch = true, c.Epoch+1 },
	} {
		r, c := newExchangeRig(t)
		cli := r.client("cli", lasting)
		token := r.lastingToken(cli, "resource", testMCP)
		r.pass(90 * day)
		a := r.ok(r.exchange(c["stock"], token, testLedger))
		if lives := a.json["expires_in"].(float64); lives > 3600 || a.text("scope") != "read" {
			t.Errorf("lives %v s for %q", lives, a.text("scope"))
		}
		r.change("cli", take)
		if a := r.exchange(c["stock"], token, testLedger); a.status != 400 {
			t.Errorf("%s is gone: %d %s", name, a.status, a.body)
		}
	}
}

// The tokens of assertions are exchanged like others, and never past their end.
func TestThreat_TX03_JG03_ATokenOfAnAssertionAsSubject(t *testing.T) {
	f := newFederation(t, func(c *Config) {
		c.Exchange = exchanges()
		c.Resources = append(c.Resources, core.Resource{URI: testLedger, Scopes: []string{"read", "pay"}, Format: core.JWT})
	})
	stock := f.client("stock", func(c *core.Client) {
		c.GrantTypes, c.Serves = append(c.GrantTypes, core.GrantTokenExchange), []string{testMCP}
	})
	token := f.ok(f.present(f.idJAG())).text("access_token")
	f.pass(9 * time.Minute)
	a := f.ok(f.exchange(stock, token, testLedger))
	if a.json["expires_in"].(float64) > 60 {
		t.Errorf("lives %v s", a.json["expires_in"])
	}
	if !f.active(stock, a.text("access_token")) {
		t.Error("not active")
	}
	g := f.grants()[0]
	f.must(f.store.Store.UpdateGrant(t.Context(), g.Revoke("test").Grant))
	if f.active(stock, a.text("access_token")) {
		t.Error("outlives its grant")
	}
	f.refuses(f.exchange(stock, token, testLedger), 400, core.InvalidRequest)
	job := f.ok(f.work(f.job())).text("access_token")
	f.refuses(f.exchange(stock, job, testLedger), 400, core.InvalidRequest) // about no person
}

// What proves one thing proves no other, even where one key signs it all (JWT06).
func TestThreat_JWT06_EM01_KeysThatSignSeveralThings(t *testing.T) {
	f := newFederation(t, func(c *Config) {
		c.TrustedIssuers[0].People.Plain = true
		c.TrustedIssuers[1].Workloads[0].Claims = map[string]string{"sub": "app"}
	})
	shared := func(c *core.Client) {
		c.AuthMethod, c.Secrets, c.Keys = core.AuthPrivateKeyJWT, nil, jose.JWKS(f.idp.JWK(), f.platform.JWK())
	}
	app := f.client("signer", shared, usesAssertions)
	own := func(change ...map[string]any) string {
		return f.says(f.idp, "JWT", map[string]any{"iss": app.ID, "sub": app.ID}, change...)
	}
	asked := func(client, grant string) answer {
		return f.post("/token", form("grant_type", core.GrantJWTBearer, "assertion", grant, "client_assertion", client, "client_assertion_type", assertionType))
	}
	f.refuses(asked(own(), own()), 400, core.InvalidGrant) // a client's assertion about itself
	f.refuses(asked(own(), own(claim("iss", testIdP), claim("client_id", "app"))), 400, core.InvalidGrant)
	f.refuses(f.post("/token", byJWT(own())), 400, core.InvalidGrant) // alone
	f.refuses(asked(f.idJAG(), f.idJAG()), 401, core.InvalidClient)   // an assertion about a person
	f.refuses(asked(f.says(f.idp, core.TypeIDJAG, map[string]any{"iss": app.ID, "sub": app.ID}), f.idJAG(claim("client_id", app.ID))), 401, core.InvalidClient)
	f.refuses(asked(f.says(f.idp, "at+jwt", map[string]any{"iss": app.ID, "sub": app.ID}), f.idJAG(claim("client_id", app.ID))), 401, core.InvalidClient)
	for _, typ := range []string{"at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "client-authentication+jwt", "token-introspection+jwt"} {
		f.refuses(asked(own(), f.says(f.idp, typ, jagClaims(), claim("client_id", app.ID))), 400, core.InvalidGrant)
	}
	idToken := claim("aud", "client-of-keywright-there")
	f.refuses(asked(own(), f.says(f.idp, "JWT", jagClaims(), claim("client_id", app.ID), idToken)), 400, core.InvalidGrant)
	f.ok(asked(own(), f.idJAG(claim("client_id", app.ID))))
	f.ok(asked(own(), f.says(f.idp, "JWT", jagClaims(), claim("client_id", nil))))
}

// Two texts that readers take for one are no text: a half of a surrogate pair is
// replaced by every decoder, so that two subjects would be one person (IDN06).
func TestThreat_IDN06_JG02_HalvesOfSurrogatePairs(t *testing.T) {
	f := newFederation(t)
	for _, claim := range []string{"sub", "jti", "iss", "client_id", "tenant", "aud_sub"} {
		for _, half := range []string{`\ud800`, `\uDFFF`, `\udc00\ud800`, `\ud800\u0041`, `a\ud83d`} {
			payload := string(f.payload(f.idJAG(map[string]any{claim: nil})))
			token, err := f.idp.Sign(core.TypeIDJAG, []byte(strings.TrimSuffix(payload, "}")+`,"`+claim+`":"`+half+`"}`))
			f.must(err)
			f.refuses(f.present(token), 400, core.InvalidGrant)
		}
	}
	payload := string(f.payload(f.idJAG(claim("sub", nil))))
	token, err := f.idp.Sign(core.TypeIDJAG, []byte(strings.TrimSuffix(payload, "}")+`,"sub":"\ud83d\ude00 \\ud800"}`))
	f.must(err)
	f.ok(f.present(token)) // a whole pair, and a backslash that is one
	for _, claim := range []string{"sub", "jti"} {
		payload := string(f.payload(f.job(map[string]any{claim: nil})))
		token, err := f.platform.Sign("JWT", []byte(strings.TrimSuffix(payload, "}")+`,"`+claim+`":"a\ud800"}`))
		f.must(err)
		f.refuses(f.work(token), 400, core.InvalidGrant)
	}
}

// A workload counts as a use of its client: who cleans up must not take it away.
func TestOperator_AWorkloadIsAUse(t *testing.T) {
	f := newFederation(t)
	f.ok(f.work(f.job()))
	f.must(f.WriteUses(t.Context()))
	c, err := f.store.Store.Client(t.Context(), "deploy")
	f.must(err)
	if !c.Record.UsedAt.Equal(f.clock()) {
		t.Errorf("used at %v", c.Record.UsedAt)
	}
}

// Used once, an assertion stays used: whatever became of the person's grant, and
// after the purge that follows its last moment (INV-M1, INV-M2).
func TestThreat_INVM2_AnAssertionStaysUsed(t *testing.T) {
	db := memory.New()
	f := newFederationOn(t, db)
	token, job := f.idJAG(), f.job()
	f.ok(f.present(token))
	f.ok(f.work(job))
	again := func(what string) {
		t.Helper()
		for _, a := range []answer{f.present(token), f.work(job)} {
			if a.status != 400 || a.text("error") != "invalid_grant" {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
	}
	again("at once")
	_, _, err := f.store.Store.EndGrants(t.Context(), core.GrantFilter{Client: "app"}, "test", core.NewID(f.clock()), 100)
	f.must(err)
	again("revoked")
	for range 5 { // the purge's clock runs ahead of ours by all that is allowed
		f.pass(45 * time.Second)
		_, _, err := db.Purge(t.Context(), f.clock().Add(core.MaxClockSkew), 1000)
		f.must(err)
		again("purged")
	}
}

// A hierarchy that changes, and a resource that is called otherwise, between
// sign-in and refresh: nothing is had that was not granted.
func TestThreat_INVF3_MC13_RefreshAfterTheConfigurationChanged(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, []core.Access{{Scopes: []string{"openid", "offline_access"}}, {Resource: testAPI, Scopes: []string{"write"}}}))).text("refresh_token")
	r.hierarchy = core.NewHierarchy([]core.Scope{{Name: "write", Implies: []string{"read"}}})
	if a := r.ok(r.refresh(c, token)); a.text("scope") != "write" {
		t.Errorf("scope %q", a.text("scope"))
	}
	r.refuses(r.refresh(c, token, "scope", "read"), 400, core.InvalidScope)
	own := r.ok(r.post("/token", as(c, "grant_type", core.GrantClientCredentials, "scope", "write", "resource", testAPI)))
	if got := strings.Fields(own.text("scope")); !slices.Equal(got, []string{"write", "read"}) {
		t.Errorf("client_credentials: %q", got)
	}
	r.change("app", func(c *core.Client) { c.Scopes = []string{"openid", "write"} })
	r.pass(core.MaxClientStale)
	own = r.ok(r.post("/token", as(c, "grant_type", core.GrantClientCredentials, "scope", "write", "resource", testAPI)))
	if own.text("scope") != "write" {
		t.Errorf("a scope that the client may not have is implied: %q", own.text("scope"))
	}
	resources := slices.Clone(r.Resources)
	resources[0].URI, resources[0].Aliases = "https://api.example/v2", []string{testAPI}
	r.Resources = resources
	r.refuses(r.refresh(c, token, "resource", testAPI), 400, core.InvalidTarget)
	a := r.ok(r.refresh(c, token))
	if a.text("scope") == "write" {
		t.Error("a resource that is not the client's is given under its old name")
	}
}

// What a later release wrote beside what this one knows stays in the rows that the
// token endpoint and operators write (mixed releases during an update).
func TestThreat_MixedReleases_WhatALaterOneWroteIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		later := map[string]json.RawMessage{"v": json.RawMessage(`7`), "colour": json.RawMessage("\"\\u003cré\\u0000d\\u003e\"")}
		c := r.client("app", func(c *core.Client) { c.Rest = maps.Clone(later) })
		token := r.ok(r.redeem(c, r.code(c, apiAccess, func(g *core.Grant) { g.Rest = maps.Clone(later) })))
		r.must(r.WriteUses(t.Context()))
		operator := admin.Clients{Store: r.store.Store, Now: r.clock}
		for _, act := range []func(admin.Clients, context.Context, string, admin.Act) (core.Client, error){
			admin.Clients.Approve, admin.Clients.Disable, admin.Clients.Enable,
		} {
			_, err := act(operator, t.Context(), "app", admin.Act{By: "ola", Reason: "x"})
			r.must(err)
		}
		r.pass(core.MaxClientStale)
		r.refuses(r.refresh(c, token.text("refresh_token")), 400, core.InvalidGrant)
		row, err := r.store.Store.Client(t.Context(), "app")
		r.must(err)
		g := r.grantOf("app")
		for name, rest := range map[string]map[string]json.RawMessage{"grant": g.Rest, "client": row.Rest} {
			if string(rest["v"]) != "7" || string(rest["colour"]) != string(later["colour"]) {
				t.Errorf("%s: %s", name, rest)
			}
		}
		if g.State != core.GrantRevoked || row.Record.DisabledBy != "ola" || row.Record.UsedAt.IsZero() {
			t.Errorf("%s, %+v", g.State, row.Record)
		}
	})
}

// A resource that is called otherwise since is still the one that a chain has left.
func TestThreat_TX03_ADetourThroughARename(t *testing.T) {
	r, c := newExchangeRig(t)
	narrow := r.ok(r.exchange(c["orders"], r.tokenFor(c["app"], "read"), testMCP)).text("access_token")
	resources, rules := slices.Clone(r.Resources), slices.Clone(r.Exchange.Rules)
	resources[0].URI, resources[0].Aliases = "https://api.example/v2", []string{testAPI}
	rules[2].To = resources[0].URI
	r.Resources, r.Exchange.Rules = resources, rules
	r.refuses(r.exchange(c["stock"], narrow, testAPI), 400, core.InvalidTarget)
	r.refuses(r.exchange(c["stock"], narrow, resources[0].URI), 400, core.InvalidTarget)
}
