package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// notebook is an app that may act while the person is away.
func notebook(c *core.Client) {
	c.Name, c.AuthMethod, c.IDTokenAlgorithm = "Notebook", core.AuthNone, "ES256"
	c.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantRefreshToken}
}

const offline = "openid email offline_access"

// tokens redeems the code of an answer.
func (w *world) tokens(client, code string) (access, refresh string) {
	w.t.Helper()
	status, said, _ := w.ask("/token", "client_id", client, "grant_type", "authorization_code", "code", code, "code_verifier", verifier, "redirect_uri", callback)
	access, _ = said["access_token"].(string)
	refresh, _ = said["refresh_token"].(string)
	if status != http.StatusOK || access == "" {
		w.t.Fatalf("no tokens: %d %v", status, said)
	}
	return access, refresh
}

// renews says whether the refresh token still works, and how it is refused.
func (w *world) renews(client, token string) bool {
	w.t.Helper()
	status, said, _ := w.ask("/token", "client_id", client, "grant_type", "refresh_token", "refresh_token", token)
	if status != http.StatusOK && said["error"] != string(core.InvalidGrant) {
		w.t.Errorf("refused with %d %v", status, said)
	}
	return status == http.StatusOK
}

// opens says whether the access token opens userinfo.
func (b *browser) opens(token string) bool {
	b.w.t.Helper()
	return b.w.browser().do(http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+token).status == http.StatusOK
}

// apps opens the list.
func (b *browser) apps() shown {
	b.w.t.Helper()
	s := b.get("/account/apps")
	b.want(s, core.PageApps)
	return s
}

// asks presses a button of the list, which asks once more.
func (b *browser) pressed(s shown, act string) shown {
	b.w.t.Helper()
	s = b.submit(s, "act", act)
	b.want(s, core.PageAct)
	return s
}

// connects lets the notebook in and gives its tokens.
func (b *browser) connects(email string) (access, refresh string) {
	b.w.t.Helper()
	return b.w.tokens("notebook", b.answer(b.agree(request("notebook", "scope", offline), email)).Get("code"))
}

// CON08, CN-09: a person sees what they have let in and disconnects it. Everything
// has ended with the answer, and what was remembered is asked again.
func TestThreat_CON08_CN09_DisconnectingEndsEverythingAtOnce(t *testing.T) {
	w := newWorld(t)
	w.client("notebook", notebook)
	b := w.browser()
	access, refresh := b.connects("ada@example.com")
	waiting := b.answer(b.get(request("notebook", "scope", offline))).Get("code") // remembered: no question

	s := b.apps()
	if len(s.Apps) != 1 {
		t.Fatalf("apps %+v", s.Apps)
	}
	a := s.Apps[0]
	if a.App.Name != "Notebook" || a.Count != 2 || !a.Away || a.Off || a.Own || a.Since.IsZero() || len(a.Access) != 1 || len(a.Access[0].Scopes) != 3 || !a.SignIns[0].Current {
		t.Errorf("shown %+v", a)
	}
	sure := b.pressed(s, "disconnect:notebook")
	if sure.App == nil || sure.App.Name != "Notebook" || !w.renews("notebook", refresh) || !b.opens(access) {
		t.Error("asking changed something, or names no app")
	}
	done := b.submit(sure)
	b.want(done, core.PageApps)
	if len(done.Apps) != 0 || len(done.Notices) != 1 || done.Notices[0].ID != "app_disconnect" {
		t.Errorf("afterwards %+v %+v", done.Apps, done.Notices)
	}
	if w.renews("notebook", refresh) || b.opens(access) {
		t.Error("tokens live on")
	}
	if status, _, _ := w.ask("/token", "client_id", "notebook", "grant_type", "authorization_code", "code", waiting, "code_verifier", verifier, "redirect_uri", callback); status != http.StatusBadRequest {
		t.Errorf("a code that was out: %d", status)
	}
	b.want(b.get(request("notebook", "scope", offline)), core.PageConsent)
	if got := b.answer(b.get(request("notebook", "scope", offline, "prompt", "none"))); got.Get("error") != "consent_required" {
		t.Errorf("in silence: %v", got)
	}
	if n := w.count(core.EventConsentWithdrawn); n != 1 {
		t.Errorf("%d events", n)
	}

	// A second press of the page of before ends nothing that came since (CN-05).
	_, again := w.tokens("notebook", b.answer(b.submit(b.get(request("notebook", "scope", offline)), "decision", "allow")).Get("code"))
	b.want(b.submit(sure), core.PageApps)
	if !w.renews("notebook", again) || w.count(core.EventConsentWithdrawn) != 1 {
		t.Error("a second press ended what was connected anew")
	}
}

// Clients that are gone, switched off, deleted or the operator's own are
// disconnected like others: a row is written where nobody was asked.
func TestCN09_WhateverBecameOfTheClient(t *testing.T) {
	change := func(f func(*core.Client)) func(w *world) {
		return func(w *world) {
			c, err := w.store.Store.Client(w.t.Context(), "notebook")
			w.must(err)
			f(&c)
			c.Change = core.NewID(w.now())
			w.must(w.store.UpdateClient(w.t.Context(), c))
			w.pass(core.MaxClientStale)
		}
	}
	for name, c := range map[string]struct {
		own  bool
		then func(*world)
		off  bool
	}{
		"first-party":              {own: true},
		"switched off":             {then: change(func(c *core.Client) { c.Disabled = true }), off: true},
		"deleted":                  {then: change(func(c *core.Client) { c.Deleted = true }), off: true},
		"first-party switched off": {own: true, then: change(func(c *core.Client) { c.Disabled = true }), off: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.client("notebook", func(k *core.Client) { notebook(k); k.FirstParty = c.own })
			b := w.browser()
			s := b.signIn(request("notebook", "scope", offline), "ada@example.com")
			if !c.own {
				s = b.submit(s, "decision", "allow", "remember", "on")
			}
			_, refresh := w.tokens("notebook", b.answer(s).Get("code"))
			if c.then != nil {
				c.then(w)
			}
			list := b.apps()
			if len(list.Apps) != 1 || list.Apps[0].Off != c.off || list.Apps[0].Own != c.own || list.Apps[0].Count != 1 {
				t.Fatalf("shown %+v", list.Apps)
			}
			if got := b.submit(b.pressed(list, "disconnect:notebook")); len(got.Apps) != 0 {
				t.Errorf("left %+v", got.Apps)
			}
			change(func(c *core.Client) { c.Disabled, c.Deleted = false, false })(w)
			if w.renews("notebook", refresh) {
				t.Error("the refresh token lives again with the client")
			}
			if got := b.apps(); len(got.Apps) != 0 {
				t.Errorf("listed again: %+v", got.Apps)
			}
			again := b.get(request("notebook", "scope", offline)) // and it can be connected anew
			if !c.own {
				b.want(again, core.PageConsent)
				again = b.submit(again, "decision", "allow")
			}
			if _, refresh = w.tokens("notebook", b.answer(again).Get("code")); !w.renews("notebook", refresh) {
				t.Error("what is connected anew does not work")
			}
		})
	}
}

// One sign-in is ended alone, a device's like a browser's; the others stay.
func TestCN09_OneSignInIsEndedAlone(t *testing.T) {
	w := deviceWorld(t)
	w.client("notebook", notebook)
	laptop, phone := w.browser(), w.browser()
	_, first := laptop.connects("ada@example.com")
	w.pass(50 * time.Hour)
	_, second := w.tokens("notebook", phone.answer(phone.signIn(request("notebook", "scope", offline), "ada@example.com")).Get("code"))
	tv := w.television()
	phone.submit(phone.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow")
	_, told := tv.polls()
	s := phone.apps()
	if len(s.Apps) != 2 || s.Apps[0].Count+s.Apps[1].Count != 3 {
		t.Fatalf("shown %+v", s.Apps)
	}
	byName := map[string]core.ConnectedApp{}
	for _, a := range s.Apps {
		byName[a.App.Name] = a
	}
	books := byName["Notebook"].SignIns
	if len(books) != 2 || !books[0].Current || books[1].Current || w.now().Sub(books[1].UsedAt) < 48*time.Hour {
		t.Fatalf("sign-ins %+v", books)
	}
	device := byName["Harbour Screen"].SignIns
	if len(device) != 1 || device[0].Kind != "device" {
		t.Fatalf("the device: %+v", device)
	}
	if got := phone.submit(phone.pressed(s, "end-grant:"+books[1].Key)); len(got.Notices) != 1 || got.Notices[0].ID != "app_end_grant" {
		t.Errorf("afterwards %+v", got.Notices)
	}
	if w.renews("notebook", first) || !w.renews("notebook", second) {
		t.Error("the wrong one ended")
	}
	phone.submit(phone.pressed(s, "end-grant:"+device[0].Key))
	refresh, _ := told["refresh_token"].(string)
	if refresh == "" || w.renews("tv", refresh) {
		t.Error("the device goes on")
	}
	phone.submit(phone.pressed(s, "end-grant:"+device[0].Key)) // twice is once
	if n := w.count(core.EventGrantRevoked); n != 2 {
		t.Errorf("%d events", n)
	}
}

// ACC02, CSR01, STA06, STA07: nobody else's app is seen or ended, no other site
// begins it, and who is signed out signs in first. A sign-in of long ago will do:
// taking access away is to be easy.
func TestThreat_ACC02_CSR01_OnlyTheOwnerDisconnects(t *testing.T) {
	w := newWorld(t)
	w.client("notebook", notebook)
	w.person("eve@example.com")
	b, eve := w.browser(), w.browser()
	_, refresh := b.connects("ada@example.com")
	eve.answer(eve.agree(request("app"), "eve@example.com"))
	ada := b.apps()
	list := eve.apps()
	for _, act := range []string{"disconnect:notebook", "disconnect:nobody", "end-grant:" + ada.Apps[0].SignIns[0].Key, "end-grant:x"} {
		eve.wantError(eve.submit(list, "act", act), core.PageNotFound)
		eve.submit(list, "act", act, "sure", "yes", "epoch", "0")
	}
	if c, _, err := w.store.Store.Consent(t.Context(), w.account("eve@example.com").ID, "nobody"); err != nil || c.Version != 0 {
		t.Errorf("a row for a client of one's own invention: %+v %v", c, err)
	}
	sure := b.pressed(ada, "disconnect:notebook")
	for name, headers := range map[string][]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "a neighbour": {"Sec-Fetch-Site", "same-site"}} {
		if got := b.do(http.MethodPost, sure.Form.Action, sure.fields(), headers...); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := b.do(http.MethodPost, sure.Form.Action, sure.fields("csrf", "x")); got.status != http.StatusForbidden {
		t.Errorf("no token: %d", got.status)
	}
	if got := eve.do(http.MethodPost, sure.Form.Action, sure.fields()); got.status != http.StatusForbidden {
		t.Errorf("another's token: %d", got.status)
	}
	b.wantError(b.submit(sure, "epoch", "many"), core.PageAppRequest)
	stranger := w.browser()
	if got := stranger.do(http.MethodPost, sure.Form.Action, sure.fields()); !strings.HasSuffix(got.location, "/account/apps") {
		t.Errorf("signed out: %d %q", got.status, got.location)
	}
	stranger.want(stranger.get("/account/apps"), core.PageSignIn)
	if !w.renews("notebook", refresh) {
		t.Fatal("somebody ended it")
	}
	w.pass(3 * time.Hour)
	b.want(b.submit(b.pressed(b.apps(), "disconnect:notebook")), core.PageApps)
	if w.renews("notebook", refresh) {
		t.Error("hours later its owner cannot end it")
	}
	if got := b.get("/account/apps?done=x"); len(got.Notices) != 0 {
		t.Error("a link claims that something was done")
	}
}

// Whoever signs in for the list is led to it.
func TestCN09_SigningInLeadsToTheList(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.want(b.signIn("/account/apps", "ada@example.com"), core.PageApps)
	if got := b.get("/account"); got.Links["apps"] != "/account/apps" {
		t.Errorf("links %v", got.Links)
	}
}

// The list costs a few statements for each thousand of rows, and one for each app
// that is shown.
func TestCN09_AThousandGrantsAreListedInAFewStatements(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.answer(b.agree(request("app"), "ada@example.com"))
	ada := w.account("ada@example.com")
	for n := range 50 {
		w.client(fmt.Sprintf("client-%02d", n), notebook)
	}
	for n := range 1000 {
		at := w.now().Add(-time.Duration(n) * time.Hour)
		g := core.Grant{ID: core.NewID(at), State: core.GrantActive, Account: ada.ID, Client: fmt.Sprintf("client-%02d", n%50), GrantTerms: core.GrantTerms{
			Lane: core.LaneSeeded, Access: []core.Access{{Scopes: []string{"openid", "offline_access"}}}, Offline: true, Refreshable: true, Generation: 1,
			CreatedAt: at, RotatedAt: at, Ends: at.AddDate(1, 0, 0),
		}}
		if n >= 980 {
			g.State = core.GrantRevoked
		}
		w.must(w.store.Store.CreateGrant(t.Context(), g))
	}
	w.store.Reset()
	s := b.apps()
	seen := w.store.Seen()
	if seen["Grants"] > 2 || seen["Consents"] != 1 || seen["SessionsOf"] != 1 || seen["Client"] > 20 || seen["Consent"]+seen["Grant"] > 0 {
		t.Errorf("statements %v", seen)
	}
	if len(s.Apps) != 20 || s.Links["older"] == "" || s.Links["newer"] != "" {
		t.Fatalf("%d apps, links %v", len(s.Apps), s.Links)
	}
	for _, a := range s.Apps {
		if a.App.Name == "Notebook" && (len(a.SignIns) != core.MaxListedSignIns || a.Count < 19) {
			t.Errorf("%s: %d of %d", a.Key, len(a.SignIns), a.Count)
		}
	}
	last := b.get(b.get(s.Links["older"]).Links["older"])
	if len(last.Apps) != 11 || last.Links["older"] != "" || last.Links["newer"] == "" {
		t.Errorf("the last page: %d, %v", len(last.Apps), last.Links)
	}
	w.store.Reset()
	b.submit(b.pressed(s, "disconnect:client-07"))
	if seen := w.store.Seen(); seen["CreateConsent"] != 1 || seen["UpdateConsent"]+seen["UpdateGrant"] != 0 {
		t.Errorf("disconnecting 20 grants: %v", seen)
	}
}

// A device may have a long-lived token as well: the page says that it lasts, the
// list names the device, and ending it there ends the token.
func TestTokenPolicy_ADeviceWithALongLivedToken(t *testing.T) {
	w := deviceWorld(t)
	w.client("meter", func(c *core.Client) {
		screen(c)
		c.Name, c.GrantTypes, c.TokenPolicy = "Meter", []string{core.GrantDeviceCode}, core.TokensLong
	})
	status, said, _ := w.ask("/device_authorization", "client_id", "meter", "scope", "openid email")
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, said)
	}
	meter, b := &television{w, "meter", said}, w.browser()
	asked := b.confirms(meter.text("user_code"), "ada@example.com")
	if !asked.Consent.Offline {
		t.Error("the page does not say that it lasts")
	}
	b.submit(asked, "decision", "allow")
	_, given := meter.polls()
	token, _ := given["access_token"].(string)
	if given["refresh_token"] != nil || given["expires_in"] != (180*24*time.Hour).Seconds() || !b.opens(token) {
		t.Fatalf("given %v", given)
	}
	w.pass(5 * 24 * time.Hour)
	s := b.apps()
	if len(s.Apps) != 1 || !s.Apps[0].Away || s.Apps[0].SignIns[0].Kind != "device" || !b.opens(token) {
		t.Fatalf("after five days: %+v", s.Apps)
	}
	b.submit(b.pressed(s, "end-grant:"+s.Apps[0].SignIns[0].Key))
	if b.opens(token) {
		t.Error("the token lives on")
	}
}

// A client that registered itself is listed under its claim, ended like others, and
// its row stays: it may ask again.
func TestCN09_AClientThatRegisteredItself(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	id := w.register(cli)
	b := w.browser()
	given := w.redeem(id, b.approve(atLoopback(id)).Get("code"))
	if given.status != http.StatusOK {
		t.Fatalf("%d %s", given.status, given.text)
	}
	s := b.apps()
	if len(s.Apps) != 1 || s.Apps[0].App.Lane != core.LaneDCR || s.Apps[0].App.Name != "Todo CLI" || s.Apps[0].App.RedirectHost == "" || s.Apps[0].Away {
		t.Fatalf("shown %+v", s.Apps)
	}
	if got := b.submit(b.pressed(s, "disconnect:"+s.Apps[0].Key)); len(got.Apps) != 0 {
		t.Errorf("left %+v", got.Apps)
	}
	if r := w.refresh(id, given.says("refresh_token")); r.status != http.StatusBadRequest || r.says("error") != string(core.InvalidGrant) {
		t.Errorf("refreshed: %d %s", r.status, r.text)
	}
	given = w.redeem(id, b.approve(atLoopback(id)).Get("code"))
	if r := w.refresh(id, given.says("refresh_token")); r.status != http.StatusOK {
		t.Errorf("anew: %d %s", r.status, r.text)
	}
}
