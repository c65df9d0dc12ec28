package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

func claim(name string, value any) map[string]any { return map[string]any{name: value} }

func TestEM03_JG03_AnAssertionGivesATokenForOneResource(t *testing.T) {
	f := newFederation(t)
	a := f.ok(f.present(f.idJAG()))
	if a.text("scope") != "tools read" || a.text("token_type") != "Bearer" || a.json["refresh_token"] != nil || a.json["id_token"] != nil {
		t.Errorf("EM-03, JG-03: %s", a.body)
	}
	said := f.ok(f.introspectAs(f.app, a.text("access_token")))
	if said.text("aud") != testMCP || said.text("scope") != "tools read" || !strings.HasPrefix(said.text("sub"), "usr_") {
		t.Errorf("introspection: %s", said.body)
	}
	g := f.grantOf("app")
	if g.State != core.GrantActive || g.Refreshable || !g.Session.IsZero() || g.AuthMethod != core.AuthSecretPost || g.AMR[0] != "fed" {
		t.Errorf("the grant: %+v", g)
	}
	f.store.Cost()
	f.ok(f.present(f.idJAG()))
	if cost := f.store.Cost(); cost != "3 reads, 1 writes" { // link, account, consent with the client; the grant
		t.Errorf("a known person's assertion cost %s", cost)
	}
	if n := f.accounts(); n != 2 {
		t.Errorf("JG-02: %d accounts", n)
	}
}

func TestJG01_EM01_EM02_EM04_EM08_TheMutationsOfAnIDJAG(t *testing.T) {
	f := newFederation(t)
	stranger := newSigner(t, jose.ES256, "idp-1")
	other := newSigner(t, jose.ES256, "other")
	now := f.clock().Unix()
	tests := []struct {
		name   string
		change map[string]any
	}{
		{"JWT08 iss slash", claim("iss", testIdP+"/")}, {"JWT08 iss http", claim("iss", "http://idp.company.example")}, {"no iss", claim("iss", nil)},
		{"iss ourselves", claim("iss", testIssuer)},
		{"no sub", claim("sub", nil)}, {"sub empty", claim("sub", "")}, {"sub number", claim("sub", 7)},
		{"no aud", claim("aud", nil)}, {"aud []", claim("aud", []string{})}, {"aud two", claim("aud", []string{testIssuer, "https://x.example"})},
		{"aud twice ours", claim("aud", []string{testIssuer, testIssuer})}, {"aud token endpoint (D6)", claim("aud", testIssuer+"/token")},
		{"aud slash", claim("aud", testIssuer+"/")}, {"aud case", claim("aud", strings.ToUpper(testIssuer))}, {"aud number", claim("aud", 1)}, {"aud resource", claim("aud", testMCP)},
		{"no exp", claim("exp", nil)}, {"exp text", claim("exp", "soon")}, {"expired", claim("exp", now-61)}, {"exp year 9999", claim("exp", 253402300799)},
		{"lives too long", claim("exp", now+400)}, {"no iat", claim("iat", nil)}, {"iat ahead", map[string]any{"iat": now + 90, "exp": now + 120}},
		{"iat after exp", map[string]any{"iat": now + 50, "exp": now + 40}}, {"nbf ahead", claim("nbf", now+90)},
		{"old for its life", map[string]any{"iat": now - 600, "exp": now + 10}},
		{"no jti", claim("jti", nil)}, {"jti number", claim("jti", 5)},
		{"no client_id", claim("client_id", nil)}, {"client_id other", claim("client_id", "deploy")}, {"client_id case", claim("client_id", "App")}, {"client_id list", claim("client_id", []string{"app"})},
		{"no resource", claim("resource", nil)}, {"resource []", claim("resource", []string{})}, {"resource number", claim("resource", 1)},
		{"scope list", claim("scope", []string{"read"})}, {"scope quote", claim("scope", `re"ad`)},
		{"tenant", claim("tenant", "t1")}, {"tenant number", claim("tenant", 1)},
		{"EM-08 cnf", claim("cnf", map[string]string{"jkt": "x"})}, {"cnf empty", claim("cnf", map[string]string{})},
		{"aud_sub nobody", claim("aud_sub", "usr_019cab5e-0000-7000-8000-000000000000")}, {"aud_sub words", claim("aud_sub", "ada")},
		{"aud_sub zero", claim("aud_sub", core.Subject(core.ID{}))},
	}
	for _, tt := range tests {
		if a := f.present(f.idJAG(tt.change)); a.status != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
	}
	good := f.idJAG()
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"EM-01 typ JWT": f.says(f.idp, "JWT", jagClaims()), "no typ": f.says(f.idp, "", jagClaims()), "typ at+jwt": f.says(f.idp, "at+jwt", jagClaims()),
		"typ client assertion": f.says(f.idp, "client-authentication+jwt", jagClaims()), "typ logout": f.says(f.idp, "logout+jwt", jagClaims()),
		"another key under the kid": f.says(stranger, core.TypeIDJAG, jagClaims()), "unknown kid": f.says(other, core.TypeIDJAG, jagClaims()),
		"another issuer's key": f.says(f.platform, core.TypeIDJAG, jagClaims()),
		"JWT01 none":           encode(`{"alg":"none","typ":"oauth-id-jag+jwt"}`) + "." + parts[1] + ".", "none, signed": encode(`{"alg":"none","typ":"oauth-id-jag+jwt"}`) + "." + parts[1] + "." + parts[2],
		"JWT03 HS256":        encode(`{"alg":"HS256","kid":"idp-1","typ":"oauth-id-jag+jwt"}`) + "." + parts[1] + "." + parts[2],
		"JWT05 crit":         encode(`{"alg":"ES256","kid":"idp-1","typ":"oauth-id-jag+jwt","crit":["x"]}`) + "." + parts[1] + "." + parts[2],
		"JWT02 two segments": parts[0] + "." + parts[1], "four": good + ".x", "no signature": parts[0] + "." + parts[1] + ".",
		"JWT12 long": parts[0] + "." + strings.Repeat("A", 9000) + "." + parts[2], "dots": strings.Repeat(".", 4000), "a word": "x",
		"JSON": `{"payload":"x"}`, "garbled": good[:len(good)-4] + "AAAA",
	} {
		if a := f.present(token); a.status != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if len(f.grants()) != 0 || f.accounts() != 1 {
		t.Errorf("something was written: %d grants, %d accounts", len(f.grants()), f.accounts())
	}
	f.ok(f.present(good))
	f.refuses(f.post("/token", as(f.app, "grant_type", core.GrantJWTBearer)), 400, core.InvalidRequest)
	f.refuses(f.present(f.idJAG(claim("iss", testPlatform))), 400, core.InvalidRequest) // whose own come alone
	for _, typ := range []string{"application/oauth-id-jag+jwt", "OAuth-ID-JAG+JWT"} {
		f.ok(f.present(f.says(f.idp, typ, jagClaims())))
	}
}

func jagClaims() map[string]any {
	return map[string]any{"iss": testIdP, "sub": "ada", "client_id": "app", "resource": testMCP, "email": "ada@company.example", "email_verified": true}
}

// A claim that is there twice is refused, whatever it says.
func TestJG01_AClaimTwiceIsRefused(t *testing.T) {
	f := newFederation(t)
	now := f.clock().Unix()
	for _, name := range []string{"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "resource", "scope", "email", "email_verified", "cnf"} {
		payload := string(f.payload(f.idJAG()))
		twice := strings.TrimSuffix(payload, "}") + `,"` + name + `":` + map[bool]string{true: itoa(now + 60), false: `"x"`}[name == "exp" || name == "iat"] + `}`
		if name == "cnf" {
			twice = strings.TrimSuffix(payload, "}") + `,"cnf":{},"cnf":{}}`
		}
		token, err := f.idp.Sign(core.TypeIDJAG, []byte(twice))
		f.must(err)
		f.refuses(f.present(token), 400, core.InvalidGrant)
	}
	upper, err := f.idp.Sign(core.TypeIDJAG, []byte(strings.Replace(string(f.payload(f.idJAG())), `"sub"`, `"Sub":"eve","sub"`, 1)))
	f.must(err)
	f.refuses(f.present(upper), 400, core.InvalidGrant)
}

func TestEM04_D7_AnAssertionIsUsedOnceAlsoAtOnce(t *testing.T) {
	f := newFederation(t)
	f.ok(f.present(f.idJAG())) // the account is there
	token := f.idJAG()
	if got := atOnce(32, func() answer { return f.present(token) }); got["ok"] != 1 || got["invalid_grant"] != 31 {
		t.Errorf("of 32 uses: %v", got)
	}
	f.pass(2*time.Minute + 59*time.Second) // its last moment, skew included
	f.refuses(f.present(token), 400, core.InvalidGrant)
	kept := f.grants()[1].KeepUntil
	if ahead := f.clock().Add(core.MaxClockSkew); !kept.After(ahead) {
		t.Errorf("INV-M2: the row may go at %v, which is %v elsewhere", kept, ahead)
	}
}

func TestJG02_AFirstAssertionOfOnePersonAtOnceMakesOneAccount(t *testing.T) {
	f := newFederation(t)
	tokens := make(chan string, 16)
	for range 16 {
		tokens <- f.idJAG()
	}
	if got := atOnce(16, func() answer { return f.present(<-tokens) }); got["ok"] != 16 || f.accounts() != 2 {
		t.Errorf("of 16: %v; %d accounts", got, f.accounts())
	}
}

func TestEM03_ResourceAndScopeAreTheIntersection(t *testing.T) {
	f := newFederation(t)
	for _, tt := range []struct {
		name, asked, resource string
		change                map[string]any
		scope                 string
		refused               core.ErrorCode
	}{
		{"all that is asserted and allowed", "", "", nil, "tools read", ""},
		{"less is asked", "read", "", nil, "read", ""},
		{"more is asked", "read admin write", "", nil, "read", ""},
		{"nothing common", "write", "", nil, "", core.InvalidScope},
		{"malformed", `re"ad`, "", nil, "", core.InvalidScope},
		{"narrower assertion", "tools read", "", claim("scope", "read"), "read", ""},
		{"no scope asserted", "", "", claim("scope", nil), "", ""},
		{"no scope asserted, one asked", "read", "", claim("scope", nil), "", core.InvalidScope},
		{"openid is not theirs to give", "openid", "", claim("scope", "openid read"), "", core.InvalidScope},
		{"the resource named again", "", testMCP, nil, "tools read", ""},
		{"another one of ours", "", testAPI, nil, "", core.InvalidTarget},
		{"a foreign one", "", "https://foreign.example", nil, "", core.InvalidTarget},
		{"the provider itself", "", testIssuer, nil, "", core.InvalidTarget},
		{"foreign in the assertion", "", "", claim("resource", "https://foreign.example"), "", core.InvalidTarget},
		{"ourselves in the assertion", "", "", claim("resource", testIssuer), "", core.InvalidTarget},
		{"two of ours, one asked", "", testAPI, claim("resource", []string{testMCP, testAPI}), "read", ""},
		{"policy narrows the second", "write", testAPI, claim("resource", []string{testMCP, testAPI}), "", core.InvalidScope},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.t = t
			pairs := []string{}
			if tt.asked != "" {
				pairs = append(pairs, "scope", tt.asked)
			}
			if tt.resource != "" {
				pairs = append(pairs, "resource", tt.resource)
			}
			change := map[string]any{}
			if tt.change != nil {
				change = tt.change
			}
			a := f.present(f.idJAG(change), pairs...)
			if tt.refused != "" {
				f.refuses(a, 400, tt.refused)
				return
			}
			if f.ok(a).text("scope") != tt.scope {
				t.Errorf("scope %q", a.text("scope"))
			}
		})
	}
	f.t = t
	f.refuses(f.present(f.idJAG(claim("resource", []string{testMCP, testAPI})), "resource", testMCP, "resource", testAPI), 400, core.InvalidTarget)
}

func TestEM02_OnlyConfidentialClientsThatMay(t *testing.T) {
	f := newFederation(t)
	f.client("spa", usesAssertions, public)
	f.client("web")
	f.client("sure", usesAssertions, func(c *core.Client) { c.RequireACR = []string{core.ACRTwoFactors} })
	f.client("off", usesAssertions, func(c *core.Client) { c.Disabled = true })
	for id, want := range map[string]core.ErrorCode{"spa": core.UnauthorizedClient, "web": core.UnauthorizedClient, "sure": core.UnauthorizedClient} {
		v := byJWT(f.idJAG(claim("client_id", id)), "client_id", id)
		if id != "spa" {
			v.Set("client_secret", testSecret)
		}
		f.refuses(f.post("/token", v), 400, want)
	}
	f.refuses(f.post("/token", byJWT(f.idJAG(claim("client_id", "off")), "client_id", "off", "client_secret", testSecret)), 401, core.InvalidClient)
	f.refuses(f.post("/token", byJWT(f.idJAG(), "client_id", "app")), 401, core.InvalidClient)
	f.refuses(f.post("/token", byJWT(f.idJAG())), 401, core.InvalidClient)
	key := newSigner(t, jose.EdDSA, "")
	f.client("signed", byAssertion(key), usesAssertions)
	v := byJWT(f.idJAG(claim("client_id", "signed")), "client_assertion_type", assertionType, "client_assertion", f.assertion(key, "", "signed", nil))
	f.ok(f.post("/token", v))
	// One that signs for itself is not taken for the other kind, in either place (JWT06).
	own := f.assertion(key, "", "signed", nil)
	f.refuses(f.post("/token", byJWT(own, "client_assertion_type", assertionType, "client_assertion", f.assertion(key, "", "signed", nil))), 400, core.InvalidGrant)
	f.refuses(f.post("/token", form("grant_type", core.GrantJWTBearer, "assertion", f.idJAG(), "client_assertion_type", assertionType, "client_assertion", f.idJAG())), 401, core.InvalidClient)
}

func TestSTA_WhatEndsTheTokensOfAnAssertion(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(*federation){
		"account disabled": func(f *federation) {
			a, err := f.store.Store.Account(ctx, f.grantOf("app").Account)
			f.must(err)
			a.Disabled = true
			f.must(f.store.Store.UpdateAccount(ctx, core.AccountChange{Account: a}))
		},
		"client disabled": func(f *federation) {
			c, err := f.store.Store.Client(ctx, "app")
			f.must(err)
			c.Disabled, c.Epoch = true, c.Epoch+1
			f.must(f.store.Store.UpdateClient(ctx, c))
		},
		"app disconnected": func(f *federation) {
			f.must(f.store.Store.CreateConsent(ctx, core.Consent{Account: f.grantOf("app").Account, Client: "app", Epoch: 1}))
		},
		"revoked": func(f *federation) {
			g := f.grantOf("app")
			f.must(f.store.Store.UpdateGrant(ctx, g.Revoke("test").Grant))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFederation(t)
			f.client("api", func(c *core.Client) { c.Serves = []string{testMCP} })
			api := f.app
			api.ID = "api"
			token := f.ok(f.present(f.idJAG())).text("access_token")
			if !f.active(api, token) {
				t.Fatal("not good to begin with")
			}
			end(f)
			if f.active(api, token) {
				t.Error("the token lives on")
			}
			f.pass(time.Minute)
			again := f.present(f.idJAG())
			switch name {
			case "account disabled":
				f.refuses(again, 400, core.InvalidGrant)
			case "client disabled":
				f.refuses(again, 401, core.InvalidClient)
			default:
				f.ok(again)
			}
		})
	}
}

func TestHooksJudgeAssertions(t *testing.T) {
	var asked core.Grant
	f := newFederation(t, func(c *Config) {
		c.Hooks.Grant = func(_ context.Context, g core.Grant, _ core.Client) error {
			asked = g
			return core.Refuse(core.AccessDenied, "not today")
		}
	})
	f.refuses(f.present(f.idJAG()), 400, core.AccessDenied)
	if asked.Client != "app" || asked.Account.IsZero() || len(f.grants()) != 0 {
		t.Errorf("asked about %+v", asked)
	}
}

func TestEM05_MetadataSaysSoOnlyWhereItIsConfigured(t *testing.T) {
	plain := newRig(t).do(http.MethodGet, "/.well-known/openid-configuration", nil)
	if strings.Contains(plain.body, "jwt-bearer\"") || strings.Contains(plain.body, "authorization_grant_profiles_supported") {
		t.Error("offered without being configured")
	}
	r := newRig(t)
	app := r.client("app", usesAssertions)
	r.refuses(r.post("/token", as(app, "grant_type", core.GrantJWTBearer, "assertion", "x")), 400, core.UnsupportedGrantType)
	f := newFederation(t)
	said := f.do(http.MethodGet, "/.well-known/oauth-authorization-server", nil)
	if !strings.Contains(said.body, core.GrantJWTBearer) || !strings.Contains(said.body, `"authorization_grant_profiles_supported":["`+core.ProfileIDJAG+`"]`) {
		t.Errorf("metadata: %s", said.body)
	}
	f = newFederation(t, func(c *Config) { c.TrustedIssuers = c.TrustedIssuers[1:] })
	said = f.do(http.MethodGet, "/.well-known/oauth-authorization-server", nil)
	if !strings.Contains(said.body, core.GrantJWTBearer) || strings.Contains(said.body, "authorization_grant_profiles_supported") {
		t.Errorf("WF-01 alone: %s", said.body)
	}
}
