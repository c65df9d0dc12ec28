package provider

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

func TestIS03_IS04_Introspection(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	api := r.client("api", func(c *core.Client) { c.Serves = []string{testAPI} })
	mcp := r.client("mcp", func(c *core.Client) { c.Serves = []string{testMCP} })
	r.client("open", public)
	tokens := r.ok(r.redeem(c, r.code(c, allAccess)))
	token := tokens.text("access_token")
	r.active(api, token)
	r.store.Cost()
	a := r.ok(r.introspectAs(api, token))
	if cost := r.store.Cost(); cost != "1 reads, 0 writes" {
		t.Errorf("cost %s", cost)
	}
	now := r.clock().Unix()
	want := fmt.Sprintf(`{"active":true,"scope":"read write","client_id":"app","sub":%q,"aud":%q,"iss":%q,"exp":%d,"iat":%d,`+
		`"token_type":"Bearer","auth_time":%d,"acr":%q,"amr":["pwd"]}`, r.account.Subject(), testAPI, testIssuer, now+600, now, now-60, core.ACROneFactor)
	if a.body != want || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	opaque := r.ok(r.refresh(c, tokens.text("refresh_token"), "resource", testMCP)).text("access_token")
	refresh := tokens.text("refresh_token")
	for _, tt := range []struct {
		name   string
		caller core.Client
		token  string
		active bool
	}{
		{"its own client", c, token, true}, {"another resource server", mcp, token, false},
		{"opaque", mcp, opaque, true}, {"opaque, another resource server", api, opaque, false},
		{"refresh token", c, refresh, true}, {"refresh token, resource server", api, refresh, false},
		{"garbage", c, "x", false}, {"ID token", c, tokens.text("id_token"), false},
	} {
		if r.active(tt.caller, tt.token) != tt.active {
			t.Errorf("%s: not %v", tt.name, tt.active)
		}
	}
	r.refuses(r.post("/introspect", form("token", token)), 401, core.InvalidClient)
	r.refuses(r.post("/introspect", form("token", token, "client_id", "open")), 401, core.InvalidClient) // IS-01, CLA14
	if a := r.do(http.MethodGet, "/introspect", nil); a.status != 405 {
		t.Errorf("IS05: GET %d", a.status)
	}
	r.pass(10 * time.Minute)
	if r.active(api, token) || r.active(mcp, opaque) {
		t.Error("an expired token is active")
	}
}

func TestRV03_RevokingARefreshTokenEndsTheGrant(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	api := r.client("api")
	first := r.ok(r.redeem(c, r.code(c, apiAccess)))
	second := r.ok(r.refresh(c, first.text("refresh_token")))
	r.ok(r.post("/revoke", as(c, "token", second.text("refresh_token"), "token_type_hint", "access_token"))) // RV-05
	r.refuses(r.refresh(c, second.text("refresh_token")), 400, core.InvalidGrant)
	if r.active(api, first.text("access_token")) || r.active(api, second.text("access_token")) {
		t.Error("an access token outlived its grant")
	}
	r.ok(r.post("/revoke", as(c, "token", second.text("refresh_token")))) // RV-01
}

func TestRV04_RevokingAnAccessToken(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	api := r.client("api")
	tokens := r.ok(r.redeem(c, r.code(c, apiAccess)))
	r.ok(r.post("/revoke", as(c, "token", tokens.text("access_token"))))
	if r.active(api, tokens.text("access_token")) {
		t.Error("active after revocation")
	}
	again := r.ok(r.refresh(c, tokens.text("refresh_token")))
	if !r.active(api, again.text("access_token")) {
		t.Error("a token issued later is not active")
	}
	// A second revocation of the first does not touch the second.
	r.ok(r.post("/revoke", as(c, "token", tokens.text("access_token"))))
	if !r.active(api, again.text("access_token")) {
		t.Error("a repeated revocation ended a later token")
	}
}

func TestRevokingATokenWithoutAGrant(t *testing.T) {
	r := newRig(t)
	c, other := r.client("daemon"), r.client("other")
	for _, resource := range []string{testAPI, testMCP} {
		token := r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "resource", resource))).text("access_token")
		sibling := r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "resource", resource))).text("access_token")
		r.refuses(r.post("/revoke", as(other, "token", token)), 400, core.UnauthorizedClient)
		if !r.active(c, token) {
			t.Fatal("not active")
		}
		r.ok(r.post("/revoke", as(c, "token", token)))
		r.ok(r.post("/revoke", as(c, "token", token)))
		if r.active(c, token) || !r.active(c, sibling) {
			t.Error("the wrong token was revoked")
		}
	}
	token := r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "resource", testAPI))).text("access_token")
	now, err := r.store.Store.Client(t.Context(), "daemon")
	r.must(err)
	now.Epoch++
	r.must(r.store.UpdateClient(t.Context(), now))
	if r.active(other, token) { // other serves the API
		t.Error("STA02: active after the client's tokens were ended")
	}
}

func TestRV01_RV02_WhatIsNotRevoked(t *testing.T) {
	r := newRig(t)
	c, other := r.client("app"), r.client("other")
	tokens := r.ok(r.redeem(c, r.code(c, apiAccess)))
	for _, token := range []string{"x", "kw_rt_x", "a.b.c", tokens.text("id_token")} {
		if a := r.ok(r.post("/revoke", as(c, "token", token))); a.body != "" {
			t.Errorf("body %q", a.body)
		}
	}
	for _, name := range []string{"access_token", "refresh_token"} {
		r.refuses(r.post("/revoke", as(other, "token", tokens.text(name))), 400, core.UnauthorizedClient)
	}
	r.refuses(r.post("/revoke", as(c)), 400, core.InvalidRequest)
	r.refuses(r.post("/revoke", form("token", "x")), 401, core.InvalidClient)
	if !r.active(c, tokens.text("access_token")) || !r.active(c, tokens.text("refresh_token")) {
		t.Error("CLA15: another client revoked a token")
	}
}

// JWT06: every kind of token that is handed out, at every place that takes one.
func TestThreat_JWT06_OnlyTheDiagonalIsAccepted(t *testing.T) {
	r, clients := newExchangeRig(t)
	c := clients["app"]
	own, api := r.ok(r.redeem(c, r.code(c, ownAccess))), r.ok(r.redeem(c, r.code(c, apiAccess)))
	ring := r.Keys.Ring()
	content := handle.Content{ID: r.session.ID, Random: handle.NewRandom()}
	logout, err := r.Keys.Signer(t.Context(), "ES256")
	r.must(err)
	logoutToken, err := logout.Sign("logout+jwt", []byte(`{"iss":"`+testIssuer+`","sub":"`+r.account.Subject()+`","aud":"app"}`))
	r.must(err)
	tokens := map[string]string{
		"code": r.code(c, ownAccess), "refresh token": own.text("refresh_token"), "ID token": own.text("id_token"),
		"access token for the issuer": own.text("access_token"), "access token for an API": api.text("access_token"),
		"session": ring.Mint(handle.Session, content), "ticket": ring.Mint(handle.Ticket, content),
		"interaction": ring.Mint(handle.Interaction, content), "browser": ring.Mint(handle.Browser, content),
		"device code": ring.Mint(handle.Device, content), "logout token": logoutToken,
		"exchanged token":    r.ok(r.exchange(clients["orders"], api.text("access_token"), testMCP)).text("access_token"),
		"identity assertion": r.ok(r.assert(clients["agent"], r.idTokenFor(clients["agent"]), testOther, testTool)).text("access_token"),
	}
	places := map[string]struct {
		accepts string
		use     func(token string) bool
	}{
		"hint":      {"ID token", func(s string) bool { _, err := r.readIDToken(t.Context(), s); return err == nil }},
		"userinfo":  {"access token for the issuer", func(s string) bool { return r.person(s).status == 200 }},
		"assertion": {"", func(s string) bool { return r.asserted(s).status == 200 }},
		"refresh":   {"refresh token", func(s string) bool { return r.refresh(c, s).status == 200 }},
		"exchange":  {"access token for an API", func(s string) bool { return r.exchange(clients["orders"], s, testMCP).status == 200 }},
		"code":      {"code", func(s string) bool { return r.redeem(c, s).status == 200 }},
	}
	for place, p := range places {
		for kind, token := range tokens {
			if got := p.use(token); got != (kind == p.accepts) {
				t.Errorf("%s at %s: accepted %v", kind, place, got)
			}
		}
	}
	for kind, token := range tokens {
		want := kind == "refresh token" || kind == "access token for the issuer" || kind == "access token for an API"
		if r.active(c, token) != want {
			t.Errorf("%s at introspection: not %v", kind, want)
		}
	}
}

func FuzzParseAccessToken(f *testing.F) {
	a := accessToken{grant: core.NewID(time.Unix(1, 0)), epoch: 3, issued: 1, expires: 601, resource: testAPI, narrowed: true, scopes: []string{"read"}}
	f.Add(a.append(nil))
	b := accessToken{client: "daemon", serial: [16]byte{1}, issued: 1, expires: 601}
	f.Add(b.append(nil))
	x := accessToken{grant: core.NewID(time.Unix(1, 0)), issued: 1, expires: 601, resource: testAPI, narrowed: true, scopes: []string{"read"}}
	x.adopt(&chain{links: []link{{client: "api", epoch: 2, serial: [16]byte{9}}}, act: []string{"api"}, from: []string{testMCP}})
	f.Add(x.append(nil))
	f.Add([]byte{1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := parseAccessToken(content)
		if err != nil {
			return
		}
		again, err := parseAccessToken(a.append(nil))
		if err != nil || !reflect.DeepEqual(again, a) {
			t.Fatalf("%v, then %v (%v)", a, again, err)
		}
	})
}

func FuzzParseJTI(f *testing.F) {
	a := accessToken{grant: core.NewID(time.Unix(1, 0)), epoch: 3}
	f.Add(a.jti())
	f.Add((&accessToken{serial: [16]byte{7}}).jti())
	f.Add("c-1-")
	f.Add("--")
	f.Fuzz(func(t *testing.T, jti string) {
		var a accessToken
		if a.parseJTI(jti) && a.grant.IsZero() && len(jti) < 36 {
			t.Fatalf("%q reads as %v", jti, a)
		}
	})
}
