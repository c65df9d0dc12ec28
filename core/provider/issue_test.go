package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// claimsIn reads a token that this provider signed.
func (r *rig) claimsIn(token, typ string) map[string]any {
	r.t.Helper()
	payload, _, err := r.Keys.Verify(r.t.Context(), token, typ)
	r.must(err)
	var claims map[string]any
	r.must(json.Unmarshal(payload, &claims))
	return claims
}

func TestOC02_OC05_OC08_IDToken(t *testing.T) {
	r := newRig(t)
	for _, alg := range []string{"", "RS256", "ES256", "EdDSA"} {
		c := r.client("app-"+alg, func(c *core.Client) { c.IDTokenAlgorithm = alg })
		a := r.ok(r.redeem(c, r.code(c, ownAccess)))
		payload, header, err := r.Keys.Verify(t.Context(), a.text("id_token"), "JWT")
		r.must(err)
		want := alg
		if want == "" {
			want = "RS256"
		}
		if string(header.Algorithm) != want || header.KeyID == "" {
			t.Errorf("OC04: header %+v", header)
		}
		var claims idTokenClaims
		r.must(json.Unmarshal(payload, &claims))
		now := r.clock().Unix()
		if claims.Issuer != testIssuer || claims.Subject != r.account.Subject() || len(claims.Audience) != 1 || claims.Audience[0] != c.ID ||
			claims.IssuedAt != now || claims.Expires != now+600 || claims.Nonce != "n-0S6" || claims.AuthTime != 0 ||
			claims.ACR != core.ACROneFactor || fmt.Sprint(claims.AMR) != "[pwd]" || claims.SessionID != r.session.ID.String() ||
			claims.AccessHash != jose.LeftHalfHash(header.Algorithm, a.text("access_token")) {
			t.Errorf("%s", payload)
		}
	}
}

func TestOC01_NoOpenIDNoIDToken(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	if a := r.ok(r.redeem(c, r.code(c, []core.Access{{Resource: testAPI, Scopes: []string{"read"}}}))); a.json["id_token"] != nil {
		t.Errorf("%s", a.body)
	}
}

func TestOC31_RefreshedIDToken(t *testing.T) {
	r := newRig(t)
	c := r.client("app", func(c *core.Client) { c.RequireAuthTime = true })
	signedIn := r.clock().Add(-time.Minute).Unix()
	first := r.ok(r.redeem(c, r.code(c, ownAccess)))
	r.pass(time.Hour)
	second := r.ok(r.refresh(c, first.text("refresh_token")))
	was, is := r.claimsIn(first.text("id_token"), "JWT"), r.claimsIn(second.text("id_token"), "JWT")
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "sid"} {
		if was[name] == nil || fmt.Sprint(was[name]) != fmt.Sprint(is[name]) {
			t.Errorf("%s: %v, then %v", name, was[name], is[name])
		}
	}
	if is["auth_time"] != float64(signedIn) || is["nonce"] != nil || is["iat"] != float64(r.clock().Unix()) {
		t.Errorf("OC06: %v", is)
	}
}

func TestAT01_AccessTokenClaims(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	a := r.ok(r.redeem(c, r.code(c, apiAccess)))
	claims := r.claimsIn(a.text("access_token"), "at+jwt")
	now := float64(r.clock().Unix())
	for name, want := range map[string]any{
		"iss": testIssuer, "sub": r.account.Subject(), "aud": testAPI, "client_id": "app", "iat": now, "exp": now + 600,
		"scope": "read write", "auth_time": now - 60, "acr": core.ACROneFactor,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["jti"] == nil || claims["name"] != nil || claims["email"] != nil || len(claims) != 11 {
		t.Errorf("AT03: %v", claims)
	}
}

func TestTK11_LifetimesOfAccessTokens(t *testing.T) {
	day := func(d time.Duration) func(*core.Client) {
		return func(c *core.Client) { c.Lifetimes.AccessToken = d }
	}
	r := newRig(t, func(c *Config) { c.Resources[0].Lifetime = 5 * time.Minute })
	for i, tt := range []struct {
		client   func(*core.Client)
		resource string
		want     float64
	}{
		{day(0), testAPI, 300}, {day(0), testMCP, 600}, {day(time.Minute), testAPI, 60}, {day(24 * time.Hour), testMCP, 3600},
	} {
		c := r.client(fmt.Sprint("app", i), tt.client)
		a := r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "resource", tt.resource)))
		if a.json["expires_in"] != tt.want {
			t.Errorf("%d: %v", i, a.json["expires_in"])
		}
	}
}

func TestTK09_ClientCredentials(t *testing.T) {
	r := newRig(t)
	c := r.client("daemon")
	r.ok(r.post("/token", as(c, "grant_type", "client_credentials")))
	r.store.Cost()
	a := r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "scope", "openid read write", "resource", testAPI)))
	if cost := r.store.Cost(); cost != "0 reads, 0 writes" {
		t.Errorf("cost %s", cost)
	}
	claims := r.claimsIn(a.text("access_token"), "at+jwt")
	if claims["sub"] != "daemon" || claims["client_id"] != "daemon" || claims["scope"] != "read write" || a.json["refresh_token"] != nil || a.json["id_token"] != nil {
		t.Errorf("%s %v", a.body, claims)
	}
	r.refuses(r.post("/token", as(c, "grant_type", "client_credentials", "scope", "admin")), 400, core.InvalidScope)
	r.refuses(r.post("/token", as(c, "grant_type", "client_credentials", "resource", "https://x.example")), 400, core.InvalidTarget)
	for name, change := range map[string]func(*core.Client){
		"public": public,
		"dcr":    func(c *core.Client) { c.Lane = core.LaneDCR },
		"cimd":   func(c *core.Client) { c.Lane = core.LaneCIMD },
		"usr_1":  func(*core.Client) {}, // TOK18
	} {
		c := r.client(name, change)
		a := r.post("/token", as(c, "grant_type", "client_credentials"))
		r.refuses(a, 400, core.UnauthorizedClient) // TOK17
	}
	bare := r.client("bare", func(c *core.Client) { c.Scopes, c.Resources = nil, nil })
	a = r.ok(r.post("/token", as(bare, "grant_type", "client_credentials")))
	if _, there := a.json["scope"]; there {
		t.Errorf("TK07: %s", a.body)
	}
	r.refuses(r.person(a.text("access_token")), 401, core.InvalidToken)
}

func TestOC20_OC21_OC22_OC23_UserInfo(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
	r.store.Cost()
	a := r.ok(r.person(token))
	if cost := r.store.Cost(); cost != "1 reads, 0 writes" {
		t.Errorf("cost %s", cost)
	}
	want := fmt.Sprintf(`{"email":"ada@example.org","email_verified":false,"given_name":"Ada","name":"Ada Byron","sub":%q,"updated_at":%d}`,
		r.account.Subject(), r.clock().Unix())
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if a := r.ok(r.do(http.MethodPost, "/userinfo", nil, "Authorization", "bearer "+token)); a.body != want {
		t.Errorf("by POST: %s", a.body)
	}
	less := r.ok(r.redeem(c, r.code(c, []core.Access{{Scopes: []string{"profile"}}}))).text("access_token")
	r.refuses(r.person(less), 403, core.InsufficientScope)
	r.pass(10 * time.Minute)
	r.refuses(r.person(token), 401, core.InvalidToken)
}

func TestBC01_OC24_WhereATokenMayCome(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
	for name, a := range map[string]answer{
		"nowhere":   r.do(http.MethodGet, "/userinfo", nil),
		"query":     r.do(http.MethodGet, "/userinfo?access_token="+token, nil),
		"body":      r.post("/userinfo", form("access_token", token)),
		"garbage":   r.person("x"),
		"truncated": r.person(token[:len(token)-2]),
	} {
		if a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
	for name, a := range map[string]answer{
		"query and header": r.do(http.MethodGet, "/userinfo?access_token="+token, nil, "Authorization", "Bearer "+token),
		"two headers":      r.do(http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+token, "Authorization", "Bearer "+token),
		"body and header":  r.post("/userinfo", form("access_token", token), "Authorization", "Bearer "+token),
	} {
		if a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestOC19_ClaimsParameter(t *testing.T) {
	r := newRig(t)
	asks := func(g *core.Grant) {
		g.Claims = `{"id_token":{"email":{"essential":true},"phone_number":null},"userinfo":{"given_name":null,"unknown":null}}`
		g.ClaimScopes = []string{"email", "phone", "profile"} // as shown to the person
	}
	openid := []core.Access{{Scopes: []string{"openid"}}}
	c := r.client("app")
	a := r.ok(r.redeem(c, r.code(c, openid, asks)))
	id := r.claimsIn(a.text("id_token"), "JWT")
	if id["email"] != "ada@example.org" || id["name"] != nil || id["phone_number"] != nil {
		t.Errorf("ID token %v", id)
	}
	if info := r.ok(r.person(a.text("access_token"))); info.json["given_name"] != "Ada" || info.json["name"] != nil || info.json["email"] != nil {
		t.Errorf("userinfo %s", info.body)
	}
	// Who may not ask for the scope gets no claim of it by another way.
	small := r.client("small", func(c *core.Client) { c.Scopes = []string{"openid"} })
	a = r.ok(r.redeem(small, r.code(small, openid, asks)))
	if id := r.claimsIn(a.text("id_token"), "JWT"); id["email"] != nil {
		t.Errorf("ID token %v", id)
	}
}

func TestThreat_JWT18_HooksSetNoProtectedClaim(t *testing.T) {
	more := map[string]any{"groups": []string{"staff"}, "nothing": ""}
	r := newRig(t, func(c *Config) {
		c.Hooks.Claims = func(context.Context, core.ClaimsQuestion) (map[string]any, error) { return more, nil }
	})
	c := r.client("app")
	a := r.ok(r.redeem(c, r.code(c, ownAccess)))
	id := r.claimsIn(a.text("id_token"), "JWT")
	if info := r.ok(r.person(a.text("access_token"))); fmt.Sprint(info.json["groups"]) != "[staff]" || fmt.Sprint(id["groups"]) != "[staff]" {
		t.Errorf("%s %v", info.body, id)
	}
	for _, name := range protectedClaims {
		more = map[string]any{name: "x"}
		r.refuses(r.person(a.text("access_token")), 500, core.ServerError)
		r.refuses(r.refresh(c, a.text("refresh_token")), 500, core.ServerError)
	}
	more = nil
	r.ok(r.refresh(c, a.text("refresh_token")))
}

func TestOC17_AHintMayBeOld(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	a := r.ok(r.redeem(c, r.code(c, ownAccess)))
	r.pass(2 * time.Hour)
	hint, err := r.readIDToken(t.Context(), a.text("id_token"))
	if err != nil || hint.Subject != r.account.Subject() || !hint.Audience.Contains("app") || hint.SessionID != r.session.ID.String() {
		t.Errorf("%+v, %v", hint, err)
	}
	if _, err := newRig(t).readIDToken(t.Context(), a.text("id_token")); err == nil {
		t.Error("another issuer's keys are accepted")
	}
}

func TestAskedAuthTimeIsInTheIDToken(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	a := r.ok(r.redeem(c, r.code(c, ownAccess, func(g *core.Grant) { g.AskedAuthTime = true })))
	if got := r.claimsIn(a.text("id_token"), "JWT")["auth_time"]; got != float64(r.clock().Add(-time.Minute).Unix()) {
		t.Errorf("OC06: auth_time %v", got)
	}
}
