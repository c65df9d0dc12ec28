package requirements

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// neighbours are two tenants of one database and one secret, with an
// application and a person of the same names each.
func neighbours(t *testing.T) (here, there world) {
	db := memory.New()
	secret := clientreg.Secret{Text: "a secret that both tenants know"}
	var all [2]world
	for n, name := range []string{"here", "there"} {
		p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Database, c.Tenant = db, name }))
		app := p.Client(clientreg.Seed{ID: "app", Name: "App", Secret: secret, RedirectURIs: []string{callback}, LogoutURIs: []string{"https://app.example/bye"}})
		all[n] = world{p, t, app, p.Person("ada@example.com", word)}
	}
	return all[0], all[1]
}

// TN01, JWT08: what one tenant handed out, the other does not know, although
// client, secret and address are the same at both.
func TestTN01_JWT08_NothingOfANeighbourIsKnown(t *testing.T) {
	here, there := neighbours(t)
	b := here.ada.Browser()
	request := here.app.Authorize()
	tokens := here.app.Redeem(request, b.SignInAndRemember(request.URL))
	waiting := here.code(here.app, nil)
	hint := func(w world, token string) bool {
		got := w.ada.Browser().Open(w.Issuer() + "/end-session?" + url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {"https://app.example/bye"}}.Encode())
		return got.Status == 0
	}
	session := func(w world, _ string) bool {
		got := b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL) // cookies of one machine reach all its ports
		return got.Answer("code") != "" || got.Answer("error") == "consent_required"
	}
	silent := func(w world, token string) bool {
		own := w.ada.Browser()
		own.SignInAndRemember(w.app.Authorize().URL)
		return own.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}, "id_token_hint": {token}}).URL).Answer("code") != ""
	}
	for _, c := range []struct {
		name, value string
		taken       func(w world, value string) bool
	}{
		{"access token", tokens.Access, func(w world, v string) bool { return w.UserInfo(v).Status == http.StatusOK }},
		{"access token, introspected", tokens.Access, func(w world, v string) bool {
			return string(w.app.Post("/introspect", url.Values{"token": {v}}).Body) != inactive
		}},
		{"ID token at sign-out", tokens.ID, hint},
		{"ID token as hint", tokens.ID, silent},
		{"session", "", session},
		{"code", waiting.Get("code"), func(w world, _ string) bool { return w.app.Token(waiting).Status == http.StatusOK }},
		{"refresh token", tokens.Refresh, func(w world, v string) bool { return w.app.Refresh(v).Status == http.StatusOK }},
	} {
		if c.taken(there, c.value) {
			t.Errorf("the neighbour takes the %s", c.name)
		}
		if !c.taken(here, c.value) { // the twin
			t.Errorf("%s: not taken at home", c.name)
		}
	}
}

// TN01: what is changed at one changes nothing at the other.
func TestTN01_ANeighboursStateIsItsOwn(t *testing.T) {
	here, there := neighbours(t)
	tokens := here.ada.SignIn(here.app)
	a := there.ada.Account()
	a.Disabled, a.Change = true, core.NewID(there.Now())
	if err := there.Store().UpdateAccount(t.Context(), core.AccountChange{Account: a}); err != nil {
		t.Fatal(err)
	}
	if there.app.Post("/revoke", url.Values{"token": {tokens.Refresh}}); here.app.Refresh(tokens.Refresh).Status != http.StatusOK {
		t.Error("the neighbour revoked a grant")
	}
	if got := here.UserInfo(tokens.Access); got.Status != http.StatusOK {
		t.Errorf("after the neighbour's account was disabled: %d", got.Status)
	}
	if own := here.ada.Account(); own.Subject() == a.Subject() {
		t.Error("both tenants call her the same")
	}
	if got := there.ada.Browser().SignIn(there.app.Authorize().URL); got.Answer("code") != "" {
		t.Error("the disabled account signs in")
	}
}
