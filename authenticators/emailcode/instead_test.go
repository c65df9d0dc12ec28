package emailcode_test

import (
	"testing"
	"time"

	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/core"
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
// again, a letter is the way.
func TestSE09_WhoHasNoPasswordShowsThemselvesByALetter(t *testing.T) {
	f := newFlow(t, emailcode.Options{SignUp: true})
	nina := f.Stranger("nina@example.com", secret)
	b := nina.Browser()
	f.ask(b, nina.Email)
	f.wantIn(b.Submit("code-form", map[string]string{"code": f.LastCode(nina.Email)}))
	f.ForgetMail()
	f.want(b.Open(f.app.AuthorizeWith(map[string][]string{"prompt": {"login"}}, "openid").URL), core.PagePassword)
	f.want(b.Follow("way-emailcode"), core.PageCode)
	f.wantIn(b.Submit("code-form", map[string]string{"code": f.LastCode(nina.Email)}))

	f.ForgetMail()
	f.want(b.Open(f.app.AuthorizeWith(map[string][]string{"prompt": {"login"}}, "openid").URL), core.PagePassword)
	f.Advance(2 * time.Minute)
	f.want(b.Follow("way-emailcode"), core.PageCode)
	f.want(b.Open(f.LastLink(nina.Email)), emailcode.PageLink)
	f.wantIn(b.Submit("emailcode-link", nil))
}
