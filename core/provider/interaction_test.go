package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestAZ18_OtherBrowserIsRefused(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	page := b.submit(b.get(request("app")), "identifier", "ada@example.com")
	other := w.browser()
	if s := other.get(page.path); s.status != http.StatusBadRequest || s.Error != core.PageOtherBrowser.Name {
		t.Errorf("no cookie: %d %q", s.status, s.Error)
	}
	other.get(request("app"))
	if s := other.get(page.path); s.status != http.StatusBadRequest || s.Error != core.PageOtherBrowser.Name { // CSR03
		t.Errorf("another cookie: %d %q", s.status, s.Error)
	}
	if s := other.do(http.MethodPost, page.Form.Action, page.fields("password", "open")); s.status != http.StatusBadRequest {
		t.Errorf("post: %d", s.status)
	}
	w.store.Reset()
	if s := b.get(strings.Replace(page.path, "kw_in_", "kw_in_A", 1)); s.status != http.StatusBadRequest || len(w.store.Seen()) != 0 {
		t.Errorf("forged handle: %d, store %v", s.status, w.store.Seen())
	}
}

func TestNoCookie_SaysSo(t *testing.T) {
	w := newWorld(t)
	first := w.browser().do(http.MethodGet, request("app"), nil)
	if s := w.browser().get(first.location); s.Error != core.PageNoCookie.Name {
		t.Errorf("error %q", s.Error)
	}
}

func TestCSR01_PostsFromElsewhere(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	page := b.submit(b.get(request("app")), "identifier", "ada@example.com")
	for name, headers := range map[string][]string{
		"cross-site":        {"Sec-Fetch-Site", "cross-site"},
		"CSR21 same-site":   {"Sec-Fetch-Site", "same-site"},
		"foreign origin":    {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"null alone":        {"Sec-Fetch-Site", "", "Origin", "null"},
		"contradiction":     {"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"},
		"CSR19 override":    {"Sec-Fetch-Site", "cross-site", "X-HTTP-Method-Override", "GET"},
		"neighbouring port": {"Sec-Fetch-Site", "", "Origin", issuer + ":81"},
	} {
		if s := b.do(http.MethodPost, page.Form.Action, page.fields("password", "open"), headers...); s.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, s.status)
		}
	}
	form := page.fields("password", "open")
	form.Del("csrf")
	if s := b.do(http.MethodPost, page.Form.Action, form); s.status != http.StatusForbidden {
		t.Errorf("no token: %d", s.status)
	}
	// A browser that tells nothing passes by the token, and null with same-origin is ourselves.
	if s := b.do(http.MethodPost, page.Form.Action, page.fields("password", "wrong"), "Sec-Fetch-Site", ""); s.status != http.StatusUnprocessableEntity {
		t.Errorf("token alone: %d", s.status)
	}
	if s := b.do(http.MethodPost, page.Form.Action, page.fields("password", "open"), "Origin", "null"); s.status != http.StatusSeeOther { // AZ-09
		t.Errorf("null from ourselves: %d", s.status)
	}
}

func TestExpired_NeverGoesToTheClient(t *testing.T) {
	for name, wait := range map[string][]time.Duration{
		"idle":     {16 * time.Minute},
		"absolute": {14 * time.Minute, 14 * time.Minute, 14 * time.Minute, 14 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.browser()
			page := b.get(request("app"))
			for _, d := range wait[:len(wait)-1] {
				w.pass(d)
				b.want(b.submit(page, "identifier", "ada@example.com"), core.PagePassword)
			}
			w.pass(wait[len(wait)-1])
			s := b.submit(page, "identifier", "ada@example.com")
			if s.status != http.StatusBadRequest || s.Error != core.PageOld.Name || s.location != "" || s.Links["app"] != "https://app.example/" { // ORD05
				t.Fatalf("%d %q %q %v", s.status, s.Error, s.location, s.Links)
			}
		})
	}
}

func TestCSR05_StepsCannotBeSkipped(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	first := b.get(request("app"))
	at := func(step string) string { return first.path[:strings.LastIndex(first.path, "/")+1] + step }
	for _, step := range []string{"consent", "finished", "verify", "change", "accounts", "act", "nonsense", ""} {
		if step == "" {
			continue
		}
		b.want(b.get(at(step)), core.PageSignIn)
	}
	form := first.fields("decision", "allow", "digest", "", "done", "1")
	b.want(b.follow(b.do(http.MethodPost, at("consent"), form)), core.PageSignIn)
	b.want(b.submit(first, "identifier", " "), core.PageSignIn)
}

func TestCSR06_CN05_SubmittedTwice(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	consent := b.signIn(request("app"), "ada@example.com")
	b.want(consent, core.PageConsent)
	codes := make([]string, 8)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			s := b.do(http.MethodPost, consent.Form.Action, consent.fields("decision", "allow"))
			u, _ := url.Parse(s.location)
			codes[i] = u.Query().Get("code")
		})
	}
	wg.Wait()
	for _, code := range codes {
		if code == "" || code != codes[0] {
			t.Fatalf("codes %v", codes)
		}
	}
	back := b.get(consent.path)
	b.want(back, core.PageFinished)
	if back.Links["app"] != "https://app.example/" {
		t.Errorf("links %v", back.Links)
	}
	if n := w.count(core.EventGrantCreated); n != 1 {
		t.Errorf("%d grants", n)
	}
}

// count is how many stored events have the name.
func (w *world) count(name core.EventName) int {
	w.t.Helper()
	all, err := w.store.Events(w.t.Context(), core.EventFilter{Name: name}, core.PageOf{Limit: 100})
	w.must(err)
	return len(all)
}

func TestCSR07_SE03_TwoTabs(t *testing.T) {
	w := newWorld(t)
	w.client("second", func(c *core.Client) { c.Scopes = []string{"openid"} })
	b := w.browser()
	one, two := b.get(request("app", "state", "1")), b.get(request("second", "state", "2"))
	step := func(s shown) shown {
		return b.submit(b.submit(s, "identifier", "ada@example.com"), "password", "open")
	}
	first, second := step(one), step(two)
	if got := b.answer(b.submit(second, "decision", "allow")); got.Get("state") != "2" {
		t.Errorf("second %v", got)
	}
	if got := b.answer(b.submit(first, "decision", "allow")); got.Get("state") != "1" {
		t.Errorf("first %v", got)
	}
}

func TestAZ21_CN03_Deny(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	s := b.submit(b.signIn(request("app"), "ada@example.com"), "decision", "deny")
	if got := b.answer(s); got.Get("error") != "access_denied" || got.Get("iss") != issuer || got.Get("state") == "" {
		t.Fatalf("answer %v", got)
	}
	b.want(b.get(request("app")), core.PageConsent) // signed in, and asked again
	if w.count(core.EventConsentRefused) != 1 {
		t.Error("no event")
	}
}

func TestCN04_DecisionForSomethingElse(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	consent := b.signIn(request("app"), "ada@example.com")
	c, err := w.store.Client(t.Context(), "app")
	w.must(err)
	c.Name, c.Change = "Renamed", core.NewID(w.now())
	w.must(w.store.UpdateClient(t.Context(), c))
	w.pass(core.MaxClientStale)
	s := b.submit(consent, "decision", "allow")
	b.want(s, core.PageConsent)
	if len(s.Problems) != 1 || s.Problems[0].ID != "consent_changed" || s.App.Name != "Renamed" {
		t.Fatalf("problems %v", s.Problems)
	}
	b.answer(b.submit(s, "decision", "allow"))
	// CN-13: consent is never given by GET.
	again := b.get(request("app", "prompt", "consent"))
	b.want(b.get(again.path+"?"+again.fields("decision", "allow").Encode()), core.PageConsent)
}

func TestCN11_UnverifiedAppsNeedATick(t *testing.T) {
	w := newWorld(t)
	w.client("wild", func(c *core.Client) { c.Lane, c.AuthMethod = core.LaneDCR, core.AuthNone })
	b := w.browser()
	s := b.signIn(request("wild"), "ada@example.com")
	if !s.Consent.Unverified {
		t.Fatal("not marked")
	}
	s = b.submit(s, "decision", "allow", "remember", "on")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow", "mine", "on", "remember", "on"))
	b.want(b.get(request("wild")), core.PageConsent) // never remembered
}

func TestCN08_NewScopesAreMarked(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app", "scope", "openid"), "ada@example.com")
	s := b.get(request("app", "scope", "openid email"))
	b.want(s, core.PageConsent)
	for _, scope := range s.Consent.Scopes {
		if scope.New != (scope.Name == "email") {
			t.Errorf("%+v", scope)
		}
	}
}

func TestOC11_OC14_SignInAgain(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	w.pass(time.Hour)
	for name, q := range map[string][]string{
		"prompt=login": {"prompt", "login"}, "max_age": {"max_age", "60"}, "max_age=0": {"max_age", "0"},
	} {
		s := b.get(request("app", q...))
		b.want(s, core.PagePassword)
		if s.Account == nil || s.Account.Email != "ada@example.com" {
			t.Errorf("%s: account %v", name, s.Account)
		}
		at := s.path[:strings.LastIndex(s.path, "/")+1]
		b.want(b.get(at+"consent"), core.PagePassword) // cannot be skipped
		b.answer(b.submit(s, "password", "open"))
		w.pass(time.Hour)
	}
	b.answer(b.get(request("app", "max_age", "10000")))
}

func TestOC13_PromptCreate(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	s := b.get(request("app", "prompt", "create"))
	b.want(s, core.PageSignUp)
	b.want(b.get(s.Links["signin"]), core.PageSignIn)
	s = b.submit(s, "email", "new@example.com")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow"))
	b.want(b.get(request("app", "prompt", "create")), core.PageSignUp) // also when signed in
}

func TestOC16_HintFillsTheField(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	known, unknown := b.get(request("app", "login_hint", "ada@example.com")), b.get(request("app", "login_hint", "zoe@example.com"))
	if known.Values["identifier"] != "ada@example.com" || unknown.Values["identifier"] != "zoe@example.com" || known.Name != unknown.Name {
		t.Errorf("%v, %v", known.Values, unknown.Values)
	}
}

func TestJSON_SamePagesAsFacts(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	page := b.get(request("app"))
	s := b.do(http.MethodGet, page.path, nil, "Accept", "application/json")
	if s.header.Get("Content-Type") != "application/json" || s.Name != core.PageSignIn || s.Form.Hidden["csrf"] == "" {
		t.Fatalf("%v %+v", s.header, s.Page)
	}
	if s := b.do(http.MethodPost, page.Form.Action, page.fields("identifier", "x"), "Accept", "application/json", "Sec-Fetch-Site", "cross-site"); s.status != http.StatusForbidden || s.Error != core.PageForeign.Name {
		t.Errorf("foreign: %d %q", s.status, s.Error)
	}
	s = b.submit(b.submit(page, "identifier", "ada@example.com"), "password", "open")
	s = b.do(http.MethodPost, s.Form.Action, s.fields("decision", "allow"), "Accept", "application/json")
	if s.status != http.StatusOK || !strings.HasPrefix(s.Links["to"], callback) {
		t.Errorf("answer: %d %v", s.status, s.Links)
	}
}
