package account

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// ask begins a change of address.
func (w world) ask(b *providertest.Browser, email string) providertest.Landing {
	w.t.Helper()
	w.want(b.Open(w.Issuer()+"/account"), "account")
	w.want(w.press(b, "Change Email address"), "email_change")
	return b.Submit("email-change", map[string]string{"email": email})
}

// change makes it.
func (w world) change(b *providertest.Browser, email string) {
	w.t.Helper()
	w.ask(b, email)
	w.want(b.Submit("email-change", map[string]string{"code": w.LastCode(email)}), "account")
}

var link = regexp.MustCompile(`http://\S+`)

// undo follows the link that was mailed to an address and presses its button.
func (w world) undo(address string) providertest.Landing {
	w.t.Helper()
	b := w.Stranger(address, word).Browser()
	w.want(b.Open(w.LastLink(address)), "email_undo")
	return b.Submit("undo", nil)
}

func (w world) holder(email string) (core.Account, bool) {
	a, err := w.Store().AccountByIdentifier(w.t.Context(), core.Identifier{Kind: core.IdentifierEmail, Value: email})
	return a, err == nil
}

// ACC01, IDN12: until the new address is proven the old one signs in; then the new
// one does, the old is free, and the subject is the same.
func TestThreat_ACC01_IDN12_AddressIsProvenFirst(t *testing.T) {
	w := newWorld(t)
	b := w.home(w.ada)
	before := w.ada.Account()
	w.want(w.ask(b, "Ada.Byron@Example.COM"), "email_change")
	if got := b.Submit("email-change", map[string]string{"code": "000000"}); got.Status < 400 || got.Page() != "email_change" {
		t.Fatalf("a guess: %q %d", got.Page(), got.Status)
	}
	if _, found := w.holder("ada.byron@example.com"); found || !w.ada.Account().EmailVerified {
		t.Fatal("changed before it was proven")
	}
	got := b.Submit("email-change", map[string]string{"code": w.LastCode("ada.byron@example.com")})
	w.want(got, "account")
	if !got.Says("Your email address was saved.") {
		t.Error("nothing is said")
	}
	after, found := w.holder("ada.byron@example.com")
	if !found || after.ID != before.ID || after.Email != "Ada.Byron@Example.COM" || !after.EmailVerified {
		t.Fatalf("%+v", after)
	}
	if _, found := w.holder("ada@example.com"); found {
		t.Error("the old address still signs in")
	}
	if n := len(w.events(core.EventEmailChanged)); n != 1 {
		t.Errorf("%d events", n)
	}
	w.told("ada.byron@example.com", "email address was changed")
	w.told("ada@example.com", "email address was changed")
}

// ENU05: who asks for an address that somebody has sees what everybody sees; its
// owner is told; no code ever fits.
func TestThreat_ENU05_ATakenAddressLooksLikeAnother(t *testing.T) {
	w := newWorld(t)
	w.Person("bob@example.com", word)
	b := w.home(w.ada)
	taken := w.ask(b, "bob@example.com")
	words := func(l providertest.Landing) string { return strings.ReplaceAll(l.Heading(), "bob", "kim") }
	shape := func(l providertest.Landing) string {
		return regexp.MustCompile(`kw_in_[^/"]+|value="[^"]*"`).ReplaceAllString(strings.ReplaceAll(l.Body, "bob@", "kim@"), "")
	}
	free := w.ask(b, "kim@example.com")
	if words(taken) != words(free) || taken.Status != free.Status || shape(taken) != shape(free) {
		t.Error("a taken address is answered in another way")
	}
	w.told("bob@example.com", "You already have an account")
}

// RP-13: a change that waits dies with the epoch, with a newer change, and with the
// address being somebody else's meanwhile.
func TestRP13_APendingChangeDies(t *testing.T) {
	for what, meanwhile := range map[string]func(w world, other *providertest.Browser){
		"epoch raised": func(w world, _ *providertest.Browser) {
			a := w.ada.Account()
			a.SignInEpoch++
			w.must(w.Store().UpdateAccount(w.t.Context(), core.AccountChange{Account: a}))
		},
		"newer change": func(w world, other *providertest.Browser) { w.change(other, "second@example.com") },
		"proven by somebody else": func(w world, _ *providertest.Browser) {
			w.Person("first@example.com", word)
		},
		"too late": func(w world, _ *providertest.Browser) { w.Advance(11 * time.Minute) },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			b, other := w.home(w.ada), w.home(w.ada)
			w.ask(b, "first@example.com")
			code := w.LastCode("first@example.com")
			id := w.ada.Account().ID
			meanwhile(w, other)
			if got := b.Submit("email-change", map[string]string{"code": code}); got.Page() == "account" {
				t.Errorf("made all the same: %s", got.Heading())
			}
			if a, _ := w.holder("first@example.com"); a.ID == id {
				t.Error("the account has the address")
			}
		})
	}
}

// The old address takes the account back: what came since is gone. A later undo,
// mailed to a thief's address, is gone with it.
func TestThreat_ACC01_TheOldAddressUndoes(t *testing.T) {
	w := newWorld(t, withBadge(false))
	thief := w.home(w.ada) // with a stolen session
	w.Advance(time.Minute)
	w.change(thief, "thief@example.net")
	w.Advance(time.Minute)
	w.want(thief.Open(w.Issuer()+"/account"), "account")
	w.press(thief, "Connect badge")
	w.want(thief.Submit("code-form", map[string]string{"code": "4711"}), "finished")
	w.change(thief, "thief@example.org")

	if got := w.undo("ada@example.com"); !got.Says("Your account is yours again") && got.Heading() != "Your account is yours again" {
		t.Fatalf("%q %q", got.Page(), got.Heading())
	}
	a := w.ada.Account()
	if !a.EmailVerified || a.Email != "ada@example.com" {
		t.Fatalf("%+v", a)
	}
	if c, err := w.Store().Credentials(t.Context(), a.ID); err != nil || len(c) != 1 || c[0].Kind != "password" {
		t.Errorf("left: %v %v", c, err)
	}
	if thief.Open(w.Issuer()+"/account").Page() == "account" {
		t.Error("the thief is signed in still")
	}
	for _, address := range []string{"thief@example.net", "ada@example.com"} {
		b := w.ada.Browser()
		if got := b.Open(w.LastLink(address)); got.Page() != "error" {
			t.Errorf("the link to %s still works: %q", address, got.Page())
		}
	}
	w.home(w.ada)
}

// The link is good for seven days, and looking at it changes nothing (MAG01).
func TestThreat_MAG01_TheUndoLinkIsLookedAtByMailPrograms(t *testing.T) {
	w := newWorld(t)
	w.change(w.home(w.ada), "new@example.com")
	to := w.LastLink("ada@example.com")
	b := w.ada.Browser()
	w.want(b.Open(to), "email_undo")
	w.Advance(7*24*time.Hour - time.Minute)
	w.want(b.Open(to), "email_undo")
	if _, found := w.holder("new@example.com"); !found {
		t.Fatal("looking undid the change")
	}
	w.Advance(2 * time.Minute)
	w.want(b.Open(to), "error")
	w.want(b.Open(to[:len(to)-3]+"AAA"), "error")
}

// Where both have to agree, one code is not enough, and there is nothing to undo.
func TestACC01_BothAddressesAgree(t *testing.T) {
	w := newWorld(t, func(c *keywright.Config) { c.ConfirmOldEmail = true })
	b := w.home(w.ada)
	w.ask(b, "new@example.com")
	one := w.LastCode("new@example.com")
	if got := b.Submit("email-change", map[string]string{"code": one, "code_old": "000000"}); got.Page() != "email_change" {
		t.Fatalf("one code leads to %q", got.Page())
	}
	w.want(b.Submit("email-change", map[string]string{"code": one, "code_old": w.LastCode("ada@example.com")}), "account")
	if to := link.FindString(w.told("ada@example.com", "email address was changed").Text); to != "" {
		t.Errorf("an undo: %s", to)
	}
}
