package account

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// Who is not signed in signs in first, and then sees what is theirs.
func TestACC_TheAccountPageWantsASignIn(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	w.want(b.Open(w.Issuer()+"/account"), "signin")
	got := b.Continue()
	w.want(got, "account")
	for _, words := range []string{"Password", "Your only way to sign in. Add another one before you remove it."} {
		if !strings.Contains(got.Body, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if !strings.Contains(got.Body, "ada@example.com") || got.Button("account-form", "Remove") != "" {
		t.Errorf("address missing, or the last way can be removed:\n%s", got.Body)
	}
}

// STA06, STA07: a session that was ended is none; an account that was switched off
// has none.
func TestThreat_STA06_EndedSessionsSeeNothing(t *testing.T) {
	for what, change := range map[string]func(*core.Account){
		"signed out everywhere": func(a *core.Account) { a.SignInEpoch++ },
		"switched off":          func(a *core.Account) { a.Disabled = true },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			b := w.home(w.ada)
			a := w.ada.Account()
			change(&a)
			w.must(w.Store().UpdateAccount(t.Context(), core.AccountChange{Account: a}))
			if got := w.press(b, "Delete"); got.Page() == "delete" {
				t.Error("the account can still be deleted")
			}
			if got := b.Open(w.Issuer() + "/account"); got.Page() == "account" {
				t.Error("the account can still be seen")
			}
		})
	}
}

// SE-09, WN-24: an hour later every change asks again who is there.
func TestSE09_EveryChangeWantsAFreshSignIn(t *testing.T) {
	w := newWorld(t, withBadge(false))
	b := w.home(w.ada)
	w.home(w.ada) // elsewhere too, so that there are others to end
	w.press(b, "Connect badge")
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	b.Follow("to-account")
	w.Advance(hour)
	for _, words := range []string{"Change Email address", "Change Password", "Remove Password", "Rename", "Connect badge", "End all others", "Delete"} {
		w.want(b.Open(w.Issuer()+"/account"), "account")
		if got := w.press(b, words); got.Page() != "password" {
			t.Errorf("%s leads to %q (%s)", words, got.Page(), got.Heading())
		}
	}
}

// SE-09: who has no password any more is not asked for one, but for what they have;
// and only where they are signed in elsewhere are there others to end.
func TestSE09_AsksForAWayThatTheAccountHas(t *testing.T) {
	w := newWorld(t, withBadge(false))
	b := w.home(w.ada)
	if b.Landed().Button("account-form", "End all others") != "" {
		t.Error("there are no others to end")
	}
	w.press(b, "Connect badge")
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	b.Follow("to-account")
	w.press(b, "Remove Password")
	w.want(b.Submit("act", nil), "account")
	w.Advance(hour)
	w.want(b.Open(w.Issuer()+"/account"), "account")
	w.want(w.press(b, "Delete"), "code") // the badge's page
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "delete")
}

// RP-10, CSR01: nobody else can begin or make a change in a person's browser.
func TestRP10_CSR01_NobodyElseBeginsAChange(t *testing.T) {
	w := newWorld(t)
	b := w.home(w.ada)
	form := url.Values{"act": {"delete"}, "csrf": {b.Landed().Field("account-form", "csrf")}}
	for name, c := range map[string]struct {
		site, token string
		want        int
	}{
		"ours":         {"same-origin", form.Get("csrf"), http.StatusSeeOther},
		"another site": {"cross-site", form.Get("csrf"), http.StatusForbidden},
		"no token":     {"same-origin", "", http.StatusForbidden},
		"guessed":      {"same-origin", strings.Repeat("A", len(form.Get("csrf"))), http.StatusForbidden},
	} {
		form.Set("csrf", c.token)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer()+"/account", strings.NewReader(form.Encode()))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", c.site)
		client := *b.HTTP()
		answer, err := client.Do(r)
		w.must(err)
		_ = answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, c.want)
		}
	}
	// Another browser cannot use the interaction that this one began.
	at := w.press(b, "Delete").URL.String()
	if got := w.Person("eve@example.com", word).Browser().Open(at); got.Page() != "error" {
		t.Errorf("somebody else's browser: %q", got.Page())
	}
}

// WN-24, LNK13: a way can go while another remains; the last one never, and a second
// factor is no way in.
func TestThreat_LNK13_WN24_NeverTheLastWayIn(t *testing.T) {
	w := newWorld(t, withBadge(false))
	b := w.home(w.ada)
	w.press(b, "Connect badge")
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	b.Follow("to-account")
	two := b.Landed()

	w.press(b, "Remove Password")
	w.want(b.Submit("act", nil), "account")
	if got := b.Landed(); strings.Contains(got.Body, "Remove</") || strings.Contains(got.Body, ">Remove<") {
		t.Error("the last way can be removed")
	}
	if all := w.events(core.EventCredentialRemoved); len(all) != 1 || all[0].Reason != "password" {
		t.Errorf("events %v", all)
	}
	w.told("ada@example.com", "password was changed")

	// The page of before still has the button of the badge.
	b.Return(two)
	got := w.press(b, "Remove Another way")
	w.want(got, "account_act")
	if !got.Says("This is your only way to sign in. Add another one first.") {
		t.Errorf("the last way: %s", got.Body)
	}
	if got = b.Submit("act", nil); got.Status < 400 {
		t.Errorf("posted all the same: %d %q", got.Status, got.Page())
	}
	if c, err := w.Store().Credentials(t.Context(), w.ada.Account().ID); err != nil || len(c) != 1 {
		t.Errorf("left: %v, %v", c, err)
	}
}

func TestWN24_ASecondFactorIsNoWayIn(t *testing.T) {
	w := newWorld(t, withBadge(true))
	b := w.home(w.ada)
	w.press(b, "Connect badge")
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	b.Follow("to-account")
	if b.Landed().Button("account-form", "Remove Password") != "" {
		t.Error("the password could be removed, which leaves nothing to sign in with")
	}
	if b.Landed().Button("account-form", "Remove Another way") == "" {
		t.Error("the second factor cannot be removed")
	}
}

// XSS02: a name is one plain line; it is shown as it was typed.
func TestACC_AWayIsRenamed(t *testing.T) {
	w := newWorld(t, withBadge(false))
	b := w.home(w.ada)
	w.press(b, "Connect badge")
	w.want(b.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	b.Follow("to-account")
	w.press(b, "Rename")
	for _, bad := range []string{"", "  ", "a\u202eb", strings.Repeat("x", 61)} {
		if got := b.Submit("act", map[string]string{"label": bad}); got.Page() != "account_act" || got.Status < 400 {
			t.Errorf("%q: %q %d", bad, got.Page(), got.Status)
		}
	}
	if got := b.Submit("act", map[string]string{"label": "My <b>blue</b> badge"}); !strings.Contains(got.Body, "My &lt;b&gt;blue&lt;/b&gt; badge") {
		t.Errorf("not shown: %s", got.Body)
	}
}

// SE-08, LGO04: sessions are listed with device, address and last use, and ended one
// by one or all at once; this browser stays.
func TestSE08_SessionsAreSeenAndEnded(t *testing.T) {
	w := newWorld(t)
	alive := func(b *providertest.Browser) bool { return b.Open(w.Issuer()+"/account").Page() == "account" }
	phone, tablet, desk := w.home(w.ada), w.home(w.ada), w.home(w.ada)
	if n := strings.Count(desk.Landed().Body, "127.0.0.1"); n != 3 {
		t.Fatalf("%d sessions are shown", n)
	}
	eve := w.home(w.Person("eve@example.com", word))
	w.press(desk, "End A browser")
	_ = phone
	w.want(desk.Submit("act", nil), "account")
	if !desk.Landed().Says("The session has ended.") {
		t.Error("nothing is said")
	}
	if n := strings.Count(desk.Landed().Body, "127.0.0.1"); n != 2 {
		t.Errorf("%d sessions are left", n)
	}
	w.press(desk, "End all others")
	w.want(desk.Submit("act", nil), "account")
	w.told("ada@example.com", "list of sessions was changed")
	for name, b := range map[string]*providertest.Browser{"phone": phone, "tablet": tablet} {
		if alive(b) {
			t.Errorf("the %s is signed in still", name)
		}
	}
	if !alive(desk) || !alive(eve) {
		t.Error("this browser, or somebody else, was signed out")
	}
}
