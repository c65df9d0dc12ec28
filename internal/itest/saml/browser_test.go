package saml

import (
	"os"
	"path/filepath"
	"testing"

	keywrightsaml "github.com/keywright/keywright/authenticators/saml"
	"github.com/keywright/keywright/internal/browser"
)

// A real browser carries a signed request by post to another site, and an
// encrypted assertion back. The cookies of the sign-in are SameSite=Lax, so they are
// not sent with that post: it is posted once more from our own page (CSR11). Without
// scripts the person presses two buttons.
func TestBrowser_CSR11_acrossSites(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		name := map[bool]string{true: "with scripts", false: "without scripts"}[scripts]
		t.Run(name, func(t *testing.T) {
			b := browser.Start(t)
			w := newWorldAt(t, "localhost", func(i *keywrightsaml.IdentityProvider) { i.Post, i.SignRequests = true, true })
			w.idp.encrypt = true
			if !scripts {
				b.NoScript()
			}
			there := func(end string) {
				b.Goto(w.client.Authorize("openid").URL)
				b.WaitFor("#page-signin #ways")
				b.Click("#ways button")
				if !scripts {
					b.WaitFor("#page-autopost")
					b.Click("form button")
					b.WaitFor("#SAMLSubmitButton")
					b.Click("#SAMLSubmitButton")
					b.WaitFor("#page-autopost")
					b.Click("form button")
				}
				b.WaitFor(end)
			}
			there("#page-identity") // nobody is linked to it yet
			w.link()
			there("#page-consent #allow")
			if dir := os.Getenv("KEYWRIGHT_SCREENSHOTS"); dir != "" {
				b.Screenshot(filepath.Join(dir, "saml-consent.png"))
			}
			if len(w.idp.signed) != 2 || !w.idp.signed[0] || !w.idp.signed[1] {
				t.Errorf("requests %v", w.idp.signed)
			}
		})
	}
}
