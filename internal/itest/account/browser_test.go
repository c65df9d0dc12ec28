package account

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	generator "github.com/pquerna/otp/totp"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/authenticators/recoverycode"
	"github.com/keywright/keywright/authenticators/totp"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/browser"
	"github.com/keywright/keywright/internal/itest/app"
)

const ada = "ada@example.com"

// desk is a person at a browser with an authenticator, a provider that has every way
// of the quickstart switched on, and an application beside it.
type desk struct {
	*browser.Tab
	*providertest.Provider
	t   *testing.T
	app *app.App
	key *browser.Authenticator
}

func sit(t *testing.T) desk {
	t.Helper()
	d := desk{Tab: browser.Start(t), t: t, app: app.Start(t)} // the browser first: a skip should cost nothing
	passwords, err := password.New(password.Options{SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	passkeys, err := passkey.New(passkey.Options{SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	d.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer = strings.Replace(c.Issuer, "127.0.0.1", "localhost", 1) // no passkey is made for an address
		c.Authenticators = []core.Authenticator{passwords, passkeys, emailcode.New(emailcode.Options{}), totp.New(), recoverycode.New()}
		c.Policy.RememberFor = 24 * time.Hour
	}))
	c := d.Client(clientreg.Seed{ID: "notes", Name: "Notes", RedirectURIs: []string{d.app.URL + "/callback"}})
	d.app.Use(d.Issuer(), c.ID, c.Secret, d.Now)
	d.key = d.Authenticator()
	d.Person(ada, word)
	if lang := os.Getenv("KEYWRIGHT_SCREENSHOTS_LANG"); lang != "" {
		d.Speaks(lang)
	}
	return d
}

// at waits for a page, saves how it looks for whoever wants to look, and wants it to
// fit a small screen.
func (d desk) at(page, picture string) {
	d.t.Helper()
	d.WaitFor("#page-" + page + " h1")
	folder := os.Getenv("KEYWRIGHT_SCREENSHOTS")
	for _, s := range []struct {
		dark          bool
		width, height int64
	}{{false, 320, 900}, {false, 390, 844}, {true, 1280, 900}, {false, 1280, 900}} {
		if folder == "" && s.width > 320 {
			continue
		}
		d.Emulate(s.dark, s.width, s.height)
		if n := d.Overflow(); n > 0 {
			d.t.Errorf("%s is %d pixels wider than a screen of %d", picture, n, s.width)
		}
		if folder != "" {
			tall := browser.Evaluate[int64](d.Tab, "document.documentElement.scrollHeight")
			d.Emulate(s.dark, s.width, max(tall, s.height))
			d.Screenshot(filepath.Join(folder, fmt.Sprintf("%s-%d%s.png", picture, s.width, map[bool]string{true: "-dark"}[s.dark])))
		}
	}
	d.Emulate(false, 1280, 900)
}

// press presses the button of the account page that does this.
func (d desk) press(act string) { d.t.Helper(); d.Click(`button[name=act][value^="` + act + `"]`) }

// home opens the account page, signing in with the password where that is asked for.
func (d desk) home() {
	d.t.Helper()
	d.Goto(d.Issuer() + "/account")
	d.withPassword()
	d.at("account", "account-first")
}

func (d desk) withPassword() {
	d.t.Helper()
	d.WaitFor("#page-signin #identifier")
	d.Fill("#identifier", ada)
	d.Click("#continue")
	d.WaitFor("#page-password #password")
	d.Fill("#password", word)
	d.Click("#continue")
}

// finish goes back to the account page from the page that says it is done.
func (d desk) finish(picture string) {
	d.t.Helper()
	d.at("finished", picture)
	d.Click("#to-account")
	d.WaitFor("#page-account h1")
}

func (d desk) allow() {
	d.t.Helper()
	d.WaitFor("#page-consent #allow, #app-in #who")
	if d.Title() != "Notes" {
		d.at("consent", "consent")
		d.Click("#allow")
	}
	d.WaitFor("#app-in #who")
	if got := d.Text("#who"); got != ada {
		d.t.Errorf("the application shows %q", got)
	}
}

// A passkey is added at the account page, used by the button of the first page and by
// its suggestion, asked for when the password is gone, and removed (WN-18, WN-19,
// WN-24).
func TestWN24_BrowserAddsUsesAndRemovesAPasskey(t *testing.T) {
	d := sit(t)
	d.home()
	d.press("add:passkey")
	d.at("passkey_new", "passkey-new")
	d.Fill("#label", "Ada’s laptop")
	d.Click("#continue")
	d.finish("passkey-added")
	d.at("account", "account-passkey")

	d.key.Present(false) // nothing is suggested before the button is pressed
	d.ClearCookies()
	d.Goto(d.app.URL + "/login")
	d.at("signin", "signin")
	d.key.Present(true)
	d.Click("#page-signin button[value=passkey]")
	d.allow()
	d.ClearCookies()
	d.Goto(d.app.URL + "/login") // now it is suggested, and nothing is pressed
	d.allow()

	d.Goto(d.Issuer() + "/account")
	d.WaitFor("#page-account h1")
	d.Click(`li:has(button[value^="change:"]) button[value^="remove:"]`)
	d.at("account_act", "remove-password")
	d.Click("#do")
	d.at("account", "account-password-removed")
	d.key.Present(false)
	d.Goto(d.app.URL + "/login?prompt=login") // the account has no password any more
	d.at("passkey", "passkey-again")
	d.key.Present(true)
	d.Click("#continue")
	d.allow()
}

// An authenticator app is set up at the account page with recovery codes beside it,
// asked for at the next sign-in, and replaced by a code of the list where the phone is
// gone (TTP05, MF-05).
func TestTTP05_BrowserSetsUpAnAppAndRecoveryCodes(t *testing.T) {
	d := sit(t)
	d.home()
	d.press("add:totp")
	d.at("totp_new", "totp-new")
	key := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' {
			return -1
		}
		return r
	}, d.Text("#key"))
	code := func() string {
		c, err := generator.GenerateCode(key, d.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	d.Fill("#code", "000000")
	d.Click("#continue")
	d.WaitFor("#code-error")
	d.at("totp_new", "totp-new-wrong")
	d.Fill("#code", code())
	d.Click("#continue")
	d.finish("totp-added")
	d.press("add:recoverycode")
	d.at("recovery_new", "recovery-new")
	paper := d.Text("#codes li code")
	d.Click("#continue")
	d.at("recovery_new", "recovery-new-not-kept")
	d.Click("#kept")
	d.Click("#continue")
	d.finish("recovery-added")
	d.at("account", "account-second")

	d.ClearCookies()
	d.Advance(time.Minute)
	d.Goto(d.app.URL + "/login")
	d.withPassword()
	d.at("totp", "totp")
	d.Fill("#code", "000000")
	d.Click("#continue")
	d.WaitFor("#code-error")
	d.at("totp", "totp-wrong")
	d.Fill("#code", code())
	d.Click("#continue")
	d.allow()

	d.ClearCookies()
	d.Advance(time.Minute)
	d.Goto(d.app.URL + "/login")
	d.withPassword()
	d.WaitFor("#page-totp #other summary")
	d.Click("#other summary")
	d.at("totp", "totp-other")
	d.Click("#way-recoverycode")
	d.at("recovery", "recovery")
	d.Fill("#code", strings.ToUpper(paper))
	d.Click("#continue")
	d.allow()
}
