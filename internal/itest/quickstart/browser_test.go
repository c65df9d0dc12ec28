package quickstart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/browser"
)

// tab is a tab at which a person sits.
type tab struct {
	*browser.Tab
	world
	pictures string
}

func sit(t *testing.T, options ...providertest.Option) tab {
	t.Helper()
	b := browser.Start(t) // first: a skip should cost nothing
	pictures := os.Getenv("KEYWRIGHT_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	return tab{b, newWorld(t, options...), pictures}
}

// picture saves what the window shows, for whoever wants to look.
func (b tab) picture(name string) { b.Screenshot(filepath.Join(b.pictures, name+".png")) }

func (b tab) signIn(email, word string) {
	b.WaitFor("#page-signin #identifier")
	b.Fill("#identifier", email)
	b.Click("#continue")
	b.WaitFor("#page-password #password")
	b.Fill("#password", word)
	b.Click("#continue")
}

func (b tab) allow() {
	b.WaitFor("#page-consent #allow")
	b.Click("#allow")
	b.WaitFor("#app-in #who")
}

// The way of the README: sign up with the mailed code, agree, be known to the
// application, refresh, sign out.
func TestBrowserSignsUp(t *testing.T) {
	b := sit(t)
	b.Goto(b.app.URL + "/login")
	b.WaitFor("#page-signin")
	b.picture("signin")
	b.Click("#signup")
	b.WaitFor("#page-signup #name")
	b.picture("signup")
	b.Fill("#name", "Grace Hopper")
	b.Fill("#email", "grace@example.com")
	b.Fill("#password", passwordOfAda)
	b.Click("#continue")
	b.WaitFor("#page-code #code")
	b.picture("code")
	b.Fill("#code", b.LastCode("grace@example.com"))
	b.Click("#continue")
	b.WaitFor("#page-consent")
	b.picture("consent")
	b.allow()
	if got := b.Text("#who"); got != "grace@example.com" {
		t.Errorf("the application shows %q", got)
	}
	b.Click("#refresh")
	b.WaitUntil("the tokens are new", func() bool { return b.app.Sessions()[0].Renewed == 1 })
	b.WaitFor("#app-in #logout")
	b.Click("#logout")
	b.WaitFor("#app-out #login")
	b.Click("#login")
	b.WaitFor("#page-signin")
}

func TestBrowserMistypesThePassword(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	b.Goto(b.app.URL + "/login")
	b.signIn("ada@example.com", "three quiet otters at dusk")
	b.WaitFor("#password-error")
	b.picture("password-wrong")
	b.Fill("#password", passwordOfAda)
	b.Click("#continue")
	b.allow()
}

func TestBrowserDenies(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	b.Goto(b.app.URL + "/login")
	b.signIn("ada@example.com", passwordOfAda)
	b.WaitFor("#deny")
	b.Click("#deny")
	b.WaitFor("#app-failed")
	if got := b.Text("#why"); !strings.Contains(got, "access_denied") {
		t.Errorf("the application was told %q", got)
	}
}

// Two tabs begin, one after the other finishes: neither spoils the other.
func TestBrowserWithTwoTabs(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	other := tab{b.NewTab(), b.world, b.pictures}
	b.Goto(b.app.URL + "/login")
	other.Goto(b.app.URL + "/login")
	b.signIn("ada@example.com", passwordOfAda)
	b.WaitFor("#page-consent")
	other.signIn("ada@example.com", passwordOfAda)
	other.allow()
	b.allow()
	if n := len(b.app.Sessions()); n != 2 {
		t.Errorf("%d sign-ins came through", n)
	}
}

// The button Back after the end leads to a page that says so, and not to a
// second code.
func TestBrowserGoesBack(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	b.Goto(b.app.URL + "/login")
	b.signIn("ada@example.com", passwordOfAda)
	b.allow()
	for range 4 {
		b.Back()
		b.WaitFor("body")
		if strings.Contains(b.Address(), "/interaction/") {
			break
		}
	}
	b.WaitFor("h1")
	b.picture("back")
	if n := len(b.app.Sessions()); n != 1 {
		t.Errorf("%d sign-ins came through", n)
	}
	b.Goto(b.app.URL + "/")
	b.WaitFor("#app-in")
}

func TestBrowserComesTooLate(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	b.Goto(b.app.URL + "/login")
	b.WaitFor("#identifier")
	b.Advance(3 * time.Hour)
	b.Fill("#identifier", "ada@example.com")
	b.Click("#continue")
	b.WaitFor("#page-error h1")
	b.picture("too-late")
	b.Goto(b.app.URL + "/login")
	b.signIn("ada@example.com", passwordOfAda)
	b.allow()
}

func TestBrowserWithoutScripts(t *testing.T) {
	b := sit(t)
	b.NoScript()
	b.Goto(b.app.URL + "/login")
	b.WaitFor("#signup")
	b.Click("#signup")
	b.WaitFor("#page-signup #name")
	b.Fill("#name", "Grace Hopper")
	b.Fill("#email", "grace@example.com")
	b.Fill("#password", passwordOfAda)
	b.Click("#continue")
	b.WaitFor("#page-code #code")
	b.Fill("#code", b.LastCode("grace@example.com"))
	b.Click("#continue")
	b.allow()
}

// form_post leaves the page by a script where there is one.
func TestBrowserPostsTheAnswer(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	b.Goto(b.app.URL + "/login?response_mode=form_post")
	b.signIn("ada@example.com", passwordOfAda)
	b.WaitFor("#page-consent #allow")
	b.Click("#allow")
	b.WaitFor("#app-in #who")
}

// No page is wider than a phone, in either colour scheme.
func TestBrowserOnAPhone(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", passwordOfAda)
	check := func(page string) {
		t.Helper()
		b.WaitFor("#page-" + page)
		for _, dark := range []bool{false, true} {
			b.Emulate(dark, 320, 640)
			if n := b.Overflow(); n > 0 {
				t.Errorf("%s is %d pixels wider than the phone", page, n)
			}
			b.picture(page + map[bool]string{true: "-phone-dark", false: "-phone"}[dark])
		}
	}
	b.Emulate(false, 320, 640)
	b.Goto(b.app.URL + "/login")
	check("signin")
	b.Click("#signup")
	check("signup")
	b.Back()
	b.signIn("ada@example.com", passwordOfAda)
	check("consent")
	b.allow()
	b.Goto(b.Issuer() + "/authorize?client_id=nobody")
	check("error")
	b.Goto(b.Issuer() + "/end-session")
	check("signout")
	b.Click("#signout")
	check("signedout")
}
