package authenticators

import (
	"regexp"
	"testing"
	"time"

	generator "github.com/pquerna/otp/totp"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/authenticators/recoverycode"
	"github.com/keywright/keywright/authenticators/totp"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// Where two factors are required, somebody without a second one sets up an app on the
// way in, shows a code of it the next time, and signs in by letter no way around it
// (MF-01, MF-05, TTP01, TTP05, TTP06).
func TestTTP05_TTP06_AnAppIsSetUpAndAskedFor(t *testing.T) {
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Authenticators = append(c.Authenticators, emailcode.New(emailcode.Options{}), totp.New(), recoverycode.New())
		c.Policy = core.Policy{Require: core.Requirement{Second: true}}
	}))
	app := p.Client(clientreg.Seed{FirstParty: true})
	mara := p.Person("mara@example.com", word)
	b := mara.Browser()
	at := b.SignIn(app.Authorize("openid").URL)
	if at.Page() == core.PageEnrol {
		at = b.Follow("way-totp")
	}
	if at.Page() != totp.PageNew {
		t.Fatalf("at %q %d: %s", at.Page(), at.Status, at.Heading())
	}
	key := regexp.MustCompile(`[?&;]secret=([A-Z2-7]+)`).FindStringSubmatch(at.Body)
	if key == nil {
		t.Fatal("the page links to no app")
	}
	code := func() string {
		c, err := generator.GenerateCode(key[1], p.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := code()
	if at = b.Submit("totp-new", map[string]string{"code": first}); at.Answer("code") == "" {
		t.Fatalf("after setting it up at %q %d: %s", at.Page(), at.Status, at.Heading())
	}
	again := mara.Browser()
	at = again.SignIn(app.Authorize("openid").URL)
	if at.Page() != totp.PageTOTP {
		t.Fatalf("the next time at %q %d: %s", at.Page(), at.Status, at.Heading())
	}
	if at = again.Submit("totp-form", map[string]string{"code": first}); at.Page() != totp.PageTOTP || !at.Says("used already") {
		t.Errorf("the code that set it up: at %q, %s", at.Page(), at.Heading())
	}
	p.Advance(time.Minute)
	if at = again.Submit("totp-form", map[string]string{"code": code()}); at.Answer("code") == "" {
		t.Errorf("a new code: at %q %d", at.Page(), at.Status)
	}
	letter := mara.Browser()
	letter.Open(app.Authorize("openid").URL)
	letter.Submit("ways", nil, "way="+emailcode.Method)
	letter.Submit("emailcode", map[string]string{"email": mara.Email})
	if at = letter.Submit("code-form", map[string]string{"code": p.LastCode(mara.Email)}); at.Page() != totp.PageTOTP {
		t.Errorf("by letter: at %q %d", at.Page(), at.Status)
	}
}
