package provider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
	"github.com/keywright/keywright/internal/pkce"
)

func TestFPA01_StepByStep(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin()
	app.want(a, core.InsufficientAuthorization, core.StepSignIn)
	if a.status != http.StatusBadRequest || a.header.Get("Cache-Control") != "no-store" || a.Page.Name != core.PageSignIn || a.Page.Links["signup"] != "signup" {
		t.Errorf("%d %v %+v", a.status, a.header, a.Page)
	}
	a = app.goOn(a.Session, "step", "signin", "identifier", "ada@example.com")
	app.want(a, core.InsufficientAuthorization, "password")
	a = app.goOn(a.Session, "step", "password", "password", "shut")
	app.want(a, core.InsufficientAuthorization, "password")
	if len(a.Page.Problems) == 0 {
		t.Errorf("no problem beside a wrong password: %+v", a.Page)
	}
	a = app.goOn(a.Session, "step", "password", "password", "open")
	if a.status != http.StatusOK || a.Code == "" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%+v", a)
	}
	status, tokens := app.redeem(a.Code)
	if status != http.StatusOK || tokens["access_token"] == nil || tokens["id_token"] == nil {
		t.Errorf("%d %v", status, tokens)
	}
	if status, again := app.redeem(a.Code); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
		t.Errorf("a code used twice: %d %v", status, again)
	}
}

func TestFPA01_AllInOneRequest(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin("identifier", "ada@example.com", "password", "open")
	if a.Code == "" {
		t.Fatalf("%+v", a)
	}
	if status, _ := app.redeem(a.Code); status != http.StatusOK {
		t.Errorf("redeemed with %d", status)
	}
	wrong := app.begin("identifier", "ada@example.com", "password", "shut")
	app.want(wrong, core.InsufficientAuthorization, "password")
	unknown := app.begin("identifier", "zoe@example.com", "password", "shut") // ENU01
	app.want(unknown, core.InsufficientAuthorization, "password")
	if len(wrong.Page.Problems) != len(unknown.Page.Problems) || wrong.Page.Problems[0].ID != unknown.Page.Problems[0].ID {
		t.Errorf("known %v, unknown %v", wrong.Page.Problems, unknown.Page.Problems)
	}
}

func TestFPA01_WhoMayUseIt(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	for name, change := range map[string]func(*core.Client){
		"not allowed":     func(c *core.Client) { challenging(c); c.Challenge = false },
		"third party":     func(c *core.Client) { challenging(c); c.FirstParty = false },
		"self-registered": func(c *core.Client) { challenging(c); c.Lane = core.LaneDCR },
		"without codes":   func(c *core.Client) { challenging(c); c.GrantTypes = []string{core.GrantClientCredentials} },
	} {
		w.client(name, change)
		a := native{w, name}.begin("identifier", "ada@example.com", "password", "open")
		if a.Error != core.UnauthorizedClient || a.Session != "" || a.Code != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	w.client("secretive", func(c *core.Client) { challenging(c); c.AuthMethod = core.AuthSecretBasic })
	w.client("exempt", func(c *core.Client) { challenging(c); c.InsecureNoPKCE = true })
	for name, c := range map[string]struct {
		got  told
		want core.ErrorCode
	}{
		"unknown client":    {native{w, "nobody"}.begin(), core.InvalidClient},
		"no client secret":  {native{w, "secretive"}.begin(), core.InvalidClient},
		"PK-01 no PKCE":     {native{w, "exempt"}.begin("code_challenge", "", "code_challenge_method", ""), core.InvalidRequest},
		"PK-02 plain":       {app.begin("code_challenge_method", "plain"), core.InvalidRequest},
		"a redirect URI":    {app.begin("redirect_uri", callback), core.InvalidRequest},
		"a token":           {app.begin("response_type", "token"), core.UnsupportedResponseType},
		"a request object":  {app.begin("request", "x"), core.RequestNotSupported},
		"prompt=none":       {app.begin("prompt", "none"), core.LoginRequired},
		"CSR01 from a page": {app.ask(fields("client_id", "phone"), "Origin", "https://app.example"), core.InvalidRequest},
		"fields of no step": {app.goOn(app.begin().Session, "password", "open"), core.InvalidRequest},
		"from a browser":    {app.ask(fields("client_id", "phone"), "Sec-Fetch-Site", "none"), core.InvalidRequest},
	} {
		if c.got.Error != c.want || c.got.Code != "" || c.got.Session != "" {
			t.Errorf("%s: %d %q %q, want %q", name, c.got.status, c.got.Error, c.got.Text, c.want)
		}
	}
}

func TestFPA01_OffUnlessAskedFor(t *testing.T) {
	for name, on := range map[string]bool{"off": false, "on": true} {
		w := newWorld(t, func(c *provider.Config) { c.FirstPartyApps = on })
		app := w.native("phone")
		status, _, _ := app.post("/authorize-challenge", fields("client_id", "phone"))
		doc := w.browser().get("/.well-known/oauth-authorization-server")
		if (status != http.StatusNotFound) != on || doc.status != http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
		rec := httptest.NewRecorder()
		w.provider.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, issuer+"/.well-known/openid-configuration", nil))
		if strings.Contains(rec.Body.String(), `"authorization_challenge_endpoint":"http://localhost/authorize-challenge"`) != on {
			t.Errorf("%s: %s", name, rec.Body)
		}
	}
}

func TestFPA01_AuthSessionIsItsClients(t *testing.T) {
	w := newWorld(t, firstParty)
	app, thief := w.native("phone"), w.native("thief")
	a := app.begin("identifier", "ada@example.com")
	app.want(a, core.InsufficientAuthorization, "password")
	w.store.Reset()
	forged := app.goOn(strings.Replace(a.Session, "kw_as_A", "kw_as_B", 1), "step", "password", "password", "open")
	app.want(forged, core.InvalidSession, "")
	if seen := w.store.Seen(); seen["Interaction"] > 0 {
		t.Errorf("a forged one reached the store: %v", seen)
	}
	// The right password, by another client of ours: nothing, and nothing learnt.
	stolen := thief.goOn(a.Session, "step", "password", "password", "open")
	thief.want(stolen, core.InvalidSession, "")
	if stolen.Text != forged.Text || stolen.status != forged.status {
		t.Errorf("stolen %+v, forged %+v", stolen, forged)
	}
	// A browser's handle and cookie are none, and an auth_session opens no page.
	b := w.browser()
	page := b.get(request("app"))
	app.want(app.goOn(strings.Split(page.path, "/")[2]), core.InvalidSession, "")
	for _, c := range b.jar.Cookies(&url.URL{Scheme: "https", Host: "localhost", Path: "/"}) {
		app.want(app.goOn(c.Value), core.InvalidSession, "")
	}
	if s := b.get("/interaction/" + a.Session + "/password"); s.Error != core.PageOld.Name {
		t.Errorf("a page for an auth_session: %d %q", s.status, s.Error)
	}
	if done := app.goOn(a.Session, "step", "password", "password", "open"); done.Code == "" { // the theft did no harm
		t.Errorf("%+v", done)
	}
}

func TestFPA01_ReplayAndExpiry(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin("identifier", "ada@example.com")
	last := []string{"step", "password", "password", "open"}
	done := app.goOn(a.Session, last...)
	if done.Code == "" {
		t.Fatalf("%+v", done)
	}
	if again := app.goOn(a.Session, last...); again.Code != done.Code { // the answer was lost on the way
		t.Errorf("repeated: %+v", again)
	}
	app.want(app.goOn(a.Session), core.InvalidSession, "")
	thief := w.native("thief")
	thief.want(thief.goOn(a.Session, last...), core.InvalidSession, "")
	if status, _ := app.redeem(done.Code); status != http.StatusOK {
		t.Errorf("redeemed with %d", status)
	}
	app.want(app.goOn(a.Session, last...), core.InvalidSession, "") // redeemed: no second answer

	slow := app.begin("identifier", "ada@example.com")
	if got := app.goOn(slow.Session, last...); got.Code == "" {
		t.Fatalf("%+v", got)
	}
	w.pass(time.Minute)
	app.want(app.goOn(slow.Session, last...), core.InvalidSession, "")
	idle := app.begin("identifier", "ada@example.com")
	w.pass(16 * time.Minute)
	app.want(app.goOn(idle.Session, "step", "password", "password", "open"), core.InvalidSession, "")
	late := app.begin("identifier", "ada@example.com")
	for range 5 {
		w.pass(13 * time.Minute)
		late = app.goOn(idle.Session)
	}
	app.want(late, core.InvalidSession, "")
}

func TestFPA01_SkippedStepsAreAskedFor(t *testing.T) { // CSR05
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin()
	for _, step := range []string{"consent", "finished", "verify", "second", "accounts", "nonsense"} {
		got := app.goOn(a.Session, "step", step, "decision", "allow", "done", "1", "code", "000000")
		app.want(got, core.InsufficientAuthorization, core.StepSignIn)
	}
}

func TestFPA01_WhatNeedsABrowserGoesThere(t *testing.T) {
	w := newWorld(t, firstParty, func(c *provider.Config) { c.Authenticators = append(c.Authenticators, awayWord{}) })
	app := w.native("phone")
	consent := app.begin("prompt", "consent", "identifier", "ada@example.com", "password", "open")
	app.want(consent, core.RedirectToWeb, "")
	a := app.begin()
	if len(a.Page.Ways) != 1 || a.Page.Ways[0].Method != "away" {
		t.Fatalf("ways %+v", a.Page.Ways)
	}
	app.want(app.goOn(a.Session, "step", "signin", "way", "away"), core.RedirectToWeb, "")
}

func TestFPA01_MoreIsAskedByPolicy(t *testing.T) {
	w := newWorld(t, firstParty, func(c *provider.Config) { c.RequireVerifiedEmail = true })
	app := w.native("phone")
	zoe := core.Account{ID: core.NewID(w.now()), Row: core.Row{Change: core.NewID(w.now())}}
	zoe.Email = "zoe@example.com"
	w.must(w.store.CreateAccount(t.Context(), core.AccountChange{
		Account: zoe, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: zoe.Email}},
	}))
	a := app.begin("identifier", zoe.Email, "password", "open")
	app.want(a, core.InsufficientAuthorization, core.StepVerifyEmail) // the first factor alone gives no code
	again := app.goOn(a.Session, "step", "password", "password", "open")
	app.want(again, core.InsufficientAuthorization, core.StepVerifyEmail)
}

func TestFPA01_ABrowsersSessionIsNobodyHere(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	var cookies []string
	for _, c := range b.jar.Cookies(&url.URL{Scheme: "https", Host: "localhost", Path: "/"}) {
		cookies = append(cookies, c.String())
	}
	a := app.ask(fields("client_id", "phone", "scope", "openid", "code_challenge", pkce.Challenge(verifier), "code_challenge_method", "S256"),
		"Cookie", strings.Join(cookies, "; "))
	app.want(a, core.InsufficientAuthorization, core.StepSignIn)
}

func TestSTA01_FPA01_AccountsAndClientsThatAreOff(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin("identifier", "off@example.com")
	off := w.person("off@example.com")
	off, err := w.store.Account(t.Context(), off.ID)
	w.must(err)
	off.Disabled, off.Change = true, core.NewID(w.now())
	w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: off}))
	if got := app.goOn(a.Session, "step", "password", "password", "open"); got.Error != core.AccessDenied || got.Code != "" {
		t.Errorf("an account that is off: %+v", got)
	}
	begun := app.begin()
	c, err := w.store.Client(t.Context(), "phone")
	w.must(err)
	c.Disabled, c.Change = true, core.NewID(w.now())
	w.must(w.store.UpdateClient(t.Context(), c))
	w.pass(core.MaxClientStale)
	app.want(app.goOn(begun.Session), core.InvalidClient, "")
}

func TestFPA01_TheSameRequestTwiceAtOnce(t *testing.T) { // CSR06
	w := newWorld(t, firstParty)
	app := w.native("phone")
	a := app.begin("identifier", "ada@example.com")
	var wg sync.WaitGroup
	got := make([]told, 8)
	for n := range got {
		wg.Go(func() { got[n] = app.goOn(a.Session, "step", "password", "password", "open") })
	}
	wg.Wait()
	codes := map[string]bool{}
	for _, g := range got {
		if g.Code != "" {
			codes[g.Code] = true
		} else if g.Error != core.InvalidSession {
			t.Errorf("%+v", g)
		}
	}
	if len(codes) != 1 {
		t.Errorf("%d different codes", len(codes))
	}
}

func TestPWD_FPA01_GuessesAreCountedTheSame(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("phone")
	for range 5 {
		app.want(app.begin("identifier", "ada@example.com", "password", "shut"), core.InsufficientAuthorization, "password")
	}
	a := app.begin("identifier", "ada@example.com", "password", "open") // whatever auth_session it comes with
	if a.Error != core.SlowDown || a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("%+v", a)
	}
	b := w.browser() // and a browser's guesses are the same guesses
	if s := b.signIn(request("app"), "ada@example.com"); s.status != http.StatusTooManyRequests {
		t.Errorf("a browser: %d %q", s.status, s.Name)
	}
}

// awayWord sends everybody to another site.
type awayWord struct{ secretWord }

func (awayWord) Method() string             { return "away" }
func (awayWord) Steps() []core.Step         { return []core.Step{"away"} }
func (awayWord) Endpoints() []core.Endpoint { return nil }
func (awayWord) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: "away"}
}

func (awayWord) Begin(context.Context, core.Turn) (core.Reply, error) {
	return core.Redirect{URL: "https://upstream.example/authorize?state=s"}, nil
}

func TestJSON_AnotherSiteIsNamedNotFollowed(t *testing.T) {
	w := newWorld(t, func(c *provider.Config) { c.Authenticators = append(c.Authenticators, awayWord{}) })
	s := w.script("")
	if a := s.post(s.start(request("app")), "way", "away"); a.Name != "redirect" || !strings.HasPrefix(a.Links["to"], "https://upstream.example/") {
		t.Errorf("%d %+v", a.status, a.Page)
	}
}
