package provider

import (
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

const day = 24 * time.Hour

// lasting is a command-line program whose token works until it is revoked.
func lasting(c *core.Client) {
	c.TokenPolicy, c.GrantTypes = core.TokensLong, []string{core.GrantAuthorizationCode}
}

var toolsAccess = []core.Access{{Scopes: []string{"openid", "email"}}, {Resource: testMCP, Scopes: []string{"tools", "read"}}}

// away is what the policy makes of a grant: it does not end with its session.
func away(g *core.Grant) { g.Offline = true }

// lastingToken redeems a code and gives the one token that comes of it.
func (r *rig) lastingToken(c core.Client, pairs ...string) string {
	r.t.Helper()
	a := r.ok(r.redeem(c, r.code(c, toolsAccess, away), pairs...))
	if a.text("refresh_token") != "" {
		r.t.Error("a refresh token beside it")
	}
	return a.text("access_token")
}

// A long-lived token is opaque and lives as long as its grant, without anything to
// renew it; introspection and userinfo say how it stands.
func TestTokenPolicy_LongLivedUntilItsGrantEnds(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		c := r.client("cli", lasting)
		a := r.ok(r.redeem(c, r.code(c, toolsAccess, away)))
		token := a.text("access_token")
		if kind, ours := handle.Shaped(token); !ours || kind != handle.Access {
			t.Errorf("not opaque: %s", token)
		}
		if lives := a.json["expires_in"]; lives != (180 * day).Seconds() {
			t.Errorf("lives %v", lives)
		}
		own := r.lastingToken(c, "resource", testIssuer)
		r.session.Ended, r.session.Version = true, 1
		r.must(r.store.UpdateSession(t.Context(), r.session))
		r.pass(179 * day)
		if !r.active(c, token) || r.person(own).status != 200 {
			t.Error("over before its grant")
		}
		r.pass(day)
		if r.active(c, token) || r.person(own).status != 401 {
			t.Error("outlives its grant")
		}
	})
}

// TK-11: every other token lives an hour at the most: of clients that came by
// themselves, of a resource whose tokens nobody could end, without a grant, and
// where a refresh token renews it.
func TestTK11_OthersStayShort(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		change func(*core.Client)
		access []core.Access
	}{
		"no policy":         {func(*core.Client) {}, toolsAccess},
		"short-lived":       {func(c *core.Client) { c.TokenPolicy = core.TokensShort }, toolsAccess},
		"a document":        {func(c *core.Client) { lasting(c); c.Lane = core.LaneCIMD }, toolsAccess},
		"registered itself": {func(c *core.Client) { lasting(c); c.Lane = core.LaneDCR }, toolsAccess},
		"a JWT":             {lasting, apiAccess},
		"an hour asked for": {func(c *core.Client) { c.Lifetimes.AccessToken = 30 * day }, toolsAccess},
	} {
		client := r.client(name, c.change)
		a := r.ok(r.redeem(client, r.code(client, c.access, away)))
		if lives, _ := a.json["expires_in"].(float64); lives > 3600 || lives < 1 {
			t.Errorf("%s: lives %v s", name, lives)
		}
	}
	daemon := r.client("daemon", func(c *core.Client) { lasting(c); c.GrantTypes = []string{core.GrantClientCredentials} })
	a := r.ok(r.post("/token", as(daemon, "grant_type", core.GrantClientCredentials, "resource", testMCP)))
	if lives, _ := a.json["expires_in"].(float64); lives > 3600 {
		t.Errorf("client_credentials: lives %v s", lives)
	}
	long := r.client("a year", lasting)
	a = r.ok(r.redeem(long, r.code(long, toolsAccess, away, func(g *core.Grant) { g.Ends = r.clock().Add(3 * 366 * day) })))
	if lives := a.json["expires_in"]; lives != core.MaxLongLived.Seconds() {
		t.Errorf("the longest lives %v s", lives)
	}
}

// A long-lived token ends at once with whatever ends its grant, and by /revoke.
func TestTokenPolicy_ALongLivedTokenEndsAtOnce(t *testing.T) {
	for name, end := range map[string]func(r *rig, c core.Client, token string){
		"revoked by its client": func(r *rig, c core.Client, token string) {
			r.ok(r.post("/revoke", as(c, "token", token)))
			if g := r.grantOf(c.ID); g.State != core.GrantRevoked {
				r.t.Errorf("the grant is %s", g.State)
			}
		},
		"disconnected": func(r *rig, c core.Client, _ string) {
			r.must(r.store.CreateConsent(r.t.Context(), core.Consent{Account: r.account.ID, Client: c.ID, Epoch: 1}))
		},
		"the account's epoch": func(r *rig, _ core.Client, _ string) {
			a := r.account
			a.Version, a.GrantsEpoch = 1, 1
			r.must(r.store.UpdateAccount(r.t.Context(), core.AccountChange{Account: a}))
		},
		"the client's epoch": func(r *rig, c core.Client, _ string) {
			c.Epoch++
			r.must(r.store.UpdateClient(r.t.Context(), c))
		},
		"the policy is taken back": func(r *rig, c core.Client, _ string) {
			c.TokenPolicy = ""
			r.must(r.store.UpdateClient(r.t.Context(), c))
		},
		"the resource is taken back": func(r *rig, c core.Client, _ string) {
			c.Resources = []string{testAPI}
			r.must(r.store.UpdateClient(r.t.Context(), c))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.client("cli", lasting)
			token := r.lastingToken(c)
			r.pass(2 * time.Hour)
			if !r.active(c, token) {
				t.Fatal("over already")
			}
			end(r, c, token)
			if r.active(c, token) {
				t.Error("lives on")
			}
			r.ok(r.post("/revoke", as(c, "token", token))) // again, whatever became of it
		})
	}
}

// STA05: a scope that was taken from the client is gone from its token too.
func TestThreat_STA05_ALongLivedTokenLosesScopes(t *testing.T) {
	r := newRig(t)
	c := r.client("cli", lasting)
	token := r.lastingToken(c)
	c.Scopes = []string{"openid", "tools"}
	r.must(r.store.UpdateClient(t.Context(), c))
	if got := r.ok(r.introspectAs(c, token)).text("scope"); got != "tools" {
		t.Errorf("scope %q", got)
	}
}

// Nothing is read for other tokens, and a client that cannot be read is no
// answer about a long-lived one.
func TestTokenPolicy_WhatItCosts(t *testing.T) {
	r := newRig(t)
	short, long := r.client("app"), r.client("cli", lasting)
	a, b := r.ok(r.redeem(short, r.code(short, ownAccess))).text("access_token"), r.lastingToken(long, "resource", testIssuer)
	for name, token := range map[string]string{"short": a, "long": b} {
		r.person(token)
		r.store.Cost()
		r.person(token)
		if got := r.store.Cost(); got != "1 reads, 0 writes" {
			t.Errorf("%s: %s", name, got)
		}
	}
	r.clients.drop("cli")
	r.store.Arm(Fault{Nth: 2})
	if got := r.person(b); got.status != 503 {
		t.Errorf("during an outage: %d %s", got.status, got.body)
	}
}
