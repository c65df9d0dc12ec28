package account

import (
	"context"
	"sync"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// ACC03, IDN12: the account, its names and its ways in are gone at once, everywhere;
// the subject is never somebody else's.
func TestThreat_ACC03_IDN12_DeletedIsDeleted(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app, "openid", "offline_access")
	b, other := w.home(w.ada), w.home(w.ada)
	id := w.ada.Account().ID
	w.want(w.press(b, "Delete"), "delete")
	if got := b.Submit("delete", map[string]string{"confirm": "bob@example.com"}); got.Page() != "delete" || got.Status < 400 {
		t.Fatalf("typed something else: %q %d", got.Page(), got.Status)
	}
	w.want(b.Submit("delete", map[string]string{"confirm": " ADA@example.com "}), "deleted")
	w.told("ada@example.com", "Your account was deleted")

	a, err := w.Store().Account(t.Context(), id)
	w.must(err)
	if !a.Deleted || a.Email != "" || a.Name != "" || len(a.Claims) != 0 {
		t.Errorf("the tombstone says %+v", a.Profile)
	}
	if c, err := w.Store().Credentials(t.Context(), id); err != nil || len(c) != 0 {
		t.Errorf("credentials %v %v", c, err)
	}
	if _, found := w.holder("ada@example.com"); found {
		t.Error("the name still leads there")
	}
	for _, one := range []string{"this", "other"} {
		if got := map[string]func() string{
			"this": func() string { return b.Open(w.Issuer() + "/account").Page() }, "other": func() string { return other.Open(w.Issuer() + "/account").Page() },
		}[one](); got != "signin" {
			t.Errorf("the %s browser sees %q", one, got)
		}
	}
	if answer := w.app.Refresh(tokens.Refresh); answer.Error != "invalid_grant" {
		t.Errorf("refreshed: %+v", answer)
	}
	again := w.Person("ada@example.com", word)
	if again.Account().ID == id {
		t.Error("the subject was given away")
	}
}

// ACC03: pressed twice at once it happens once.
func TestThreat_ACC03_PressedTwice(t *testing.T) {
	w := newWorld(t)
	b := w.home(w.ada)
	form := w.press(b, "Delete")
	w.want(form, "delete")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			twin := *b
			twin.Return(form)
			_ = twin.Submit("delete", map[string]string{"confirm": "ada@example.com"})
		})
	}
	all.Wait()
	if n := len(w.events(core.EventAccountDeleted)); n != 1 {
		t.Errorf("deleted %d times", n)
	}
}

// The operator's hook may keep an account, and says why.
func TestDelete_TheHookRefuses(t *testing.T) {
	w := newWorld(t, func(c *keywright.Config) {
		c.Hooks.DeleteAccount = func(context.Context, core.Account) error {
			return &core.ProblemError{Problem: core.Problem{ID: "last_way"}}
		}
	})
	b := w.home(w.ada)
	w.press(b, "Delete")
	if got := b.Submit("delete", map[string]string{"confirm": "ada@example.com"}); got.Page() != "delete" || w.ada.Account().Deleted {
		t.Errorf("%q", got.Page())
	}
}
