package threats

import (
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// bob is somebody whose password is guessed at: each time a new browser, at the
// page that asks for the password.
func (w world) bob() *providertest.Browser {
	w.t.Helper()
	b := w.Stranger("bob@example.com", word).Browser()
	b.Open(w.app.Authorize().URL)
	b.Submit("signin", map[string]string{"identifier": "bob@example.com"})
	return b
}

// guess sends a wrong password and gives back the status.
func (w world) guess(b *providertest.Browser) int {
	w.t.Helper()
	return b.Submit("password-form", map[string]string{"password": "not the word at all"}).Status
}

// PWD03: of many guesses at once exactly as many are judged as the limit says,
// and the rest, with the right password even, are not.
func TestThreat_PWD03_ParallelGuesses(t *testing.T) {
	const limit, callers = 5, 200
	w, restart := newRestarted(t)
	w.Person("bob@example.com", word)
	browsers := make([]*providertest.Browser, callers)
	for n := range browsers {
		browsers[n] = w.bob()
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for _, b := range browsers {
		all.Go(func() {
			status := w.guess(b)
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	all.Wait()
	if want := map[int]int{http.StatusUnprocessableEntity: limit, http.StatusTooManyRequests: callers - limit}; !maps.Equal(counts, want) {
		t.Errorf("the answers were %v", counts)
	}
	right := w.bob()
	restart() // another replica knows it too
	if got := right.Submit("password-form", map[string]string{"password": word}); got.Status != http.StatusTooManyRequests {
		t.Errorf("the next: %d", got.Status)
	}
}

// STA03, as far as people sign in with passwords: signing in, resetting and
// failing to change no flag of an account.
func TestThreat_STA03_SigningInSwitchesNothingOn(t *testing.T) {
	for what, c := range map[string]struct {
		do   func(*core.Account)
		good bool
	}{
		"as it is":   {func(*core.Account) {}, true},
		"disabled":   {func(a *core.Account) { a.Disabled = true }, false},
		"deleted":    {func(a *core.Account) { a.Deleted = true }, false},
		"unverified": {func(a *core.Account) { a.EmailVerified = false }, false},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			w.change(c.do)
			before := w.ada.Account()
			for _, word := range []string{w.ada.Password, "not the word at all"} {
				b := w.ada.Browser()
				b.Open(w.app.Authorize().URL)
				b.Submit("signin", map[string]string{"identifier": w.ada.Email})
				got := b.Submit("password-form", map[string]string{"password": word})
				if in := got.Page() == "consent"; in != (c.good && word == w.ada.Password) {
					t.Errorf("page %q", got.Page())
				}
			}
			after := w.ada.Account()
			if before.Disabled != after.Disabled || before.Deleted != after.Deleted || before.EmailVerified != after.EmailVerified {
				t.Errorf("before %+v, after %+v", before, after)
			}
		})
	}
}
