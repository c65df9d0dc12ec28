package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// television is a device that shows a code and polls.
type television struct {
	w      *world
	client string
	said   map[string]any
}

// deviceWorld is a world in which the client "tv" may ask by device.
func deviceWorld(t *testing.T, change ...func(*provider.Config)) *world {
	w := newWorld(t, append(change, func(c *provider.Config) { c.DeviceGrant = true })...)
	w.client("tv", screen)
	return w
}

func screen(c *core.Client) {
	c.Name, c.AuthMethod, c.RedirectURIs = "Harbour Screen", core.AuthNone, nil
	c.IDTokenAlgorithm = "ES256"
	c.GrantTypes = []string{core.GrantDeviceCode, core.GrantRefreshToken}
}

// ask posts a form as a client does: no cookies, another address than the person.
func (w *world) ask(path string, form ...string) (int, map[string]any, http.Header) {
	w.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, issuer+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "198.51.100.9:4000"
	rec := httptest.NewRecorder()
	w.provider.ServeHTTP(rec, r)
	var said map[string]any
	_ = json.Unmarshal(rec.Body.Bytes(), &said)
	return rec.Code, said, rec.Header()
}

func (w *world) television(form ...string) *television {
	w.t.Helper()
	code, said, _ := w.ask("/device_authorization", append([]string{"client_id", "tv", "scope", "openid email offline_access"}, form...)...)
	if code != http.StatusOK {
		w.t.Fatalf("status %d: %v", code, said)
	}
	return &television{w, "tv", said}
}

func (tv *television) text(name string) string { s, _ := tv.said[name].(string); return s }

// polls gives the error of one poll, or "" with the tokens.
func (tv *television) polls() (string, map[string]any) {
	tv.w.t.Helper()
	code, said, _ := tv.w.ask("/token", "grant_type", core.GrantDeviceCode, "client_id", tv.client, "device_code", tv.text("device_code"))
	problem, _ := said["error"].(string)
	if want := http.StatusBadRequest; problem != "" && code != want || problem == "" && code != http.StatusOK {
		tv.w.t.Errorf("a poll: status %d, %v", code, said)
	}
	return problem, said
}

func (tv *television) hears(want string) {
	tv.w.t.Helper()
	tv.w.pass(6 * time.Second)
	if got, _ := tv.polls(); got != want {
		tv.w.t.Errorf("the device hears %q, want %q", got, want)
	}
}

// types opens the page and posts a code.
func (b *browser) types(code string) shown {
	b.w.t.Helper()
	s := b.get("/device")
	b.want(s, core.PageDevice)
	return b.submit(s, "user_code", code)
}

// confirms goes from a typed code to the question.
func (b *browser) confirms(code, email string) shown {
	b.w.t.Helper()
	s := b.types(code)
	if s.Name == core.PageSignIn {
		s = b.submit(b.submit(s, "identifier", email), "password", "open")
	}
	b.want(s, core.PageDeviceAsk)
	return s
}

func TestDV01_DV02_TheWholeWay(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	if tv.said["interval"] != 5.0 || tv.said["expires_in"] != 600.0 || tv.text("verification_uri") != issuer+"/device" ||
		tv.text("verification_uri_complete") != issuer+"/device?user_code="+tv.text("user_code") || len(tv.text("user_code")) != 9 {
		t.Fatalf("%v", tv.said)
	}
	tv.hears("authorization_pending")
	b := w.browser()
	s := b.confirms(tv.text("user_code"), "ada@example.com")
	if s.App == nil || s.App.Name != "Harbour Screen" || s.App.Lane != core.LaneSeeded || s.Args["code"] != tv.text("user_code") ||
		s.Args["from"] != "198.51.100.9" || len(s.Consent.Scopes) != 3 || s.Args["here"] != false {
		t.Errorf("DV-04: the question is about %+v, %v", s.App, s.Args)
	}
	tv.hears("authorization_pending")
	s = b.submit(s, "decision", "allow")
	b.want(s, core.PageDeviceDone)
	w.pass(6 * time.Second)
	problem, tokens := tv.polls()
	if problem != "" || tokens["refresh_token"] == nil || tokens["id_token"] == nil || tokens["scope"] != "openid email offline_access" {
		t.Fatalf("%q, %v", problem, tokens)
	}
	token, _ := tokens["refresh_token"].(string)
	if code, said, _ := w.ask("/token", "grant_type", "refresh_token", "client_id", "tv", "refresh_token", token); code != http.StatusOK {
		t.Errorf("a refresh: %d %v", code, said)
	}
	tv.hears("invalid_grant") // the code is used up
}

func TestDV02_DEV07_DeniedAndExpired(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	b := w.browser()
	s := b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "deny")
	b.want(s, core.PageDeviceNot)
	tv.hears("access_denied")
	tv.hears("access_denied")

	late := w.television()
	question := b.confirms(late.text("user_code"), "ada@example.com")
	w.pass(10*time.Minute + time.Second)
	if s := b.submit(question, "decision", "allow"); s.Error != "device_over" {
		t.Errorf("too late: page %q, error %q", s.Name, s.Error)
	}
	late.hears("expired_token")
	if s := b.types(late.text("user_code")); s.status != 422 || s.Problems[0].ID != "user_code_unknown" {
		t.Errorf("an old code: %d %v", s.status, s.Problems)
	}
}

func TestDV02_DEV02_SlowDown(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	tv.hears("authorization_pending")
	w.pass(time.Second)
	if got, _ := tv.polls(); got != "slow_down" { // and the interval is 10 s for good
		t.Errorf("%q", got)
	}
	w.pass(6 * time.Second)
	if got, _ := tv.polls(); got != "slow_down" { // 15 s
		t.Errorf("%q", got)
	}
	w.pass(15 * time.Second)
	if got, _ := tv.polls(); got != "authorization_pending" {
		t.Errorf("%q", got)
	}
	w.pass(15 * time.Second)
	if got, _ := tv.polls(); got != "authorization_pending" {
		t.Errorf("%q", got)
	}
}

func TestDV02_DEV03_ParallelPollsGiveTokensOnce(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	b := w.browser()
	b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
	var all sync.WaitGroup
	said := make([]string, 64)
	for i := range said {
		all.Go(func() { said[i], _ = tv.polls() })
	}
	all.Wait()
	count := map[string]int{}
	for _, s := range said {
		count[s]++
	}
	if count[""] != 1 || count[""]+count["invalid_grant"] != len(said) {
		t.Errorf("%v", count)
	}
}

func TestDV02_DEV06_AnotherClientsCode(t *testing.T) {
	w := deviceWorld(t)
	w.client("other", screen)
	tv := w.television()
	foreign := &television{w, "other", tv.said}
	foreign.hears("invalid_grant")
	b := w.browser()
	b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
	foreign.hears("invalid_grant")
	tv.hears("")
	for _, code := range []string{"kw_dc_AAAA", "x", tv.text("device_code") + "A"} {
		(&television{w, "tv", map[string]any{"device_code": code}}).hears("invalid_grant")
	}
	(&television{w, "tv", nil}).hears("invalid_request")
}

func TestDV03_DEV09_HowCodesMayBeTyped(t *testing.T) {
	w := deviceWorld(t)
	code := w.television().text("user_code")
	plain := strings.ReplaceAll(code, "-", "")
	for _, typed := range []string{code, plain, strings.ToLower(code), " " + plain[:2] + " " + plain[2:5] + "–" + plain[5:] + " "} {
		if s := w.browser().types(typed); s.Name != core.PageSignIn {
			t.Errorf("%q: page %q, %v", typed, s.Name, s.Problems)
		}
	}
	for typed, problem := range map[string]string{
		"": "user_code_format", plain[:7]: "user_code_format", plain + "B": "user_code_format", "１２３４５６７８": "user_code_format",
		"ВСDFGHJK": "user_code_format" /* Cyrillic */, "AEIOUAEI": "user_code_format", "BBBBBBBB": "user_code_unknown",
	} {
		if s := w.browser().types(typed); s.status != 422 || s.Problems[0].ID != problem {
			t.Errorf("%q: %d, %v", typed, s.status, s.Problems)
		}
	}
}

func TestDV03_DEV01_GuessesAreLimited(t *testing.T) {
	w := deviceWorld(t)
	b := w.browser()
	s := b.get("/device")
	for n := range 21 {
		s := b.submit(s, "user_code", "BBBBBBB"+string("CDFGHJKLMNPQRSTVWXZBC"[n]))
		if want := map[bool]int{true: 429, false: 422}[n == 20]; s.status != want {
			t.Fatalf("guess %d: status %d", n+1, s.status)
		}
	}
	w.pass(10*time.Minute + time.Second)
	if s := b.types(w.television().text("user_code")); s.Name != core.PageSignIn {
		t.Errorf("after the window: %q", s.Name)
	}
}

func TestDV04_DEV08_CN13_TheLinkAnswersNothing(t *testing.T) {
	w := deviceWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com") // signed in, and here before
	tv := w.television()
	w.store.reset()
	s := b.get(tv.text("verification_uri_complete"))
	b.want(s, core.PageDevice)
	if s.Values["user_code"] != tv.text("user_code") || len(w.store.seen()) > 0 {
		t.Errorf("the link fills in %q and costs %v", s.Values["user_code"], w.store.seen())
	}
	s = b.submit(s, "user_code", tv.text("user_code"))
	b.want(s, core.PageDeviceAsk) // who is signed in is asked at once, and is asked
	for _, decision := range []string{"", "?decision=allow&digest=" + s.Consent.Digest} {
		b.want(b.get(s.Form.Action+decision), core.PageDeviceAsk)
	}
	tv.hears("authorization_pending")
	again := b.submit(s, "decision", "allow", "digest", "00")
	if again.status != 422 || again.Problems[0].ID != "consent_changed" {
		t.Errorf("another digest: %d %v", again.status, again.Problems)
	}
	tv.hears("authorization_pending")
	hostile := w.browser().get("/device?user_code=%3Cscript%3E")
	if hostile.Values["user_code"] != "" {
		t.Errorf("%q is repeated", hostile.Values["user_code"])
	}
}

func TestDV05_DEV10_OffUnlessAllowed(t *testing.T) {
	off := newWorld(t)
	if s := off.browser().get("/device"); s.status != http.StatusNotFound {
		t.Errorf("/device: %d", s.status)
	}
	if code, said, _ := off.ask("/token", "grant_type", core.GrantDeviceCode, "client_id", "app", "client_secret", "x"); code == http.StatusOK {
		t.Errorf("%d %v", code, said)
	}
	meta := func(w *world) map[string]any {
		rec := httptest.NewRecorder()
		w.provider.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, issuer+"/.well-known/openid-configuration", nil))
		var said map[string]any
		w.must(json.Unmarshal(rec.Body.Bytes(), &said))
		return said
	}
	if said := meta(off); said["device_authorization_endpoint"] != nil || strings.Contains(fmt.Sprint(said["grant_types_supported"]), "device") {
		t.Errorf("off, but the metadata say %v", said)
	}
	on := deviceWorld(t)
	if said := meta(on); said["device_authorization_endpoint"] != issuer+"/device_authorization" || !strings.Contains(fmt.Sprint(said["grant_types_supported"]), core.GrantDeviceCode) {
		t.Errorf("on, but the metadata say %v", said)
	}
	on.client("plain", func(c *core.Client) { c.AuthMethod = core.AuthNone })
	on.client("self", func(c *core.Client) { screen(c); c.Lane = core.LaneDCR })
	for _, id := range []string{"plain", "self"} {
		if code, said, _ := on.ask("/device_authorization", "client_id", id, "scope", "openid"); code != 400 || said["error"] != "unauthorized_client" {
			t.Errorf("%s: %d %v", id, code, said)
		}
		(&television{on, id, map[string]any{"device_code": "x"}}).hears("unauthorized_client")
	}
	if code, said, _ := on.ask("/device_authorization", "client_id", "nobody"); code != 401 || said["error"] != "invalid_client" {
		t.Errorf("%d %v", code, said)
	}
	if code, said, _ := on.ask("/device_authorization", "client_id", "tv", "scope", "root"); code != 400 || said["error"] != "invalid_scope" {
		t.Errorf("%d %v", code, said)
	}
}

func TestDV06_OtherSitesPostNoCode(t *testing.T) {
	w := deviceWorld(t)
	code := w.television().text("user_code")
	b := w.browser()
	form := b.get("/device").fields("user_code", code)
	if s := b.do(http.MethodPost, "/device", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); s.Error != "foreign" {
		t.Errorf("another site: %q %q", s.Name, s.Error)
	}
	other := w.browser()
	other.get("/device")
	if s := other.do(http.MethodPost, "/device", form); s.Error != "foreign" {
		t.Errorf("another browser's form: %q %q", s.Name, s.Error)
	}
	if s := w.browser().do(http.MethodPost, "/device", form); s.Error != "no_cookie" {
		t.Errorf("no cookie: %q %q", s.Name, s.Error)
	}
}

func TestThreat_DEV04_DEV05_OnePersonAnswers(t *testing.T) {
	w := deviceWorld(t)
	w.person("bob@example.com")
	tv := w.television()
	ada, bob := w.browser(), w.browser()
	hers, his := ada.confirms(tv.text("user_code"), "ada@example.com"), bob.confirms(tv.text("user_code"), "bob@example.com")
	ada.want(ada.submit(hers, "decision", "allow"), core.PageDeviceDone)
	ada.want(ada.submit(hers, "decision", "allow"), core.PageDeviceDone) // pressed twice
	for _, decision := range []string{"allow", "deny"} {
		if s := bob.submit(his, "decision", decision); s.Error != "device_over" {
			t.Errorf("%s by another person: %q %q", decision, s.Name, s.Error)
		}
	}
	w.pass(6 * time.Second)
	_, tokens := tv.polls()
	bearer, _ := tokens["access_token"].(string)
	if s := ada.do(http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+bearer); s.status != http.StatusOK {
		t.Errorf("userinfo: %d", s.status)
	}

	claimed := w.television()
	g, err := w.store.Grants(t.Context(), core.GrantFilter{Client: "tv"}, core.PageOf{Limit: 10})
	w.must(err)
	for _, one := range g {
		if one.State == core.GrantWaiting {
			w.must(w.store.UpdateGrant(t.Context(), one.Claim(core.NewID(w.now()), core.ID{}, w.now()).Grant))
		}
	}
	s := bob.submit(bob.submit(bob.types(claimed.text("user_code")), "identifier", "bob@example.com"), "password", "open")
	if s.status != http.StatusForbidden || s.Error != "not_allowed" {
		t.Errorf("a claimed code: %d %q", s.status, s.Error)
	}
}

func TestThreat_DEV04_TwoTabsAtOnce(t *testing.T) {
	w := deviceWorld(t)
	w.person("bob@example.com")
	for range 8 {
		tv := w.television()
		ada, bob := w.browser(), w.browser()
		hers, his := ada.confirms(tv.text("user_code"), "ada@example.com"), bob.confirms(tv.text("user_code"), "bob@example.com")
		var both sync.WaitGroup
		var ends [2]shown
		both.Go(func() { ends[0] = ada.submit(hers, "decision", "allow") })
		both.Go(func() { ends[1] = bob.submit(his, "decision", "allow") })
		both.Wait()
		done := 0
		for _, s := range ends {
			if s.Name == core.PageDeviceDone {
				done++
			} else if s.Error != "device_over" {
				t.Errorf("page %q, error %q", s.Name, s.Error)
			}
		}
		if done != 1 {
			t.Errorf("%d people were told that it is connected", done)
		}
		w.pass(11 * time.Minute) // the limits of the address
	}
}

func TestThreat_DEV11_PolicyHoldsOnTheOtherDevice(t *testing.T) {
	w := deviceWorld(t)
	w.client("strict", func(c *core.Client) { screen(c); c.RequireACR = []string{core.ACRTwoFactors} })
	_, said, _ := w.ask("/device_authorization", "client_id", "strict", "scope", "openid")
	tv := &television{w, "strict", said}
	b := w.browser()
	s := b.submit(b.submit(b.types(tv.text("user_code")), "identifier", "ada@example.com"), "password", "open")
	if s.Name == core.PageDeviceAsk || s.Name == core.PageDeviceDone {
		t.Errorf("one factor was enough: %q", s.Name)
	}
	tv.hears("authorization_pending")
}

func TestThreat_DEV12_LOD04_FloodsOfDevices(t *testing.T) {
	w := deviceWorld(t)
	refused := 0
	for range 200 {
		code, said, header := w.ask("/device_authorization", "client_id", "tv", "scope", "openid")
		if code == http.StatusTooManyRequests && said["error"] == "slow_down" && header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 80 {
		t.Errorf("%d of 200 were refused", refused)
	}
}

// What a person did elsewhere ends a device that has not its tokens yet.
func TestDV02_WhatEndsADeviceBeforeItsTokens(t *testing.T) {
	for name, end := range map[string]func(w *world, g core.Grant){
		"client disabled": func(w *world, _ core.Grant) {
			c, err := w.store.Client(w.t.Context(), "tv")
			w.must(err)
			c.Disabled, c.Epoch = true, c.Epoch+1
			w.must(w.store.UpdateClient(w.t.Context(), c))
		},
		"signed out": func(w *world, g core.Grant) {
			rows, err := w.store.Sessions(w.t.Context(), []core.ID{g.Session})
			w.must(err)
			s := rows[0].Session
			s.Ended = true
			w.must(w.store.UpdateSession(w.t.Context(), s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := deviceWorld(t)
			tv := w.television()
			b := w.browser()
			b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
			g, err := w.store.Grants(t.Context(), core.GrantFilter{Client: "tv"}, core.PageOf{Limit: 1})
			w.must(err)
			if g[0].AskedFrom != "" || g[0].State != core.GrantApproved {
				t.Errorf("%s, asked from %q", g[0].State, g[0].AskedFrom)
			}
			end(w, g[0])
			_, said, _ := w.ask("/token", "grant_type", core.GrantDeviceCode, "client_id", "tv", "device_code", tv.text("device_code"))
			if said["access_token"] != nil {
				t.Errorf("tokens all the same: %v", said)
			}
		})
	}
}

func TestDV02_PollsCostOneRead(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	tv.hears("authorization_pending")
	w.store.reset()
	if got, _ := tv.polls(); got != "slow_down" {
		t.Errorf("%q", got)
	}
	if calls := w.store.seen(); len(calls) != 1 || calls["Grant"] != 1 {
		t.Errorf("a poll costs %v", calls)
	}
	b := w.browser()
	b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
	w.store.reset()
	if got, said := tv.polls(); got != "" {
		t.Errorf("%v", said)
	}
	if calls := w.store.seen(); len(calls) != 2 || calls["Grant"] != 1 || calls["UpdateGrant"] != 1 {
		t.Errorf("redeeming costs %v", calls)
	}
}
