package account

import (
	"strings"
	"testing"
	"time"
)

const grace = "grace@example.com"

// A whole life: signed up with nothing but a passkey, signed in by a code that was
// typed and by a link, moved to another address, and deleted. No page of it asks for a
// password, for there is none.
func TestACC_BrowserLivesWithoutAPassword(t *testing.T) {
	d := sit(t)
	d.signUpWithPasskey()
	d.signInByMail()
	d.moveAndDelete()
}

func (d desk) signUpWithPasskey() {
	d.t.Helper()
	d.Goto(d.Issuer() + "/account")
	d.WaitFor("#page-signin #signup")
	d.Click("#signup")
	d.at("signup", "signup")
	d.Click("#with-passkey")
	d.at("passkey_signup", "signup-passkey")
	d.Fill("#name", "Grace Hopper")
	d.Fill("#email", grace)
	d.Click("#continue")
	d.at("passkey_new", "signup-passkey-new")
	d.Click("#continue")
	d.at("code", "signup-code")
	d.Fill("#code", d.LastCode(grace))
	d.Click("#continue")
	d.WaitFor("#page-account h1")
}

func (d desk) signInByMail() {
	d.t.Helper()
	d.key.Present(false)
	d.ClearCookies()
	d.Goto(d.Issuer() + "/account")
	d.WaitFor("#page-signin #identifier")
	d.Fill("#identifier", grace)
	d.Click(`button[value=emailcode]`) // what was typed is not asked for again
	d.at("code", "emailcode-code")
	d.Fill("#code", "000000")
	d.Click("#continue")
	d.WaitFor("#code-error")
	d.at("code", "emailcode-code-wrong")
	d.Fill("#code", d.LastCode(grace))
	d.Click("#continue")
	d.WaitFor("#page-account h1")

	d.Goto(d.app.URL + "/login?prompt=login") // again, and by the way that was used last
	d.at("code", "again-code")
	d.Goto(d.LastLink(grace))
	d.at("emailcode_link", "emailcode-link")
	d.Click("#continue")
	d.WaitFor("#page-consent #allow")
}

func (d desk) moveAndDelete() {
	d.t.Helper()
	d.Advance(time.Hour) // every change wants a fresh sign-in, with what would be asked for as a second step
	d.Goto(d.Issuer() + "/account")
	d.WaitFor("#page-account h1")
	d.Click("#email")
	d.at("passkey", "again-passkey")
	d.key.Present(true)
	d.Click("#continue")
	d.at("email_change", "email-change")
	d.Fill("#email", "hopper@example.com")
	d.Click("#continue")
	d.WaitFor("#code")
	d.at("email_change", "email-change-code")
	if got := d.Text(".lede"); !strings.Contains(got, "hopper@example.com") {
		d.t.Errorf("the page says where the code went: %q", got)
	}
	d.Fill("#code", d.LastCode("hopper@example.com"))
	d.Click("#continue")
	d.at("account", "account-email-changed")

	d.Click("#delete")
	d.at("delete", "delete")
	d.Fill("#confirm", "nobody")
	d.Click("#do")
	d.WaitFor("#confirm-error")
	d.at("delete", "delete-wrong")
	d.Fill("#confirm", "hopper@example.com")
	d.Click("#do")
	d.at("deleted", "deleted")
}
