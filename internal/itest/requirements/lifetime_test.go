package requirements

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// unswept is a database from which nothing is ever removed.
type unswept struct{ core.Database }

// Purge removes nothing.
func (unswept) Purge(context.Context, time.Time, int) (n int, more bool, err error) {
	return 0, false, nil
}

// lasting is something that ends: how long it lives, and how it begins. good then
// tells whether it is taken.
type lasting struct {
	life  time.Duration
	begin func(w world) (good func() bool)
}

func everythingLasting() map[string]lasting {
	d := core.DefaultLifetimes()
	return map[string]lasting{
		"code": {d.Code, func(w world) func() bool {
			form := w.code(w.app, nil)
			return func() bool { return w.app.Token(form).Status == http.StatusOK }
		}},
		"access token": {d.AccessToken, func(w world) func() bool {
			tokens := w.ada.SignIn(w.app, "openid")
			return func() bool { return w.UserInfo(tokens.Access).Status == http.StatusOK }
		}},
		"refresh token": {d.RefreshIdle, func(w world) func() bool {
			tokens := w.ada.SignIn(w.app)
			return func() bool { return w.app.Refresh(tokens.Refresh).Status == http.StatusOK }
		}},
		"session": {d.SessionIdle, func(w world) func() bool {
			b := w.ada.Browser()
			b.SignInAndRemember(w.app.Authorize().URL)
			return func() bool {
				return b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL).Answer("code") != ""
			}
		}},
		"interaction": {d.Interaction, func(w world) func() bool {
			b := w.ada.Browser()
			b.Open(w.app.Authorize().URL)
			return func() bool {
				return b.Submit("signin", map[string]string{"identifier": w.ada.Email}).Page() == "password"
			}
		}},
		"mailed link": {d.ResetLink, func(w world) func() bool {
			b := w.ada.Browser()
			b.Open(w.app.Authorize().URL)
			b.Submit("signin", map[string]string{"identifier": w.ada.Email})
			b.Follow("forgot")
			b.Submit("reset", map[string]string{"email": w.ada.Email})
			link := w.LastLink(w.ada.Email)
			return func() bool { return w.ada.Browser().Open(link).Page() == "new_password" }
		}},
		"mailed code": {d.MailCode, func(w world) func() bool {
			b := w.Stranger("eve@example.com", word).Browser()
			b.Open(w.app.Authorize().URL)
			b.Follow("signup")
			b.Submit("signup", map[string]string{"name": "Eve", "email": "eve@example.com", "password": word})
			code := w.LastCode("eve@example.com")
			return func() bool { return b.Submit("code-form", map[string]string{"code": code}).Page() == "consent" }
		}},
	}
}

// OP03, OP04: everything that ends does so at its instant by the provider's own
// clock, swept or not: good a second before, and not from then on.
func TestOP03_OP04_EndsAreKeptWithoutASweeper(t *testing.T) {
	for what, c := range everythingLasting() {
		for _, early := range []bool{true, false} {
			w := newWorld(t, providertest.WithDatabase(unswept{memory.New()}))
			good := c.begin(w)
			w.Advance(c.life)
			if early {
				w.Advance(-time.Second)
			}
			if good() != early {
				t.Errorf("%s: a second before its end: %v; good: %v", what, early, !early)
			}
		}
	}
}
