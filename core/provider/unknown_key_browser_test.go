package provider_test

import (
	"net/http"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
	"github.com/keywright/keywright/internal/server/keys"
)

// KEY03, KEY08: a person who is signed in at one replica is not signed out by
// another that does not know the keys of the cookies yet.
func TestThreat_KEY03_KEY08_NobodyIsSignedOutForWantOfKeys(t *testing.T) {
	w := newWorld(t)
	behind, ahead, rows := provider.Rotated(t, w.config, w.now)
	w.provider = ahead
	b := w.browser()
	b.answer(b.agree(request("app"), "ada@example.com"))
	half := w.browser() // on its way
	page := half.get(request("app"))
	half.want(page, core.PageSignIn)

	w.provider = behind
	rows.Cut.Store(true)
	away := map[string]shown{}
	for name, target := range map[string]string{"account": "/account", "apps": "/account/apps", "sign-out": "/end-session"} {
		away[name] = b.do(http.MethodGet, target, nil, "X-Fault", "keys")
	}
	away["step"] = half.do(http.MethodGet, page.path, nil, "X-Fault", "keys")
	away["form"] = half.do(http.MethodPost, page.Form.Action, page.fields("identifier", "ada@example.com"), "X-Fault", "keys")
	for name, s := range away {
		if s.status != http.StatusServiceUnavailable || len(s.header["Set-Cookie"]) > 0 || s.header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, page %q, %v", name, s.status, s.Error, s.header)
		}
	}
	asked := b.do(http.MethodGet, request("app", "prompt", "none"), nil)
	if got := b.answer(asked); got.Get("error") != string(core.TemporarilyUnavailable) || len(asked.header["Set-Cookie"]) > 0 {
		t.Errorf("the client hears %v, cookies %v", got, asked.header["Set-Cookie"])
	}

	rows.Cut.Store(false)
	w.pass(keys.RenewAfter)
	if got := b.answer(b.get(request("app", "prompt", "none"))); got.Get("code") == "" {
		t.Errorf("signed in, and the client hears %v", got)
	}
	b.want(b.get("/account"), core.PageAccount)
	half.want(half.submit(page, "identifier", "ada@example.com"), core.PagePassword)
}
