package threats

import (
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// STA06: changing the password asks who is there, unless they showed it just now
// in a session that still stands.
func TestThreat_STA06_PasswordChangeNeedsFreshSignIn(t *testing.T) {
	for what, c := range map[string]struct {
		meanwhile func(w world)
		fresh     bool
	}{
		"at once":  {func(world) {}, true},
		"later":    {func(w world) { w.Advance(hour) }, false},
		"revoked":  {func(w world) { w.change(func(a *core.Account) { a.SignInEpoch++ }) }, false},
		"disabled": {func(w world) { w.change(func(a *core.Account) { a.Disabled = true }) }, false},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			b := w.ada.Browser()
			b.SignIn(w.app.Authorize().URL)
			c.meanwhile(w)
			if got := b.Open(w.Issuer() + "/account/password"); (got.Page() == "new_password") != c.fresh {
				t.Errorf("page %q (%s)", got.Page(), got.Heading())
			}
		})
	}
}

// The whole change: the old password ends, the new one works, the owner is told.
func TestThreat_STA06_PasswordChanged(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	b.SignIn(w.app.Authorize().URL)
	b.Open(w.Issuer() + "/account/password")
	fields := map[string]string{"password": "a lantern on the northern quay"}
	if strings.Contains(b.Landed().Body, `name="current"`) {
		fields["current"] = word
	}
	if got := b.Submit("new-password", fields); got.Page() != "finished" {
		t.Fatalf("page %q (%s): %s", got.Page(), got.Heading(), got.Body)
	}
	if got := w.ada.Browser().SignIn(w.app.Authorize().URL); got.Page() != "password" || got.Status < 400 {
		t.Errorf("the old password leads to %q", got.Page())
	}
	w.ada.Password = fields["password"]
	if got := w.ada.Browser().SignIn(w.app.Authorize().URL); got.Answer("code") == "" {
		t.Errorf("the new password leads to %q (%s)", got.Page(), got.Heading())
	}
}

// ORD01: an address in a parameter of ours leads nowhere.
func TestThreat_ORD01_SE12_ReturnAddresses(t *testing.T) {
	w := newWorld(t)
	for _, address := range []string{"//evil.example", `/\evil.example`, "https:evil.example", "/%09/evil.example", "/%2f/evil.example", "javascript:alert(1)", "..//evil.example", "https://evil.example/"} {
		for _, name := range []string{"return_to", "next", "continue", "redirect", "url", "target", "RelayState", "redirect_uri"} {
			query := url.Values{name: {address, address}}.Encode()
			for _, path := range []string{"/account/password?", "/signed-out?", "/end-session?"} {
				b := w.ada.Browser()
				got := b.Open(w.Issuer() + path + query)
				if got.Status == 0 || strings.Contains(got.Body, "evil") {
					t.Errorf("%s%s leads to %v, or repeats it", path, query, got.URL)
				}
			}
			w.Advance(hour)
		}
	}
}
