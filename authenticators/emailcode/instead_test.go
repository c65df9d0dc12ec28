package emailcode_test

import (
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// Who has typed a name and then cannot say the password asks for a letter instead,
// without typing the name again.
func TestAPersonAtThePasswordAsksForALetterInstead(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.browser.Open(f.app.Authorize("openid").URL)
	f.want(f.browser.Submit("signin", map[string]string{"identifier": mara}), core.PagePassword)
	f.want(f.browser.Follow("way-emailcode"), core.PageCode)
	f.wantIn(f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}))
}

// An account that a letter made has no password; when it is asked to show itself
// again, a letter is sent.
func TestSE09_WhoHasNoPasswordShowsThemselvesByALetter(t *testing.T) {
	f := newFlow(t, emailcode.Options{SignUp: true})
	nina := f.Stranger("nina@example.com", secret)
	b := nina.Browser()
	f.ask(b, nina.Email)
	f.wantIn(b.Submit("code-form", map[string]string{"code": f.LastCode(nina.Email)}))
	f.ForgetMail()
	f.want(b.Open(f.app.AuthorizeWith(map[string][]string{"prompt": {"login"}}, "openid").URL), core.PageCode)
	f.wantIn(b.Submit("code-form", map[string]string{"code": f.LastCode(nina.Email)}))

	f.ForgetMail()
	f.want(b.Open(f.app.AuthorizeWith(map[string][]string{"prompt": {"login"}}, "openid").URL), core.PageCode)
	f.want(b.Open(f.LastLink(nina.Email)), emailcode.PageLink)
	f.wantIn(b.Submit("emailcode-link", nil))
}

// A provider without passwords: the letter is the one way in, makes accounts and
// proves addresses.
func TestALetterAlone(t *testing.T) {
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Authenticators = []core.Authenticator{emailcode.New(emailcode.Options{SignUp: true, Verify: true})}
	}))
	f := &flow{Provider: p, t: t, app: p.Client(clientreg.Seed{FirstParty: true})}
	nina := p.Stranger("nina@example.com", secret)
	for range 2 { // the first makes the account, the second finds it
		b := nina.Browser()
		b.Open(f.app.Authorize("openid").URL)
		f.want(b.Submit("signin", map[string]string{"identifier": nina.Email}), core.PageCode)
		f.wantIn(b.Submit("code-form", map[string]string{"code": p.LastCode(nina.Email)}))
		p.ForgetMail()
	}
	b := nina.Browser()
	b.Open(f.app.Authorize("openid").URL)
	f.want(b.Submit("signin", map[string]string{"identifier": "nina@"}), emailcode.PageAddress)
	f.want(b.Submit("emailcode", map[string]string{"email": nina.Email}), core.PageCode)
	f.want(b.Follow("switch"), emailcode.PageAddress)
	f.want(b.Submit("emailcode", map[string]string{"email": "ole@example.com"}), core.PageCode)
	f.wantIn(b.Submit("code-form", map[string]string{"code": p.LastCode("ole@example.com")}))
}
