package threats

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/jose"
)

// newRestarted is a world whose provider can be replaced, under the address
// that browsers and clients know, by one that starts with nothing but the
// database.
func newRestarted(t *testing.T) (w world, restart func()) {
	db := memory.New()
	return newRestartedOn(t, func() core.Database { return db })
}

// newRestartedOn is newRestarted, opening the database anew each time.
func newRestartedOn(t *testing.T, open func() core.Database) (w world, restart func()) {
	t.Helper()
	var newer atomic.Pointer[providertest.Provider]
	w = newWorld(t, providertest.WithDatabase(open()), providertest.WithMiddleware(func(first http.Handler) http.Handler {
		return http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
			if p := newer.Load(); p != nil {
				p.Handler().ServeHTTP(a, r)
				return
			}
			first.ServeHTTP(a, r)
		})
	}))
	return w, func() {
		newer.Store(providertest.New(t, providertest.WithDatabase(open()), providertest.WithStart(w.Now()),
			providertest.WithConfig(func(c *keywright.Config) { c.Issuer = w.Issuer() })))
	}
}

// CRH12: what was revoked, spent, counted or ended stays so when every replica
// starts anew; and what was not, is as good as before.
func TestThreat_CRH12_NothingIsForgottenAtAStart(t *testing.T) {
	w, restart := newRestarted(t)
	signer, keyed := w.keyed()
	assertion := w.assertion(signer, keyed.ID, nil)
	if got := keyed.Token(assertion); got.Status != http.StatusOK {
		t.Fatalf("an assertion: %d %s", got.Status, got.Body)
	}
	revoked, alive := w.ada.SignIn(w.app), w.ada.SignIn(w.app)
	w.app.Post("/revoke", url.Values{"token": {revoked.Refresh}})
	replayed, code := w.code()
	family := w.app.Token(w.redemption(replayed, code))
	guessed, guessedCode := w.code()
	wrong := w.redemption(guessed, guessedCode)
	wrong.Set("code_verifier", replayed.Verifier)
	for range 4 {
		w.app.Token(wrong)
	}
	waiting, waitingCode := w.code()
	out := w.ada.Browser()
	out.SignInAndRemember(w.app.Authorize().URL)
	in := w.ada.Browser()
	in.SignIn(w.app.Authorize().URL)
	if out.Open(w.Issuer() + "/end-session"); out.Landed().Page() == "signout" {
		out.Continue()
	}
	for range 5 {
		w.guess(w.bob())
	}
	restart()
	for what, token := range map[string]string{"access": revoked.Access, "refresh": revoked.Refresh} {
		if got := w.app.Post("/introspect", url.Values{"token": {token}}); string(got.Body) != `{"active":false}` {
			t.Errorf("the revoked %s token: %s", what, got.Body)
		}
	}
	if got := keyed.Token(assertion); got.Status != http.StatusUnauthorized {
		t.Errorf("a used assertion: %d %s", got.Status, got.Body)
	}
	if got := keyed.Token(w.assertion(signer, keyed.ID, nil)); got.Status != http.StatusOK {
		t.Errorf("a fresh assertion: %d %s", got.Status, got.Body)
	}
	w.app.Token(wrong) // the fifth
	if got := w.app.Token(w.redemption(guessed, guessedCode)); got.Error != "invalid_grant" {
		t.Errorf("a code that was guessed at five times: %d %s", got.Status, got.Body)
	}
	if got := w.app.Token(w.redemption(replayed, code)); got.Error != "invalid_grant" {
		t.Errorf("a spent code: %d %s", got.Status, got.Body)
	}
	if got := w.UserInfo(family.Access); got.Status != http.StatusUnauthorized {
		t.Errorf("what a replayed code gave: %d %s", got.Status, got.Body)
	}
	w.redirected("a session that was ended", "login_required", out.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL))
	w.redirected("a session that was not", "consent_required", in.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL))
	if status := w.guess(w.bob()); status != http.StatusTooManyRequests {
		t.Errorf("a sixth guess: %d", status)
	}
	if got := w.app.Token(w.redemption(waiting, waitingCode)); got.Status != http.StatusOK {
		t.Errorf("a waiting code: %d %s", got.Status, got.Body)
	}
	if got := w.app.Refresh(alive.Refresh); got.Status != http.StatusOK {
		t.Errorf("a refresh token: %d %s", got.Status, got.Body)
	}
}

// keyed is a client that shows who it is by signed assertions.
func (w world) keyed() (*jose.Signer, *providertest.Client) {
	w.t.Helper()
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.ES256, "k", key)
	if err != nil {
		w.t.Fatal(err)
	}
	return signer, w.Client(clientreg.Seed{
		ID: "keyed", AuthMethod: "private_key_jwt", Keys: string(jose.JWKS(signer.JWK())), RedirectURIs: []string{callback},
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"}, Scope: "openid offline_access",
	})
}
