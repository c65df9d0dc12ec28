package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

func TestRT04_RFR09_ParallelRefreshesKeepOneFamily(t *testing.T) { onEach(t, refreshInParallel) }

func refreshInParallel(t *testing.T, r *rig) {
	c := r.client("app", public)
	old := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.pass(time.Hour)
	answers := make([]answer, 64)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = r.refresh(c, old) })
	}
	wg.Wait()
	successors := map[string]bool{}
	for _, a := range answers {
		successors[r.ok(a).text("refresh_token")] = true
		if a.text("refresh_token") == old {
			t.Error("the token was not replaced")
		}
	}
	if len(successors) != 1 || r.grantOf("app").Generation != 2 {
		t.Errorf("RFR02 RFR09: %d successors, generation %d", len(successors), r.grantOf("app").Generation)
	}
}

func TestRT03_RFR03_ReuseOutsideTheWindowEndsTheFamily(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	first := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	second := r.ok(r.refresh(c, first))
	r.pass(29 * time.Second)
	r.store.Cost()
	again := r.ok(r.refresh(c, first)) // RT-05, RFR10: the answer was lost
	if cost := r.store.Cost(); cost != "2 reads, 0 writes" {
		t.Errorf("a retry cost %s", cost)
	}
	if again.text("refresh_token") != second.text("refresh_token") {
		t.Error("a retry forked the family")
	}
	r.pass(2 * time.Second)
	r.refuses(r.refresh(c, first), 400, core.InvalidGrant)
	r.refuses(r.refresh(c, second.text("refresh_token")), 400, core.InvalidGrant)
	watcher := r.client("watcher")
	if r.active(watcher, second.text("access_token")) {
		t.Error("an access token outlived its family")
	}
	if !slices.Contains(r.stored(), core.EventRefreshReused) {
		t.Error("the reuse is not in the log")
	}
}

func TestRT01_AnotherClientsRefreshToken(t *testing.T) {
	r := newRig(t)
	c, other := r.client("app"), r.client("other")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.refuses(r.refresh(other, token), 400, core.InvalidGrant)
	r.ok(r.refresh(c, token))
}

func TestRT12_RFR05_RefreshNeedsTheClientsCredential(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	bare := form("grant_type", "refresh_token", "refresh_token", token, "client_id", "app")
	r.refuses(r.post("/token", bare), 401, core.InvalidClient)
	r.ok(r.refresh(c, token))
}

func TestRT07_ScopeIsNarrowedAndWidenedBack(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, allAccess))).text("refresh_token")
	tests := []struct {
		name         string
		pairs        []string
		code, scopes string
		idToken      bool
	}{
		{"all", nil, "", "read write", true},
		{"narrower", []string{"scope", "read"}, "", "read", false},
		{"the other resource", []string{"scope", "tools"}, "", "tools", false},
		{"wider again", []string{"scope", "read write"}, "", "read write", false},
		{"wider than granted", []string{"scope", "read write email"}, "invalid_scope", "", false},
		{"malformed", []string{"scope", "read  write"}, "invalid_scope", "", false},
		{"RT13 one resource", []string{"resource", "HTTPS://MCP.example/mcp"}, "", "tools", true},
		{"RT13 the issuer", []string{"resource", testIssuer}, "", "openid offline_access", true},
		{"RT13 not granted", []string{"resource", "https://other.example/"}, "invalid_target", "", false},
		{"RT13 two", []string{"resource", testAPI, "resource", testMCP}, "invalid_target", "", false},
	}
	for _, tt := range tests {
		a := r.refresh(c, token, tt.pairs...)
		if a.text("error") != tt.code || a.text("scope") != tt.scopes || (a.text("id_token") != "") != tt.idToken {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
		if a.status == http.StatusOK {
			token = a.text("refresh_token")
		}
	}
}

func TestRT08_RotationNeverMovesTheEnd(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	const day = 24 * time.Hour
	for range 8 {
		r.pass(20 * day)
		token = r.ok(r.refresh(c, token)).text("refresh_token")
	}
	r.pass(20*day - time.Minute)
	last := r.ok(r.refresh(c, token))
	if in := last.json["expires_in"].(float64); in > 60 {
		t.Errorf("an access token outlives its grant by %v s", in-60)
	}
	r.pass(time.Minute)
	r.refuses(r.refresh(c, last.text("refresh_token")), 400, core.InvalidGrant)
}

func TestRT08_IdleTokensEnd(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.pass(30 * 24 * time.Hour)
	r.refuses(r.refresh(c, token), 400, core.InvalidGrant)
}

func TestRT15_ConfidentialClientsKeepTheirToken(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.store.Cost()
	for range 3 {
		if got := r.ok(r.refresh(c, token)).text("refresh_token"); got != token {
			t.Error("the token was replaced")
		}
	}
	if cost := r.store.Cost(); cost != "3 reads, 0 writes" {
		t.Errorf("three refreshes cost %s", cost)
	}
}

func TestBudget_RotationIsOneReadAndOneWrite(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	r.store.Cost()
	r.ok(r.refresh(c, token))
	if cost := r.store.Cost(); cost != "1 reads, 1 writes" {
		t.Errorf("a rotation cost %s", cost)
	}
}

func TestRT09_WhoGetsARefreshToken(t *testing.T) {
	r := newRig(t)
	c := r.client("no-refresh", func(c *core.Client) { c.GrantTypes = []string{core.GrantAuthorizationCode} })
	if a := r.ok(r.redeem(c, r.code(c, apiAccess))); a.text("refresh_token") != "" {
		t.Error("a client without the grant type got one")
	}
	// Without offline_access it ends with the session (RT-11, RFR13).
	spa := r.client("spa", public)
	online := r.ok(r.redeem(spa, r.code(spa, []core.Access{{Scopes: []string{"openid"}}}))).text("refresh_token")
	offline := r.client("offline", public)
	kept := r.ok(r.redeem(offline, r.code(offline, apiAccess))).text("refresh_token")
	s, err := r.store.Sessions(t.Context(), []core.ID{r.session.ID})
	r.must(err)
	s[0].Session.Ended = true
	r.must(r.store.UpdateSession(t.Context(), s[0].Session))
	r.refuses(r.refresh(spa, online), 400, core.InvalidGrant)
	r.ok(r.refresh(offline, kept))
}

func TestThreat_STA05_WhatWasTakenFromTheClient(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, allAccess))).text("refresh_token")
	now, err := r.store.Store.Client(t.Context(), "app")
	r.must(err)
	now.Scopes, now.Resources = []string{"openid", "read"}, []string{testAPI}
	r.must(r.store.UpdateClient(t.Context(), now))
	if a := r.ok(r.refresh(c, token)); a.text("scope") != "read" {
		t.Errorf("scope %q", a.text("scope"))
	}
	r.refuses(r.refresh(c, token, "scope", "write"), 400, core.InvalidScope)
	r.refuses(r.refresh(c, token, "resource", testMCP), 400, core.InvalidTarget)
}

func TestHooksJudgeEveryUse(t *testing.T) {
	verdict := error(nil)
	r := newRig(t, func(c *Config) {
		c.Hooks.Grant = func(context.Context, core.Grant, core.Client) error { return verdict }
	})
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	verdict = core.Refuse(core.AccessDenied, "not at night")
	r.refuses(r.refresh(c, token), 400, core.AccessDenied)
	verdict = errors.New("the directory is down")
	r.refuses(r.refresh(c, token), 500, core.ServerError)
	verdict = nil
	r.ok(r.refresh(c, token))
}

func TestRefreshTokenAheadOfItsGrantIsRefused(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	content, err := r.Keys.Ring().Open(handle.Refresh, token)
	r.must(err)
	content.Number = 7
	r.refuses(r.refresh(c, r.Keys.Ring().Mint(handle.Refresh, content)), 400, core.InvalidGrant)
	r.ok(r.refresh(c, token))
}
