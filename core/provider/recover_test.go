package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// link gives the address in the newest reset letter.
func (w *world) link() string {
	w.t.Helper()
	for _, e := range slices.Backward(w.store.Written()) {
		if len(e.Deliveries) == 0 {
			continue
		}
		body := e.Deliveries[0].Body
		letter, err := w.provider.OpenLetter(w.t.Context(), body)
		w.must(err)
		if strings.Contains(string(body), letter.Link) {
			w.t.Error("the letter is not sealed")
		}
		return letter.Link
	}
	w.t.Fatal("no letter was written")
	return ""
}

// asks goes to the reset page and asks for a link.
func (b *browser) asks(target, email string) {
	b.w.t.Helper()
	s := b.submit(b.get(target), "identifier", email)
	s = b.get(s.Links["reset"])
	b.want(s, core.PageReset)
	b.want(b.submit(s, "identifier", email), core.PageResetSent)
}

func TestReset_InTheSameBrowserGoesOnToTheApp(t *testing.T) {
	w := newWorld(t)
	elsewhere := w.browser()
	elsewhere.agree(request("app"), "ada@example.com")
	b := w.browser()
	b.asks(request("app"), "ada@example.com")
	s := b.get(w.link())
	b.want(s, core.PageNewPassword)
	if strings.Contains(s.path, "kw_tk_") {
		t.Errorf("the link's handle stays in the address: %s", s.path)
	}
	s = b.submit(s, "identifier", "ada@example.com")
	b.answer(s) // signed in; the consent was remembered
	// SE-07: the other browser is signed out at once.
	if got := elsewhere.answer(elsewhere.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
		t.Errorf("elsewhere: %v", got)
	}
	b.answer(b.get(request("app", "prompt", "none")))
	if again := w.browser().get(w.link()); again.Error != core.PageLinkUsed.Name { // PWD16
		t.Errorf("used link: %q", again.Error)
	}
}

func TestReset_InAnotherBrowserOnlySignsIn(t *testing.T) {
	w := newWorld(t)
	w.browser().asks(request("app"), "ada@example.com")
	other := w.browser()
	for range 3 { // MAG01: looking uses nothing up
		w.browser().get(w.link())
	}
	if s := other.do(http.MethodHead, w.link(), nil); s.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %d", s.status)
	}
	s := other.get(w.link())
	other.want(s, core.PageNewPassword)
	other.want(other.submit(s, "identifier", "ada@example.com"), core.PageFinished)
	other.want(other.get(request("app")), core.PageConsent)
}

func TestReset_SignedInBrowserStillGetsThePage(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	w.browser().asks(request("app"), "ada@example.com")
	b.want(b.get(w.link()), core.PageNewPassword)
}

func TestPWD16_OldAndLateLinks(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.asks(request("app"), "ada@example.com")
	old := w.link()
	b.asks(request("app"), "ada@example.com")
	if s := b.get(old); s.Error != core.PageLinkUsed.Name {
		t.Errorf("replaced: %q", s.Error)
	}
	w.pass(31 * time.Minute)
	if s := b.get(w.link()); s.Error != core.PageLinkUsed.Name {
		t.Errorf("late: %q", s.Error)
	}
	w.store.Reset()
	if s := b.get("/link/kw_tk_nonsense"); s.Error != core.PageLinkUsed.Name || len(w.store.Seen()) != 0 {
		t.Errorf("forged: %q, store %v", s.Error, w.store.Seen())
	}
}

func TestSE09_PasswordChangeNeedsFreshSignIn(t *testing.T) {
	w := newWorld(t)
	b, elsewhere := w.browser(), w.browser()
	elsewhere.agree(request("app"), "ada@example.com")
	b.consented("ada@example.com")
	w.pass(6 * time.Minute)
	s := b.get("/account/password")
	b.want(s, core.PagePassword)
	s = b.submit(s, "password", "open")
	b.want(s, core.PageNewPassword)
	b.want(b.submit(s, "password", "new"), core.PageFinished)
	b.answer(b.get(request("app", "prompt", "none")))                                                                   // still signed in here
	if got := elsewhere.answer(elsewhere.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" { // INV-S4
		t.Errorf("elsewhere: %v", got)
	}
	// Fresh enough: no second question.
	s = b.get("/account/password")
	b.want(s, core.PageNewPassword)
	before := w.live("ada@example.com")
	b.want(b.submit(s, "password", "newer"), core.PageFinished)
	b.answer(b.get(request("app", "prompt", "none")))
	if after := w.live("ada@example.com"); len(before) != 1 || len(after) != 1 || after[0] != before[0] {
		t.Errorf("sessions that stand: %v, then %v", before, after)
	}
	b.want(b.submit(s, "password", "newer"), core.PageFinished)
}

// live lists the account's sessions that stand.
func (w *world) live(email string) []core.ID {
	w.t.Helper()
	a := w.account(email)
	all, err := w.store.SessionsOf(w.t.Context(), a.ID, core.PageOf{Limit: 10})
	w.must(err)
	var ids []core.ID
	for _, s := range all {
		if s.Live(a.Standing(), w.now()) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func TestVerifyEmail_ComesBeforeConsent(t *testing.T) {
	w := newWorld(t)
	w.config.RequireVerifiedEmail = true
	w.restart()
	b := w.browser()
	s := b.submit(b.get(request("app", "prompt", "create")), "email", "new@example.com")
	b.want(s, core.PageCode)
	b.want(b.get(s.path[:strings.LastIndex(s.path, "/")+1]+"consent"), core.PageCode)
	s = b.submit(s, "code", "123")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow"))
}

func TestThrottled_AfterFiveWrongWords(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	page := b.submit(b.get(request("app")), "identifier", "ada@example.com")
	for range 5 {
		s := b.submit(page, "password", "wrong")
		if s.status != http.StatusUnprocessableEntity || s.Problems[0].ID != "password_wrong" {
			t.Fatalf("%d %v", s.status, s.Problems)
		}
	}
	s := b.submit(page, "password", "open")
	if s.status != http.StatusTooManyRequests || s.header.Get("Retry-After") == "" {
		t.Fatalf("%d %v", s.status, s.header)
	}
	w.pass(2 * time.Minute)
	b.want(b.submit(page, "password", "open"), core.PageConsent)
}

func TestFaults_SecondTrySucceeds(t *testing.T) {
	calls := []string{"Interaction", "Sessions", "Consent", "UpdateInteraction", "CreateSession", "CreateConsent", "CreateGrant"}
	for _, call := range calls {
		for _, before := range []bool{true, false} {
			w := newWorld(t)
			b := w.browser()
			consent := b.signIn(request("app"), "ada@example.com")
			w.fault(call, before)
			r := b.do(http.MethodPost, consent.Form.Action, consent.fields("decision", "allow", "remember", "on"), "X-Fault", "1")
			if r.status != http.StatusServiceUnavailable && r.status != http.StatusSeeOther {
				t.Errorf("%s: %d", call, r.status)
			}
			again := b.submit(consent, "decision", "allow", "remember", "on")
			if got := b.answer(again); got.Get("code") == "" {
				t.Errorf("%s before=%v: %v", call, before, got)
			}
			b.answer(b.get(request("app", "prompt", "none")))
			if n := w.count(core.EventGrantCreated); n != 1 {
				t.Errorf("%s before=%v: %d grants", call, before, n)
			}
		}
	}
}
