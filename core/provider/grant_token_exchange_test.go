package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// An API calls another for the person (PR-12): the second sees who is acting, and
// another token than the first.
func TestTX01_TX04_AnAPICallsAnother(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.tokenFor(c["app"], "read")
	r.warm(c)
	a := r.ok(r.exchange(c["orders"], token, testMCP))
	if cost := r.store.Cost(); cost != "2 reads, 0 writes" {
		t.Errorf("cost of an exchange: %s", cost)
	}
	given := a.text("access_token")
	if a.text("issued_token_type") != core.TokenTypeAccessToken || a.text("token_type") != "Bearer" || a.text("scope") != "read" ||
		a.json["refresh_token"] != nil || a.json["expires_in"] != 600.0 || given == token {
		t.Errorf("answer %s", a.body)
	}
	r.store.Cost()
	seen := r.ok(r.introspectAs(c["stock"], given))
	if cost := r.store.Cost(); cost != "2 reads, 0 writes" { // the grant; the client that exchanged
		t.Errorf("cost of introspection: %s", cost)
	}
	now := r.clock().Unix()
	want := fmt.Sprintf(`{"active":true,"scope":"read","client_id":"orders","sub":%q,"aud":%q,"iss":%q,"exp":%d,"iat":%d,`+
		`"token_type":"Bearer","auth_time":%d,"acr":%q,"amr":["pwd"],"act":{"sub":"orders"}}`,
		r.account.Subject(), testMCP, testIssuer, now+600, now, now-60, core.ACROneFactor)
	if seen.body != want {
		t.Errorf("got  %s\nwant %s", seen.body, want)
	}
	if r.active(c["app"], given) || r.active(c["ledger"], given) || !r.active(c["orders"], given) {
		t.Error("IS-02: told to who is not concerned, or not to its own client")
	}
	if r.person(given).status != 401 {
		t.Error("userinfo took a token for another resource")
	}
	e := r.seen[len(r.seen)-1]
	for _, one := range r.seen {
		if one.Name == core.EventTokenExchanged {
			e = one
		}
	}
	if e.Client != "orders" || e.Account != r.account.ID || e.More["granted_to"] != "app" || e.More["from"] != testAPI ||
		e.More["to"] != testMCP || e.More["actor"] != "orders" || e.More["kind"] != "access_token" {
		t.Errorf("heard %+v", e)
	}
}

func TestTX04_AChainOfTwo(t *testing.T) {
	r, c := newExchangeRig(t)
	first := r.tokenFor(c["app"], "read")
	second := r.ok(r.exchange(c["orders"], first, testMCP)).text("access_token")
	r.warm(c)
	third := r.ok(r.exchange(c["stock"], second, testLedger)).text("access_token")
	if cost := r.store.Cost(); cost != "3 reads, 0 writes" {
		t.Errorf("cost %s", cost)
	}
	claims := r.claimsIn(third, "at+jwt")
	act, _ := json.Marshal(claims["act"])
	if string(act) != `{"act":{"sub":"orders"},"sub":"stock"}` || claims["client_id"] != "stock" || claims["aud"] != testLedger ||
		claims["scope"] != "read" || claims["sub"] != r.account.Subject() || claims["acr"] != core.ACROneFactor {
		t.Errorf("claims %v", claims)
	}
	if seen := r.ok(r.introspectAs(c["ledger"], third)); !strings.Contains(seen.body, `"act":{"sub":"stock","act":{"sub":"orders"}}`) {
		t.Errorf("introspection %s", seen.body)
	}
	for name, end := range map[string]func(){ // each ends the last of the chain, and is taken back
		"the first actor is disabled": func() { r.change("orders", func(c *core.Client) { c.Disabled = !c.Disabled }) },
		"the last actor is disabled":  func() { r.change("stock", func(c *core.Client) { c.Disabled = !c.Disabled }) },
	} {
		end()
		if r.active(c["ledger"], third) {
			t.Errorf("A17: active while %s", name)
		}
		end()
		if !r.active(c["ledger"], third) {
			t.Fatalf("not active again after %s", name)
		}
	}
	r.refuses(r.post("/revoke", as(c["orders"], "token", third)), 400, core.UnauthorizedClient)
	r.ok(r.post("/revoke", as(c["orders"], "token", second)))
	if r.active(c["stock"], second) || r.active(c["ledger"], third) {
		t.Error("RV-04: what was exchanged outlived what it was exchanged for")
	}
	if !r.active(c["app"], first) {
		t.Error("the service ended the person's own token")
	}
	r.refuses(r.exchange(c["stock"], second, testLedger), 400, core.InvalidRequest)
}

// Everything that ends the subject's grant ends what was exchanged, at once.
func TestTX03_STA01_TheSubjectsGrantEndsIt(t *testing.T) {
	for name, end := range map[string]func(*rig, map[string]core.Client, string, core.Grant){
		"the app revokes its access token": func(r *rig, c map[string]core.Client, token string, _ core.Grant) {
			r.ok(r.post("/revoke", as(c["app"], "token", token)))
		},
		"the app is disabled": func(r *rig, _ map[string]core.Client, _ string, _ core.Grant) {
			r.change("app", func(c *core.Client) { c.Disabled = true })
		},
		"the person is disabled": func(r *rig, _ map[string]core.Client, _ string, _ core.Grant) {
			a, err := r.store.Store.Account(r.t.Context(), r.account.ID)
			r.must(err)
			a.Disabled = true
			r.must(r.store.UpdateAccount(r.t.Context(), core.AccountChange{Account: a}))
		},
		"the app is disconnected": func(r *rig, _ map[string]core.Client, _ string, g core.Grant) {
			r.must(r.store.CreateConsent(r.t.Context(), core.Consent{Account: g.Account, Client: g.Client, Epoch: g.Epochs.Consent + 1}))
		},
		"the grant is revoked": func(r *rig, _ map[string]core.Client, _ string, g core.Grant) {
			r.must(r.store.UpdateGrant(r.t.Context(), g.Revoke("test").Grant))
		},
		"the person signs out": func(r *rig, _ map[string]core.Client, _ string, _ core.Grant) {
			s := r.session
			s.Version, s.Ended = 1, true
			r.must(r.store.UpdateSession(r.t.Context(), s))
		},
		"all access of the person is ended": func(r *rig, _ map[string]core.Client, _ string, _ core.Grant) {
			a, err := r.store.Store.Account(r.t.Context(), r.account.ID)
			r.must(err)
			a.GrantsEpoch++
			r.must(r.store.UpdateAccount(r.t.Context(), core.AccountChange{Account: a}))
		},
		"time": func(r *rig, _ map[string]core.Client, _ string, _ core.Grant) { r.pass(10 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			r, c := newExchangeRig(t)
			code := r.code(c["app"], apiAccess, func(g *core.Grant) { g.Offline = false }) // bound to its session
			token := r.ok(r.redeem(c["app"], code, "resource", testAPI)).text("access_token")
			opaque := r.ok(r.exchange(c["orders"], token, testMCP)).text("access_token")
			signed := r.ok(r.exchange(c["stock"], opaque, testLedger)).text("access_token")
			if !r.active(c["stock"], opaque) || !r.active(c["ledger"], signed) {
				t.Fatal("not active")
			}
			end(r, c, token, r.grantOf("app"))
			if r.active(c["stock"], opaque) || r.active(c["ledger"], signed) {
				t.Error("still active")
			}
			r.refuses(r.exchange(c["orders"], token, testMCP), 400, core.InvalidRequest)
			r.refuses(r.exchange(c["stock"], opaque, testLedger), 400, core.InvalidRequest)
		})
	}
}

func TestTX02_OffUnlessConfigured(t *testing.T) {
	r := newRig(t)
	c := r.client("orders", func(c *core.Client) { c.GrantTypes = append(c.GrantTypes, core.GrantTokenExchange) })
	r.refuses(r.exchange(c, "x", testMCP), 400, core.UnsupportedGrantType)
	for path, want := range map[string]bool{"/.well-known/openid-configuration": false} {
		if got := strings.Contains(r.do("GET", path, nil).body, "token-exchange"); got != want {
			t.Errorf("%s offers it", path)
		}
	}
	r, _ = newExchangeRig(t)
	body := r.do("GET", "/.well-known/openid-configuration", nil).body
	if !strings.Contains(body, core.GrantTokenExchange) || !strings.Contains(body, `"identity_chaining_requested_token_types_supported":["`+core.TokenTypeIDJAG+`"]`) {
		t.Errorf("metadata %s", body)
	}
}

func TestTX04_ImpersonationNeedsItsOwnRule(t *testing.T) {
	r, c := newExchangeRig(t)
	a := r.ok(r.exchange(c["clerk"], r.tokenFor(c["app"], "read write"), testLedger))
	claims := r.claimsIn(a.text("access_token"), "at+jwt")
	if claims["act"] != nil || claims["client_id"] != "clerk" || claims["scope"] != "pay" || a.json["expires_in"] != 60.0 {
		t.Errorf("claims %v of %s", claims, a.body)
	}
	r.change("clerk", func(c *core.Client) { c.Epoch++ })
	if r.active(c["ledger"], a.text("access_token")) {
		t.Error("A17: active although the client's tokens were ended")
	}
}

func TestTX04_ActorTokens(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.tokenFor(c["app"], "read")
	own := func(c core.Client, resource string) string {
		return r.ok(r.post("/token", as(c, "grant_type", "client_credentials", "resource", resource))).text("access_token")
	}
	act := func(actor string) answer {
		return r.exchange(c["orders"], token, testMCP, "actor_token", actor, "actor_token_type", core.TokenTypeAccessToken)
	}
	robot := own(c["robot"], testAPI)
	given := r.ok(act(robot)).text("access_token")
	seen := r.ok(r.introspectAs(c["stock"], given))
	if !strings.Contains(seen.body, `"client_id":"orders"`) || !strings.Contains(seen.body, `"act":{"sub":"robot"}`) {
		t.Errorf("seen %s", seen.body)
	}
	r.ok(act(own(c["orders"], testAPI)))
	for name, actor := range map[string]string{
		"a person's token": token, "not named by the rule": own(c["other"], testAPI), "for another resource": own(c["robot"], testMCP), "garbage": "x",
	} {
		if a := act(actor); a.status != 400 || a.text("error") != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	r.ok(r.post("/revoke", as(c["robot"], "token", robot)))
	r.refuses(act(robot), 400, core.InvalidRequest)
	if r.active(c["stock"], given) {
		t.Error("active although the actor's token was revoked")
	}
	second := r.ok(act(own(c["robot"], testAPI))).text("access_token")
	again := own(c["robot"], testAPI)
	r.change("robot", func(c *core.Client) { c.Disabled = true })
	if r.active(c["stock"], second) {
		t.Error("active although the actor is disabled")
	}
	r.refuses(act(again), 400, core.InvalidRequest)
}

func TestTX04_MayActIsHonoured(t *testing.T) {
	r, c := newExchangeRig(t)
	token := r.tokenFor(c["app"], "read")
	payload, _, err := r.Keys.Verify(t.Context(), token, typeAccessToken)
	r.must(err)
	signer, err := r.Keys.Signer(t.Context(), "ES256")
	r.must(err)
	for who, want := range map[string]int{"orders": 200, "robot": 400} {
		with := strings.TrimSuffix(string(payload), "}") + `,"may_act":{"sub":"` + who + `"}}`
		limited, err := signer.Sign(typeAccessToken, []byte(with))
		r.must(err)
		if a := r.exchange(c["orders"], limited, testMCP); a.status != want {
			t.Errorf("may_act %s: %d %s", who, a.status, a.body)
		}
	}
}

func TestTX02_HooksRefuseAndNarrow(t *testing.T) {
	var answer core.ExchangeAnswer
	var asked core.ExchangeQuestion
	var refuse error
	r, c := newExchangeRig(t, func(c *Config) {
		c.Hooks.Exchange = func(_ context.Context, q core.ExchangeQuestion) (core.ExchangeAnswer, error) {
			asked = q
			return answer, refuse
		}
		c.Hooks.Grant = func(_ context.Context, _ core.Grant, c core.Client) error {
			if c.ID == "strong" { // GHSA-7qjx-gp9h-65qj: a rule of one client holds for every grant type
				return core.Refuse(core.AccessDenied, "not for you")
			}
			return nil
		}
	})
	token := r.tokenFor(c["app"], "read write")
	answer = core.ExchangeAnswer{Scopes: []string{"read", "pay", "admin"}, Lifetime: 24 * time.Hour}
	if a := r.ok(r.exchange(c["orders"], token, testMCP)); a.text("scope") != "read" || a.json["expires_in"] != 600.0 {
		t.Errorf("widened: %s", a.body)
	}
	if asked.Client.ID != "orders" || asked.Grant.Client != "app" || asked.Source != testAPI || !slices.Equal(asked.Actors, []string{"orders"}) {
		t.Errorf("asked %+v", asked)
	}
	answer = core.ExchangeAnswer{Scopes: []string{}, Lifetime: 5 * time.Second}
	if a := r.ok(r.exchange(c["orders"], token, testMCP)); a.text("scope") != "" || a.json["expires_in"] != 5.0 {
		t.Errorf("not narrowed: %s", a.body)
	}
	answer.Lifetime = time.Nanosecond
	r.refuses(r.exchange(c["orders"], token, testMCP), 400, core.InvalidRequest)
	refuse = core.Refuse(core.AccessDenied, "not today")
	r.refuses(r.exchange(c["orders"], token, testMCP), 400, core.AccessDenied)
	refuse = nil
	r.Exchange.Rules[len(r.Exchange.Rules)-1].ACR = nil
	r.refuses(r.exchange(c["strong"], token, testLedger), 400, core.AccessDenied)
}
