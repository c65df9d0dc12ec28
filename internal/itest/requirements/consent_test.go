package requirements

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// CN09, BC03 (as far as there is a store and not yet a page): what was agreed to
// is kept with time and client, can be listed, and withdrawing it ends the grants
// that came of it, and no others.
func TestCN09_BC03_ConsentsAreListedAndWithdrawn(t *testing.T) {
	w := newWorld(t)
	ada, ctx, s := w.ada.Account(), t.Context(), w.Store()
	b := w.ada.Browser()
	request := w.app.Authorize("openid", "read", "offline_access")
	tokens := w.app.Redeem(request, b.SignInAndRemember(request.URL))
	bob := w.Person("bob@example.com", word)
	others := bob.SignIn(w.app)
	consents, err := s.Consents(ctx, ada.ID, "", 10)
	if err != nil || len(consents) != 1 {
		t.Fatalf("%d consents: %v", len(consents), err)
	}
	c := consents[0]
	at := slices.IndexFunc(c.Access, func(a core.Access) bool { return a.Resource == notes })
	if c.Client != w.app.ID || !c.Remembered || !c.LastAt.Equal(w.Now()) || c.ClientHash == (core.Hash{}) || at < 0 || !slices.Equal(c.Access[at].Scopes, []string{"read"}) {
		t.Errorf("kept is %+v", c)
	}
	grants, err := s.Grants(ctx, core.GrantFilter{Account: ada.ID, Client: w.app.ID}, core.PageOf{Limit: 10})
	if err != nil || len(grants) != 1 {
		t.Errorf("%d grants: %v", len(grants), err)
	}
	if got := w.app.Post("/introspect", url.Values{"token": {tokens.Access}}); string(got.Body) == inactive {
		t.Errorf("before: %s", got.Body)
	}
	c.Epoch, c.Access, c.Remembered, c.Change = c.Epoch+1, nil, false, core.NewID(w.Now())
	if err := s.UpdateConsent(ctx, c); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{tokens.Access, tokens.Refresh} {
		if got := w.app.Post("/introspect", url.Values{"token": {token}}); string(got.Body) != inactive {
			t.Errorf("after: %s", got.Body)
		}
	}
	if got := w.app.Refresh(tokens.Refresh); got.Error != "invalid_grant" {
		t.Errorf("after, refreshing: %d %s", got.Status, got.Body)
	}
	if got := w.app.Refresh(others.Refresh); got.Status != http.StatusOK {
		t.Errorf("somebody else's grant: %d %s", got.Status, got.Body)
	}
	w.redirected("after", "consent_required", b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL))
}

// SE14: when and how somebody signed in is kept with the session and told to
// every client, however much later; a client that wants it newer gets it newer.
func TestSE14_SessionsRememberHowTheyBegan(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	began := w.Now().Unix()
	first := w.app.Authorize()
	w.app.Redeem(first, b.SignInAndRemember(first.URL))
	w.Advance(2 * time.Hour)
	for what, c := range map[string]struct {
		change url.Values
		began  int64
	}{
		"silently": {url.Values{"prompt": {"none"}, "max_age": {"86400"}}, began},
		"max_age":  {url.Values{"max_age": {"60"}}, began + 7200},
	} {
		request := w.app.AuthorizeWith(c.change)
		browser := b
		if c.began != began {
			browser = w.ada.Browser() // its own session is the twin's
		}
		browser.Open(request.URL)
		tokens := w.app.Redeem(request, browser.Continue())
		_, claims := read(t, tokens.ID)
		when, _ := claims["auth_time"].(float64)
		how, _ := claims["amr"].([]any)
		if int64(when) != c.began || len(how) != 1 || how[0] != "pwd" || claims["acr"] == nil {
			t.Errorf("%s: auth_time %v (began %d), amr %v, acr %v", what, when, c.began, how, claims["acr"])
		}
	}
	w.redirected("too old to be silent", "login_required", b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}, "max_age": {"60"}}).URL))
}
