package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

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
	w.store.Reset()
	s := b.get(tv.text("verification_uri_complete"))
	b.want(s, core.PageDevice)
	if s.Values["user_code"] != tv.text("user_code") || len(w.store.Seen()) > 0 {
		t.Errorf("the link fills in %q and costs %v", s.Values["user_code"], w.store.Seen())
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

// Pages of an operator's own speak JSON, here as in the rest of the flow.
func TestDV01_TheSameAsJSON(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	b := w.browser()
	ask := []string{"Accept", "application/json"}
	s := b.do(http.MethodGet, "/device", nil, ask...)
	b.want(s, core.PageDevice)
	s = b.do(http.MethodPost, s.Form.Action, s.fields("user_code", tv.text("user_code")), ask...)
	for _, answer := range [][]string{{"identifier", "ada@example.com"}, {"password", "open"}, {"decision", "allow"}} {
		for s.Name == "step" {
			s = b.do(http.MethodGet, s.Links["next"], nil, ask...)
		}
		s = b.do(http.MethodPost, s.Form.Action, s.fields(answer...), ask...)
	}
	s = b.do(http.MethodGet, s.Links["next"], nil, ask...)
	b.want(s, core.PageDeviceDone)
	tv.hears("")
}
