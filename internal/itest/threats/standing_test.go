package threats

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// change writes an account as an operator would.
func (w world) change(do func(*core.Account)) {
	w.t.Helper()
	a := w.ada.Account()
	do(&a)
	a.Change = core.NewID(w.Now())
	if err := w.Store().UpdateAccount(w.t.Context(), core.AccountChange{Account: a}); err != nil {
		w.t.Fatal(err)
	}
}

// STA01: a disabled account's session, code, tokens and mailed link end at once.
func TestThreat_STA01_DisabledAccount(t *testing.T) {
	for what, do := range map[string]func(*core.Account){
		"disabled": func(a *core.Account) { a.Disabled = true },
		"deleted":  func(a *core.Account) { a.Deleted = true },
		"signed out everywhere": func(a *core.Account) {
			a.SignInEpoch++
			a.GrantsEpoch++
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			b := w.ada.Browser()
			first := w.app.Authorize()
			tokens := w.app.Redeem(first, b.SignInAndRemember(first.URL))
			second := w.app.Authorize()
			code := b.Open(second.URL).Answer("code")
			half := w.ada.Browser()
			half.Open(w.app.AuthorizeWith(url.Values{"prompt": {"consent"}}).URL)
			half.Submit("signin", map[string]string{"identifier": w.ada.Email})
			half.Submit("password-form", map[string]string{"password": word})
			w.change(do)
			if got := w.app.Token(w.redemption(second, code)); got.Error != "invalid_grant" {
				t.Errorf("the code: %d %s", got.Status, got.Body)
			}
			if got := w.app.Refresh(tokens.Refresh); got.Error != "invalid_grant" {
				t.Errorf("the refresh token: %d %s", got.Status, got.Body)
			}
			if got := w.UserInfo(tokens.Access); got.Status != http.StatusUnauthorized {
				t.Errorf("userinfo: %d %s", got.Status, got.Body)
			}
			if got := w.app.Post("/introspect", url.Values{"token": {tokens.Access}}); string(got.Body) != `{"active":false}` && got.Status == http.StatusOK {
				t.Errorf("introspection: %s", got.Body)
			}
			w.redirected("the session", "login_required", b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL))
			if got := half.Submit("consent", nil, "decision=allow"); got.Answer("code") != "" {
				t.Error("what was half done could be finished")
			}
		})
	}
}

// STA01: the same for a client that an operator switches off.
func TestThreat_STA01_DisabledClient(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app)
	request, code := w.code()
	c, err := w.Store().Client(t.Context(), w.app.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.Disabled, c.Change = true, core.NewID(w.Now())
	if err := w.Store().UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := w.app.Token(w.redemption(request, code)); got.Status == http.StatusOK {
		t.Error("a code is redeemed")
	}
	if got := w.app.Refresh(tokens.Refresh); got.Status == http.StatusOK {
		t.Error("a refresh token is taken")
	}
	if got := w.UserInfo(tokens.Access); got.Status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d", got.Status)
	}
	w.Advance(core.MaxClientStale)
	refusedOnPage(t, "authorize", w.authorize(nil))
}

// STA07: who has only begun to sign in counts as signed out.
func TestThreat_STA07_HalfSignedIn(t *testing.T) {
	w := newWorld(t)
	b := w.Stranger("new@example.com", word).Browser()
	b.Open(w.app.Authorize().URL)
	b.Follow("signup")
	b.Submit("signup", map[string]string{"name": "New", "email": "new@example.com", "password": word})
	if b.Landed().Page() != "code" {
		t.Fatalf("page %q", b.Landed().Page())
	}
	w.redirected("unverified", "login_required", b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL))
}

// CLK02: the clock jumps ahead and back: what was over does not begin again.
func TestThreat_CLK02_ClockJumps(t *testing.T) {
	w := newWorld(t)
	request, code := w.code()
	tokens := w.ada.SignIn(w.app)
	w.Advance(time.Hour)
	if got := w.app.Token(w.redemption(request, code)); got.Error != "invalid_grant" {
		t.Errorf("an old code: %d %s", got.Status, got.Body)
	}
	renewed := w.app.Refresh(tokens.Refresh)
	if renewed.Status != http.StatusOK {
		t.Fatalf("refresh: %d %s", renewed.Status, renewed.Body)
	}
	w.Advance(-time.Hour)
	again := w.app.Refresh(tokens.Refresh)
	if again.Status >= 500 {
		t.Errorf("refreshing after the clock was set back: %d %s", again.Status, again.Body)
	}
	spent, spentCode := w.code()
	if got := w.app.Token(w.redemption(spent, spentCode)); got.Status != http.StatusOK {
		t.Errorf("a new code after the clock was set back: %d %s", got.Status, got.Body)
	}
	w.Advance(-time.Hour)
	if got := w.app.Token(w.redemption(spent, spentCode)); got.Error != "invalid_grant" {
		t.Errorf("a spent code: %d %s", got.Status, got.Body)
	}
}

// KEY01, KEY04: through all rotations of a year, an ID token verifies by the keys
// that were published when it was made and by those published as long as it lives.
func TestThreat_KEY01_KEY04_TokensVerifyThroughRotations(t *testing.T) {
	w := newWorld(t)
	for range 26 {
		published := string(w.raw("GET", "/jwks", "").Body)
		tokens := w.ada.SignIn(w.app)
		kid := keyOf(t, tokens.ID)
		if !contains(published, kid) {
			t.Fatalf("an ID token is signed by a key that was not published before: %s", kid)
		}
		w.Advance(50 * time.Minute)
		if !contains(string(w.raw("GET", "/jwks", "").Body), kid) {
			t.Errorf("the key is gone while its tokens live: %s", kid)
		}
		w.Advance(14 * 24 * time.Hour)
	}
}

// LOD01, small: many at once, more than one connection serves, and nothing but
// answers.
func TestThreat_LOD01_ManyAtOnce(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app)
	const callers, each = 32, 20
	bad := make(chan int, callers*each)
	done := make(chan struct{}, callers)
	for range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for range each {
				for _, got := range []providertest.Answer{w.app.Refresh(tokens.Refresh), w.UserInfo(tokens.Access)} {
					if got.Status != http.StatusOK {
						bad <- got.Status
					}
				}
			}
		}()
	}
	for range callers {
		<-done
	}
	if len(bad) > 0 {
		t.Errorf("%d of %d answers were not good, one with %d", len(bad), 2*callers*each, <-bad)
	}
}
