package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// idTokenFor signs the person in at the client.
func (r *rig) idTokenFor(c core.Client, change ...func(*core.Grant)) string {
	return r.ok(r.redeem(c, r.code(c, ownAccess, change...))).text("id_token")
}

// acceptAssertion judges an assertion as the other authorization server does,
// from what is public alone (draft section 4.4.1, EM-01 to EM-03).
func (r *rig) acceptAssertion(token, clientID string) (idJAGClaims, error) {
	var claims struct {
		idJAGClaims
		Audience jose.Audience `json:"aud"`
	}
	set, err := jose.ParseKeySet([]byte(r.do(http.MethodGet, "/jwks", nil).body))
	r.must(err)
	payload, _, err := jose.Verify(token, set, []jose.Algorithm{jose.ES256, jose.RS256}, core.TypeIDJAG)
	if err != nil {
		return claims.idJAGClaims, err
	}
	r.must(json.Unmarshal(payload, &claims))
	now := r.clock().Unix()
	switch {
	case claims.Issuer != testIssuer || len(claims.Audience) != 1 || claims.Audience[0] != testOther || claims.ClientID != clientID:
		return claims.idJAGClaims, fmt.Errorf("not for me: %s", payload)
	case claims.ID == "" || claims.Subject == "" || claims.IssuedAt > now || claims.Expires <= now || claims.Expires > now+300:
		return claims.idJAGClaims, fmt.Errorf("not now: %s", payload)
	}
	return claims.idJAGClaims, nil
}

func TestEM07_AnAssertionForAnotherServer(t *testing.T) {
	r, c := newExchangeRig(t)
	r.verifyEmail()
	token := r.idTokenFor(c["agent"])
	r.warm(c)
	a := r.ok(r.assert(c["agent"], token, testOther, testTool, "scope", "chat.read profile"))
	if cost := r.store.Cost(); cost != "1 reads, 0 writes" {
		t.Errorf("cost %s", cost)
	}
	if a.text("issued_token_type") != core.TokenTypeIDJAG || a.text("token_type") != "N_A" || a.json["expires_in"] != 300.0 ||
		a.text("scope") != "chat.read" || a.json["refresh_token"] != nil || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("answer %s", a.body)
	}
	claims, err := r.acceptAssertion(a.text("access_token"), "agent-at-partner")
	r.must(err)
	if claims.Subject != r.account.Subject() || claims.Resource != testTool || claims.Scope != "chat.read" || claims.ACR != core.ACROneFactor ||
		claims.AuthTime != r.clock().Unix()-60 || claims.Email != "ada@example.org" || !claims.EmailVerified {
		t.Errorf("claims %+v", claims)
	}
	again, err := r.acceptAssertion(r.ok(r.assert(c["agent"], token, testOther, testTool)).text("access_token"), "agent-at-partner")
	r.must(err)
	if again.ID == claims.ID || again.Scope != "chat.read chat.write" {
		t.Errorf("EM-04: claims %+v", again)
	}
	// It is good for nothing here: neither as a token nor as what was exchanged.
	jag := a.text("access_token")
	if r.person(jag).status != 401 || r.active(c["agent"], jag) || r.asserted(jag).status == 200 {
		t.Error("JWT06: accepted here")
	}
	r.refuses(r.assert(c["agent"], jag, testOther, testTool), 400, core.InvalidGrant)
	r.refuses(r.exchange(c["agent"], jag, testLedger), 400, core.InvalidRequest)
	if _, err := r.readIDToken(t.Context(), jag); err == nil {
		t.Error("JWT06: taken as a hint")
	}
}

// verifyEmail has the person prove their address.
func (r *rig) verifyEmail() {
	a, err := r.store.Store.Account(r.t.Context(), r.account.ID)
	r.must(err)
	a.EmailVerified = true
	r.must(r.store.UpdateAccount(r.t.Context(), core.AccountChange{Account: a}))
}

func TestEM07_EM09_Mutations(t *testing.T) {
	r, c := newExchangeRig(t)
	agent := c["agent"]
	tokens := r.ok(r.redeem(agent, r.code(agent, ownAccess)))
	token, foreign := tokens.text("id_token"), r.idTokenFor(c["app"])
	ask := func(token string, pairs ...string) answer {
		return r.assert(agent, token, testOther, testTool, pairs...)
	}
	typed := func(subjectType string) answer {
		return r.post("/token", as(agent, "grant_type", core.GrantTokenExchange, "subject_token", token, "subject_token_type", subjectType,
			"requested_token_type", core.TokenTypeIDJAG, "audience", testOther, "resource", testTool))
	}
	forged := func(change func(map[string]any)) string { return r.forgeIDToken(token, change) }
	r.judgeMutations(map[string]mutation{
		"good":                      {ask(token), ""},
		"no audience":               {r.assert(agent, token, "", ""), core.InvalidTarget},
		"another audience":          {r.assert(agent, token, "https://evil.example", testTool), core.InvalidTarget},
		"audience with a slash":     {r.assert(agent, token, testOther+"/", testTool), core.InvalidTarget},
		"two audiences":             {ask(token, "audience", "https://strong.example"), core.InvalidTarget},
		"two resources":             {ask(token, "resource", testTool+"/staff"), core.InvalidTarget},
		"pair that is not written":  {r.assert(agent, token, "https://strong.example", testTool), core.InvalidTarget},
		"which of two resources":    {r.assert(agent, token, testOther, ""), core.InvalidTarget},
		"another client's ID token": {ask(foreign), core.InvalidGrant},
		"a client no rule names":    {r.assert(c["orders"], r.idTokenFor(c["orders"]), testOther, testTool), core.InvalidTarget},
		"access token":              {ask(tokens.text("access_token")), core.InvalidGrant},
		"refresh token":             {ask(tokens.text("refresh_token")), core.InvalidGrant},
		"garbage":                   {ask("x"), core.InvalidGrant},
		"type of an access token":   {typed(core.TokenTypeAccessToken), core.InvalidRequest},
		"type JWT":                  {typed(core.TokenTypeJWT), core.InvalidRequest},
		"with an actor":             {ask(token, "actor_token", token, "actor_token_type", core.TokenTypeAccessToken), core.InvalidRequest},
		"scope outside":             {ask(token, "scope", "admin"), core.InvalidScope},
		"sign-in too weak":          {r.assert(agent, token, "https://strong.example", ""), core.InsufficientUserAuthentication},
		"person not named":          {r.assert(agent, token, testOther, testTool+"/staff"), core.InvalidTarget},
		"ID token without jti":      {ask(forged(func(c map[string]any) { delete(c, "jti") })), core.InvalidGrant},
		"two audiences in it":       {ask(forged(func(c map[string]any) { c["aud"] = []string{"agent", "app"} })), core.InvalidGrant},
		"about somebody else":       {ask(forged(func(c map[string]any) { c["sub"] = "usr_x" })), core.InvalidGrant},
		"other issuer":              {ask(forged(func(c map[string]any) { c["iss"] = "https://id.evil" })), core.InvalidGrant},
		"ID token for an API":       {r.exchange(agent, token, testLedger), core.InvalidRequest},
	})
	if claims, err := r.acceptAssertion(r.ok(ask(token)).text("access_token"), "agent-at-partner"); err != nil || claims.Email != "" {
		t.Errorf("an address that is not proven: %+v, %v", claims, err)
	}
	if a := r.assert(agent, token, "https://strong.example", ""); a.text("acr_values") != core.ACRTwoFactors {
		t.Errorf("EM-09: the client is not told how strongly: %s", a.body)
	}
	r.pass(9*time.Minute + 30*time.Second)
	if a := r.ok(ask(token)); a.json["expires_in"] != 30.0 {
		t.Errorf("TX-03: lives longer than the ID token: %s", a.body)
	}
	r.pass(30 * time.Second)
	r.refuses(ask(token), 400, core.InvalidGrant)
}

// forgeIDToken signs the claims of an ID token anew, changed.
func (r *rig) forgeIDToken(token string, change func(map[string]any)) string {
	signer, err := r.Keys.Signer(r.t.Context(), "ES256")
	r.must(err)
	claims := r.claimsIn(token, "JWT")
	change(claims)
	payload, err := json.Marshal(claims)
	r.must(err)
	out, err := signer.Sign("JWT", payload)
	r.must(err)
	return out
}

func TestEM07_STA01_WhatEndedTheSignInEndsAssertions(t *testing.T) {
	for name, end := range map[string]func(*rig){
		"the grant is revoked": func(r *rig) { r.must(r.store.UpdateGrant(r.t.Context(), r.grantOf("agent").Revoke("test").Grant)) },
		"the person is disabled": func(r *rig) {
			a, err := r.store.Store.Account(r.t.Context(), r.account.ID)
			r.must(err)
			a.Disabled = true
			r.must(r.store.UpdateAccount(r.t.Context(), core.AccountChange{Account: a}))
		},
		"signed out": func(r *rig) {
			s := r.session
			s.Version, s.Ended = 1, true
			r.must(r.store.UpdateSession(r.t.Context(), s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := newExchangeRig(t)
			token := r.idTokenFor(c["agent"], func(g *core.Grant) { g.Offline = false })
			r.ok(r.assert(c["agent"], token, testOther, testTool))
			end(r)
			r.refuses(r.assert(c["agent"], token, testOther, testTool), 400, core.InvalidGrant)
		})
	}
	r, c := newExchangeRig(t)
	token := r.idTokenFor(c["agent"])
	r.ok(r.assert(c["agent"], token, testOther, testTool))
	r.change("agent", func(c *core.Client) { c.Disabled = true })
	r.refuses(r.assert(c["agent"], token, testOther, testTool), 401, core.InvalidClient) // at once: the read shows it
}

// Who may be asserted: by organization, by group of one, by group of the tenant.
func TestEM07_WhoMayBeAsserted(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.idTokenFor(c["agent"])
	acme, sales, press := core.NewID(r.clock()), core.NewID(r.clock()), core.NewID(r.clock())
	r.must(r.store.CreateOrganization(t.Context(), core.OrganizationChange{Organization: core.Organization{ID: acme, Name: "acme"}}))
	other := core.NewID(r.clock())
	r.must(r.store.CreateOrganization(t.Context(), core.OrganizationChange{Organization: core.Organization{ID: other, Name: "other"}}))
	r.must(r.store.CreateGroup(t.Context(), core.Group{ID: sales, Organization: other, Name: "press"}))
	r.must(r.store.CreateGroup(t.Context(), core.Group{ID: press, Name: "press"}))
	slashed, nested := core.NewID(r.clock()), core.NewID(r.clock())
	a := core.NewID(r.clock())
	r.must(r.store.CreateOrganization(t.Context(), core.OrganizationChange{Organization: core.Organization{ID: a, Name: "a"}}))
	r.must(r.store.CreateGroup(t.Context(), core.Group{ID: slashed, Name: "acme/sales"}))
	r.must(r.store.CreateGroup(t.Context(), core.Group{ID: nested, Organization: a, Name: "b/c"}))
	r.Exchange.Assertions[1].Groups = append(r.Exchange.Assertions[1].Groups, "a/b/c")
	ask := func() int { return r.assert(c["agent"], token, testOther, testTool+"/staff").status }
	member := func(kind core.MembershipKind, of core.ID, in bool) {
		a, err := r.store.Store.Account(t.Context(), r.account.ID)
		r.must(err)
		key := core.MembershipKey{Kind: kind, Of: of}
		change := core.AccountChange{Account: a, RemoveMemberships: []core.MembershipKey{key}}
		if in {
			change = core.AccountChange{Account: a, PutMemberships: []core.Membership{{MembershipKey: key, Account: a.ID}}}
		}
		r.must(r.store.UpdateAccount(t.Context(), change))
	}
	for _, tt := range []struct {
		kind core.MembershipKind
		of   core.ID
		want int
	}{
		{core.MemberOfOrganization, other, 400}, {core.MemberOfOrganization, acme, 200},
		{core.MemberOfGroup, sales, 400}, // "press" of another organization is not the tenant's
		{core.MemberOfGroup, press, 200},
		{core.MemberOfGroup, core.NewID(r.clock()), 400},
		{core.MemberOfGroup, slashed, 400}, // "acme/sales" of the tenant is not the sales of acme
		{core.MemberOfGroup, nested, 400},  // nor "b/c" of a the c of a/b
	} {
		member(tt.kind, tt.of, true)
		if got := ask(); got != tt.want {
			t.Errorf("member of %s %v: %d, want %d", tt.kind, tt.of, got, tt.want)
		}
		member(tt.kind, tt.of, false)
	}
	member(core.MemberOfOrganization, acme, true)
	o, err := r.store.Organization(t.Context(), acme)
	r.must(err)
	o.Disabled = true
	r.must(r.store.UpdateOrganization(t.Context(), core.OrganizationChange{Organization: o}))
	if ask() != 400 {
		t.Error("the organization is switched off")
	}
	r.Exchange.Assertions[1].People = []string{r.account.Subject()}
	if ask() != 200 {
		t.Error("named by subject, and refused")
	}
}

// ID tokens of clients that may not exchange stay as they were.
func TestEM07_OnlyIDTokensOfExchangersNameTheirGrant(t *testing.T) {
	r, c := newExchangeRig(t)
	if jti := r.claimsIn(r.idTokenFor(c["app"]), "JWT")["jti"]; jti != nil {
		t.Errorf("jti %v", jti)
	}
	if jti, _ := r.claimsIn(r.idTokenFor(c["agent"]), "JWT")["jti"].(string); !strings.Contains(jti, "-0-") {
		t.Errorf("jti %q", jti)
	}
}
