package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func cookieOf(s shown, part string) string {
	for _, line := range s.header["Set-Cookie"] {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func TestSE01_CSR10_CookieAttributes(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	started := b.do(http.MethodGet, request("app"), nil)
	done := b.agree(request("app"), "ada@example.com")
	for _, line := range append(started.header["Set-Cookie"], done.header["Set-Cookie"]...) {
		for _, want := range []string{"__Host-kw_", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(line, want) {
				t.Errorf("%s lacks %s", line, want)
			}
		}
		if strings.Contains(line, "Domain") {
			t.Errorf("%s has a domain", line)
		}
	}
	if cookieOf(started, "kw_s_") != "" { // CSR13
		t.Error("a session before anybody signed in")
	}
	if len(done.header["Set-Cookie"]) != 2 {
		t.Errorf("cookies %v", done.header["Set-Cookie"])
	}
}

func TestSE05_SecretChangesAtEverySignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	first := cookieOf(b.agree(request("app"), "ada@example.com"), "kw_s_")
	old := w.browser()
	old.jar = copyJar(t, b)
	second := cookieOf(b.submit(b.get(request("app", "prompt", "login")), "password", "open"), "kw_s_")
	if first == "" || second == "" || first == second {
		t.Fatalf("cookies %q, %q", first, second)
	}
	b.answer(b.get(request("app", "prompt", "none")))
	if got := old.answer(old.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
		t.Errorf("the old cookie still works: %v", got)
	}
	all, err := w.store.SessionsOf(t.Context(), w.account("ada@example.com").ID, core.PageOf{Limit: 10})
	w.must(err)
	if len(all) != 1 || len(all[0].Authentications) != 2 {
		t.Errorf("sessions %+v", all)
	}
}

func TestSE06_SessionsEndByTime(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	w.pass(14*24*time.Hour + time.Second)
	if got := b.answer(b.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
		t.Errorf("idle: %v", got)
	}
}

func TestSE06_UseMovesTheIdleEnd(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	w.pass(10 * 24 * time.Hour)
	b.answer(b.submit(b.get(request("app", "prompt", "consent")), "decision", "allow", "remember", "on"))
	w.pass(10 * 24 * time.Hour)
	b.answer(b.get(request("app", "prompt", "none")))
	if b.signedOut() {
		t.Error("signed out although it was used")
	}
	w.pass(10*24*time.Hour + time.Second) // absolute
	if !b.signedOut() {
		t.Error("never ends")
	}
}

func TestCSR14_CSR15_CookiesStaySmallAndStaleOnesGo(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for range 200 {
		b.do(http.MethodGet, request("app"), nil)
	}
	b.agree(request("app"), "ada@example.com")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://localhost/", nil)
	w.must(err)
	size := 0
	for _, c := range b.jar.Cookies(r.URL) {
		size += len(c.String())
	}
	if size > 4<<10 {
		t.Errorf("%d bytes of cookies", size)
	}
	name, _, _ := strings.Cut(cookieOf(b.submit(b.get(request("app", "prompt", "login")), "password", "open"), "kw_s_"), "=")
	s := w.browser().do(http.MethodGet, request("app"), nil, "Cookie", name+"=garbage")
	if line := cookieOf(s, name); !strings.Contains(line, "Max-Age=0") {
		t.Errorf("not cleared: %q", line)
	}
}

func TestSE13_AtMostFiveAccounts(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	for _, name := range []string{"b", "c", "d", "e", "f", "g"} {
		email := name + "@example.com"
		w.person(email)
		s := b.get(request("app", "prompt", "select_account"))
		s = b.submit(b.get(s.Links["another"]), "identifier", email)
		s = b.submit(s, "password", "open")
		b.answer(b.submit(s, "decision", "allow", "remember", "on"))
	}
	s := b.get(request("app"))
	b.want(s, core.PageAccounts)
	if len(s.Accounts) != core.MaxSessions || s.Accounts[0].Email != "g@example.com" {
		t.Fatalf("accounts %+v", s.Accounts)
	}
	b.answer(b.submit(s, "account", s.Accounts[2].Key))
	// The one picked is in use now (LGO05: a key that is not held picks nobody).
	s = b.get(request("app"))
	if s.Accounts[0].Email != "e@example.com" {
		t.Errorf("in use: %v", s.Accounts[0])
	}
	b.want(b.submit(s, "account", core.NewID(w.now()).String()), core.PageAccounts)
}

func TestConsent_SwitchAccount(t *testing.T) {
	w := newWorld(t)
	w.person("bob@example.com")
	w.client("other", nil)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	s := b.get(request("other"))
	b.want(s, core.PageConsent)
	accounts := b.get(s.Links["switch"])
	b.want(accounts, core.PageAccounts)
	next := b.submit(b.get(accounts.Links["another"]), "identifier", "bob@example.com")
	b.want(next, core.PagePassword)
	next = b.submit(next, "password", "open")
	b.want(next, core.PageConsent)
	if next.Account.Email != "bob@example.com" {
		t.Fatalf("account %+v", next.Account)
	}
	b.want(b.submit(s, "decision", "allow"), core.PageConsent) // CN-04: shown for ada
	b.answer(b.submit(next, "decision", "allow"))
}

func TestDisabledAccountHasNoSession(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	a := w.account("ada@example.com")
	a.Disabled, a.Change = true, core.NewID(w.now())
	w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: a}))
	if got := b.answer(b.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
		t.Errorf("%v", got)
	}
	s := w.browser().signIn(request("app"), "ada@example.com")
	if s.Error != core.PageNotAllowed.Name {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
}

func (w *world) account(email string) core.Account {
	w.t.Helper()
	a, err := w.store.AccountByIdentifier(w.t.Context(), core.Identifier{Kind: core.IdentifierEmail, Value: email})
	w.must(err)
	return a
}
