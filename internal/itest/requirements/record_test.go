package requirements

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// OP01: what happened stands in the event log under its name, with whom it
// concerns and without secrets.
func TestOP01_TheLogTellsWhatHappened(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	b.Open(w.app.Authorize().URL)
	b.Submit("signin", map[string]string{"identifier": w.ada.Email})
	b.Submit("password-form", map[string]string{"password": "not the word at all"})
	request := w.app.Authorize()
	tokens := w.app.Redeem(request, b.SignInAndRemember(request.URL))
	w.ada.Browser().Deny(w.app.AuthorizeWith(url.Values{"prompt": {"consent"}}).URL)
	replayed := w.code(w.app, nil)
	w.app.Token(replayed)
	w.app.Token(replayed)
	w.app.Post("/revoke", url.Values{"token": {tokens.Refresh}})
	b.Open(w.Issuer() + "/account/password")
	if got := b.Submit("new-password", map[string]string{"current": word, "password": "a lantern on the northern quay"}); got.Page() != "finished" {
		t.Fatalf("changing the password: page %q (%s): %s", got.Page(), got.Heading(), got.Body)
	}
	b.Open(w.Issuer() + "/end-session")
	b.Continue()
	events, err := w.Store().Events(t.Context(), core.EventFilter{}, core.PageOf{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[core.EventName]core.Event{}
	for _, e := range events {
		seen[e.Name] = e
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{
			"password": word, "new password": "lantern", "wrong password": "not the word", "access token": tokens.Access, "refresh token": tokens.Refresh,
			"code": replayed.Get("code"), "verifier": replayed.Get("code_verifier"), "secret": w.app.Secret,
		} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds the %s", e.Name, what)
			}
		}
	}
	ada := w.ada.Account().ID
	for _, name := range []core.EventName{
		core.EventSignInRefused, core.EventSignedIn, core.EventConsentGiven, core.EventConsentRefused, core.EventCodeReplayed,
		core.EventGrantRevoked, core.EventPasswordChanged, core.EventSignedOut,
	} {
		if e, ok := seen[name]; !ok || e.Account != ada || e.RequestID == "" || e.Address == "" {
			t.Errorf("%s: %v, %+v", name, ok, e)
		}
	}
	for _, name := range []core.EventName{core.EventKeyCreated, core.EventClientSeeded} {
		if _, ok := seen[name]; !ok {
			t.Errorf("no %s", name)
		}
	}
}

// OP02: every answer carries a number of its own, which the error page shows and
// nobody can choose.
func TestOP02_EveryAnswerHasANumber(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, path := range []string{
		"/.well-known/openid-configuration", "/jwks", "/authorize?client_id=nobody", "/userinfo", "/token", "/signed-out", "/nothing", "/interaction/x/signin",
	} {
		got := w.get(path, "X-Request-Id", "chosen")
		number := got.Header.Get("X-Request-Id")
		if number == "" || number == "chosen" || seen[number] {
			t.Errorf("%s: number %q", path, number)
		}
		seen[number] = true
		if html := strings.HasPrefix(got.Header.Get("Content-Type"), "text/html"); html && got.Status >= http.StatusBadRequest && !strings.Contains(string(got.Body), number) {
			t.Errorf("%s: the page does not show %s", path, number)
		}
	}
}
