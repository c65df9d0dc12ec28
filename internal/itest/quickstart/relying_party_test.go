package quickstart

import (
	"testing"
	"time"

	"github.com/keywright/keywright/core/providertest"
)

// A relying party's own libraries complete the whole way: sign-up with the mailed
// code, consent, tokens, a verified ID token, userinfo, refresh and sign-out.
func TestRelyingPartyCompletesTheFlow(t *testing.T) {
	stores(t, func(t *testing.T, store providertest.Option) {
		w := newWorld(t, store)
		browser := w.Stranger("grace@example.com", passwordOfAda).Browser()
		if landed := browser.SignUp(w.app.URL + "/login"); landed.Heading() != "grace@example.com" {
			t.Fatalf("signing up ended at %v: %s", landed.URL, landed.Body)
		}
		session := w.app.Sessions()[0]
		if session.Info["email_verified"] != true || session.Info["sub"] != session.Claims["sub"] || session.Info["name"] != "Grace" {
			t.Errorf("claims %v, userinfo %v", session.Claims, session.Info)
		}
		before := session.Tokens
		w.Advance(time.Hour)
		if landed := browser.Submit("renew", nil); session.Renewed != 1 || session.Tokens.AccessToken == before.AccessToken {
			t.Errorf("refreshed %d times; at %v: %s", session.Renewed, landed.URL, landed.Body)
		}
		signOut(t, w, browser)
	})
}

// signOut signs out at the app: the browser is back there, and nobody is signed
// in at the provider any more.
func signOut(t *testing.T, w world, browser *providertest.Browser) {
	t.Helper()
	if landed := browser.Submit("leave", nil); landed.URL.String() != w.app.URL+"/" || landed.Heading() != "Notes" {
		t.Errorf("signing out ended at %v: %s", landed.URL, landed.Body)
	}
	if landed := browser.Open(w.app.URL + "/login"); landed.Page() != "signin" {
		t.Errorf("after signing out the provider shows %q", landed.Page())
	}
}

// The same person at the same app again is not asked twice, once they said so.
func TestRelyingPartySignsInSilently(t *testing.T) {
	w := newWorld(t)
	browser := w.Person("ada@example.com", passwordOfAda).Browser()
	browser.SignInAndRemember(w.app.URL + "/login")
	if landed := browser.Open(w.app.URL + "/login?prompt=none"); landed.Heading() != "ada@example.com" || len(w.app.Sessions()) != 2 {
		t.Errorf("prompt=none ended at %v: %s", landed.URL, landed.Body)
	}
}
