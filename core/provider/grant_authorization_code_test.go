package provider

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/pkce"
)

func TestCD01_CodeGivesTokensOnce(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	code := r.code(c, apiAccess)
	r.store.Cost()
	a := r.ok(r.redeem(c, code))
	if cost := r.store.Cost(); cost != "2 reads, 1 writes" { // the first read is the client's, not cached yet
		t.Errorf("redemption cost %s", cost)
	}
	for name, want := range map[string]string{"token_type": "Bearer", "scope": "read write"} {
		if a.text(name) != want {
			t.Errorf("%s is %q", name, a.text(name))
		}
	}
	if a.json["expires_in"] != float64(600) || a.text("refresh_token") == "" || a.text("id_token") == "" {
		t.Errorf("answer %s", a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" || a.header.Get("Set-Cookie") != "" {
		t.Errorf("TK03 TOK16: headers %v", a.header)
	}
	if slices.Contains(r.stored(), core.EventGrantRedeemed) {
		t.Error("redemption wrote a second row: it is heard, not stored")
	}
}

func TestThreat_TOK01_ParallelRedemptions(t *testing.T) { onEach(t, redeemInParallel) }

func redeemInParallel(t *testing.T, r *rig) {
	c := r.client("app", public)
	code := r.code(c, apiAccess)
	if got := atOnce(64, func() answer { return r.redeem(c, code) }); got["ok"] != 1 || got["invalid_grant"] != 63 {
		t.Errorf("of 64 redemptions: %v", got)
	}
}

func TestCD04_TOK02_ReplayRevokesEverything(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	watcher := r.client("watcher", func(c *core.Client) { c.Serves = []string{testAPI, testIssuer} })
	code := r.code(c, apiAccess)
	first := r.ok(r.redeem(c, code))
	second := r.ok(r.refresh(c, first.text("refresh_token")))
	if !r.active(watcher, second.text("access_token")) {
		t.Fatal("not active before the replay")
	}
	r.refuses(r.redeem(c, code), 400, core.InvalidGrant)
	if r.active(watcher, first.text("access_token")) || r.active(watcher, second.text("access_token")) {
		t.Error("an access token outlived the replay")
	}
	r.refuses(r.refresh(c, second.text("refresh_token")), 400, core.InvalidGrant)
	if !slices.Contains(r.stored(), core.EventCodeReplayed) {
		t.Error("the replay is not in the log")
	}
}

func TestCD05_WrongReplayRevokesNothing(t *testing.T) {
	r := newRig(t)
	c, other := r.client("app", public), r.client("other", public)
	code := r.code(c, apiAccess)
	first := r.ok(r.redeem(c, code))
	r.refuses(r.redeem(other, code), 400, core.InvalidGrant)
	wrong := as(c, "grant_type", "authorization_code", "code", code, "code_verifier", strings.Repeat("w", 43))
	r.refuses(r.post("/token", wrong), 400, core.InvalidGrant)
	r.ok(r.refresh(c, first.text("refresh_token")))
}

func TestThreat_TOK05_AnotherClientsCode(t *testing.T) {
	r := newRig(t)
	c, other := r.client("app"), r.client("other")
	code := r.code(c, apiAccess)
	r.refuses(r.redeem(other, code), 400, core.InvalidGrant)
	if g := r.grantOf("app"); g.Failed != 1 {
		t.Errorf("%d attempts counted", g.Failed)
	}
	if !slices.Contains(r.stored(), core.EventCodeClientMismatch) {
		t.Error("the mismatch is not in the log")
	}
	r.ok(r.redeem(c, code))
}

func TestCD08_FiveWrongVerifiersEndACode(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	code := r.code(c, apiAccess)
	wrong := as(c, "grant_type", "authorization_code", "code", code, "code_verifier", strings.Repeat("w", 43))
	for range core.MaxFailedRedemptions {
		r.refuses(r.post("/token", wrong), 400, core.InvalidGrant)
	}
	r.refuses(r.redeem(c, code), 400, core.InvalidGrant)
}

func TestCD03_EverythingACodeIsBoundTo(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	plain := func(g *core.Grant) { g.Challenge = "" }
	tests := []struct {
		name     string
		change   []func(*core.Grant)
		verifier string
		redirect string
		age      time.Duration
		status   int
	}{
		{"right", nil, testVerifier, testRedirect, 0, 200},
		{"redirect URI left out", nil, testVerifier, "", 0, 200},
		{"PKC02 no verifier", nil, "", testRedirect, 0, 400},
		{"PKC03 verifier without challenge", []func(*core.Grant){plain}, testVerifier, testRedirect, 0, 400},
		{"PKC06 challenge as verifier", nil, pkce.Challenge(testVerifier), testRedirect, 0, 400},
		{"PKC07 short verifier", []func(*core.Grant){func(g *core.Grant) { g.Challenge = pkce.Challenge("short") }}, "short", testRedirect, 0, 400},
		{"other redirect URI", nil, testVerifier, testRedirect + "/", 0, 400},
		{"TOK04 last moment", nil, testVerifier, testRedirect, time.Minute - time.Millisecond, 200},
		{"TOK04 end", nil, testVerifier, testRedirect, time.Minute, 400},
		{"CD02 too late", nil, testVerifier, testRedirect, time.Minute + time.Second, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code := r.code(c, apiAccess, tt.change...)
			r.pass(tt.age)
			v := as(c, "grant_type", "authorization_code", "code", code, "code_verifier", tt.verifier, "redirect_uri", tt.redirect)
			a := r.post("/token", v)
			if a.status != tt.status || a.status == 400 && a.text("error") != "invalid_grant" {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestCD07_WhatEndsBetweenIssueAndRedemption(t *testing.T) {
	for name, end := range map[string]func(r *rig, c *core.Client){
		"account disabled": func(r *rig, _ *core.Client) {
			a, _ := r.store.Store.Account(t.Context(), r.account.ID)
			a.Disabled = true
			r.must(r.store.UpdateAccount(t.Context(), core.AccountChange{Account: a}))
		},
		"signed out": func(r *rig, _ *core.Client) {
			s, _ := r.store.Sessions(t.Context(), []core.ID{r.session.ID})
			s[0].Session.Ended = true
			r.must(r.store.UpdateSession(t.Context(), s[0].Session))
		},
		"consent withdrawn": func(r *rig, c *core.Client) {
			r.must(r.store.CreateConsent(t.Context(), core.Consent{Account: r.account.ID, Client: c.ID, Epoch: 1}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.client("app")
			code := r.code(c, apiAccess)
			end(r, &c)
			r.refuses(r.redeem(c, code), 400, core.InvalidGrant)
		})
	}
}

// Promise 1: what this provider did not make is refused before the store is
// asked.
func TestPromise_ForgeriesCostNoStoreCall(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	tokens := r.ok(r.redeem(c, r.code(c, apiAccess)))
	foreign := newRig(t)
	fc := foreign.client("app")
	code := r.code(c, apiAccess)
	forged := []string{
		"x", "kw_ac_", "kw_ac_AAAA", code[:len(code)-1], code + "A", strings.ToUpper(code), foreign.code(fc, apiAccess),
		tokens.text("access_token"), tokens.text("id_token"), tokens.text("refresh_token"),
		strings.Replace(tokens.text("refresh_token"), "kw_rt_", "kw_ac_", 1), strings.Repeat("a", 30<<10),
	}
	r.store.Cost()
	for _, f := range forged {
		r.refuses(r.redeem(c, f), 400, core.InvalidGrant)
		if f == tokens.text("refresh_token") {
			continue
		}
		r.refuses(r.refresh(c, strings.Replace(f, "kw_ac_", "kw_rt_", 1)+"x"), 400, core.InvalidGrant) // RFR15, RFR16
	}
	if cost := r.store.Cost(); cost != "0 reads, 0 writes" {
		t.Errorf("forgeries cost %s", cost)
	}
}

// STA02, CD-05: a client that was disabled or lost its secret while it was
// cached is not authenticated, so its replay ends nothing.
func TestThreat_STA02_TheClientIsJudgedAsItIsNow(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	code := r.code(c, apiAccess)
	r.ok(r.redeem(c, code))
	now, err := r.store.Store.Client(t.Context(), "app")
	r.must(err)
	now.Disabled = true
	r.must(r.store.UpdateClient(t.Context(), now))
	r.refuses(r.redeem(c, code), 401, core.InvalidClient)
	if g := r.grantOf("app"); g.State != core.GrantActive {
		t.Errorf("the grant is %s", g.State)
	}
}

func TestThreat_TokensThatDoNotFitAreRefusedPolitely(t *testing.T) {
	var many []string
	for range 90 {
		many = append(many, strings.Repeat("s", 30)+string(rune('a'+len(many)%26))+strings.Repeat("x", len(many)/26))
	}
	r := newRig(t, func(c *Config) { c.Resources[1].Scopes = many })
	c := r.client("daemon", func(c *core.Client) { c.Scopes = many })
	r.refuses(r.post("/token", as(c, "grant_type", "client_credentials", "resource", testMCP)), 400, core.InvalidScope)
}

// TK06: what is wrong with a code or a refresh token cannot be told from the
// answer.
func TestTK06_RefusalsLookAlike(t *testing.T) {
	r := newRig(t)
	c, other := r.client("app", public), r.client("other", public)
	used, live, stale := r.code(c, apiAccess), r.code(c, apiAccess), r.code(c, apiAccess)
	tokens := r.ok(r.redeem(c, used))
	answers := []answer{
		r.redeem(c, "x"), r.redeem(c, used), r.redeem(other, live),
		r.refresh(c, "x"), r.refresh(other, tokens.text("refresh_token")), r.refresh(c, tokens.text("refresh_token")),
	}
	r.pass(time.Hour)
	answers = append(answers, r.redeem(c, stale))
	for i, a := range answers {
		if a.status != 400 || a.body != answers[0].body {
			t.Errorf("%d: %d %s", i, a.status, a.body)
		}
	}
}
