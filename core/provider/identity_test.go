package provider_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

func TestLNK02_OneSubjectIsOneAccountWhateverItsAddress(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	b.want(b.elsewhere(request("app"), "sub", "s1", "email", "new@corp.example", "verified", "1", "trusted", "1", "name", "New"), core.PageConsent)
	first := w.linkedTo("s1")
	if a := w.holder("new@corp.example"); a.ID != first || !a.EmailVerified || a.Name != "New" {
		t.Fatalf("made %+v", a)
	}
	c := w.browser()
	c.want(c.elsewhere(request("app"), "sub", "s1", "email", "other@corp.example", "verified", "1", "trusted", "1"), core.PageConsent)
	if w.linkedTo("s1") != first || w.accounts() != 2 {
		t.Errorf("the same subject is another account now: %d accounts", w.accounts())
	}
	d := w.browser()
	d.elsewhere(request("app"), "sub", "s2", "email", "third@corp.example", "verified", "1")
	if w.linkedTo("s2") == first || w.linkedTo("s2").IsZero() {
		t.Error("another subject is the same account")
	}
}

func TestRP14_AnAddressJoinsOnlyWhereBothSidesHaveProvenIt(t *testing.T) {
	ada := []string{"sub", "ada", "email", "Ada@Example.com"}
	for name, test := range map[string]struct {
		said   []string
		before func(w *world, a core.Account)
		joins  bool
	}{
		"proven and trusted": {said: append(ada, "verified", "1", "trusted", "1"), joins: true},
		"LNK01 not verified": {said: append(ada, "trusted", "1")},
		"LNK01 no authority": {said: append(ada, "verified", "1")},
		"RP-14 a stronger factor": {said: append(ada, "verified", "1", "trusted", "1"), before: func(w *world, a core.Account) {
			w.credential(core.Credential{CredentialKey: core.CredentialKey{Kind: "totp", Handle: a.ID.String()}, Account: a.ID})
		}},
		"LNK03 unproven here": {said: append(ada, "verified", "1", "trusted", "1"), before: func(w *world, a core.Account) {
			a.Version, a.EmailVerified, a.Change = 1, false, core.NewID(w.now())
			w.must(w.store.UpdateAccount(context.Background(), core.AccountChange{Account: a}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, others)
			a := w.holder("ada@example.com")
			if test.before != nil {
				test.before(w, a)
			}
			b := w.browser()
			s := b.elsewhere(request("app"), test.said...)
			if test.joins {
				b.want(s, core.PageConsent)
				if w.linkedTo("ada") != a.ID {
					t.Error("it is not linked")
				}
				return
			}
			b.want(s, core.PageIdentity)
			if !w.linkedTo("ada").IsZero() || w.accounts() != 1 {
				t.Error("something was linked or made before anything was proven")
			}
			// The person proves the account they have, in the same interaction.
			s = b.submit(s, "choice", "existing")
			b.want(s, core.PageSignIn)
			s = b.submit(s, "identifier", "ada@example.com")
			s = b.submit(s, "password", "open")
			if s.Name == generator.page() { // the stronger factor is not passed over
				s = b.submit(s, "answer", "right")
			}
			b.want(s, core.PageConsent)
			if !w.linkedTo("ada").IsZero() {
				t.Error("it is linked before all is shown")
			}
			b.answer(b.submit(s, "decision", "allow"))
			if w.linkedTo("ada") != a.ID {
				t.Error("it is not linked after the proof")
			}
			w.wants(core.EventIdentityLinked)
		})
	}
}

// wants fails unless the event is in the log.
func (w *world) wants(name core.EventName) {
	w.t.Helper()
	all, err := w.store.Events(context.Background(), core.EventFilter{Name: name}, core.PageOf{Limit: 10})
	w.must(err)
	if len(all) == 0 {
		w.t.Errorf("no event %s", name)
	}
}

// What a stranger sees for an address that is proven nowhere does not tell whether
// somebody here has it.
func TestENU05_AnUnprovenAddressTellsNothing(t *testing.T) {
	w := newWorld(t, others)
	page := func(email string) string {
		b := w.browser()
		s := b.elsewhere(request("app"), "sub", "x"+email, "email", email)
		b.want(s, core.PageIdentity)
		return strings.ReplaceAll(s.Account.Email, email, "") + s.Args["provider"].(string) + map[bool]string{true: "offer"}[s.Args["offer"] == true]
	}
	if known, unknown := page("ada@example.com"), page("nobody@example.com"); known != unknown {
		t.Errorf("known: %q, unknown: %q", known, unknown)
	}
	// The new account takes nobody's address.
	b := w.browser()
	s := b.elsewhere(request("app"), "sub", "new", "email", "ada@example.com")
	b.want(b.submit(s, "choice", "new"), core.PageConsent)
	if id := w.linkedTo("new"); id.IsZero() || id == w.holder("ada@example.com").ID {
		t.Errorf("linked to %v", id)
	}
}

func TestLNK15_WhereAccountsMayNotBeMadeNoneIs(t *testing.T) {
	for name, change := range map[string]func(*provider.Config){
		"sign-up closed":   func(c *provider.Config) { c.SignUp = false },
		"not just in time": func(c *provider.Config) { c.JustInTime = false },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, others, change)
			b := w.browser()
			s := b.elsewhere(request("app"), "sub", "s", "email", "new@corp.example", "verified", "1", "trusted", "1")
			b.want(s, core.PageIdentity)
			b.want(b.submit(s, "choice", "new"), core.PageIdentity)
			if w.accounts() != 1 {
				t.Error("an account was made")
			}
		})
	}
}

func TestSM16_ASubjectThatDoesNotLastIsRefused(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	s := b.elsewhere(request("app"), "sub", "s", "unstable", "1", "email", "ada@example.com", "verified", "1", "trusted", "1")
	if s.Error != core.PageIdentityRefused.Name || !w.linkedTo("s").IsZero() {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
	w.wants(core.EventIdentityRefused)
}

func TestSTA03_ADisabledAccountStaysDisabled(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	b.elsewhere(request("app"), "sub", "s")
	a, err := w.store.Account(t.Context(), w.linkedTo("s"))
	w.must(err)
	a.Disabled, a.Change = true, core.NewID(w.now())
	w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: a}))
	c := w.browser()
	if s := c.elsewhere(request("app"), "sub", "s"); s.Error != core.PageNotAllowed.Name {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
	if now, err := w.store.Account(t.Context(), a.ID); err != nil || !now.Disabled {
		t.Error("signing in has enabled the account")
	}
}

func TestLNK12_TwoFirstSignInsOfOneIdentityMakeOneAccount(t *testing.T) {
	w := newWorld(t, others)
	const n = 8
	pages, browsers := make([]shown, n), make([]*browser, n)
	for i := range n {
		browsers[i] = w.browser()
		pages[i] = browsers[i].submit(browsers[i].get(request("app")), "way", "elsewhere")
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			pages[i] = browsers[i].submit(pages[i], "sub", "same", "email", "same@corp.example", "verified", "1", "trusted", "1")
		})
	}
	all.Wait()
	for i := range n {
		browsers[i].want(pages[i], core.PageConsent)
	}
	if w.accounts() != 2 {
		t.Errorf("%d accounts, want ada's and one", w.accounts())
	}
}

func TestTheHookDecidesBeforeTheRules(t *testing.T) {
	var asked core.IdentityQuestion
	answer := core.IdentityAnswer{}
	w := newWorld(t, others, func(c *provider.Config) {
		c.Hooks.Identity = func(_ context.Context, q core.IdentityQuestion) (core.IdentityAnswer, error) {
			asked = q
			return answer, nil
		}
		c.SignUp = false
	})
	ada := w.holder("ada@example.com")
	answer = core.IdentityAnswer{Act: core.IdentityLink, Account: ada.ID}
	b := w.browser()
	b.want(b.elsewhere(request("app"), "sub", "one", "email", "ada@example.com", "tokens", "secret"), core.PageConsent)
	if w.linkedTo("one") != ada.ID || asked.Holder != ada.ID || asked.Client != "app" || asked.Identity.Secret != nil {
		t.Errorf("asked %+v", asked)
	}
	answer = core.IdentityAnswer{Act: core.IdentityCreate}
	b = w.browser()
	b.want(b.elsewhere(request("app"), "sub", "two"), core.PageConsent)
	answer = core.IdentityAnswer{Act: core.IdentityRefuse}
	b = w.browser()
	if s := b.elsewhere(request("app"), "sub", "three"); s.Error != core.PageIdentityRefused.Name || !w.linkedTo("three").IsZero() {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
}

func TestLNK16_WhatIsSaidOfAPersonIsLimited(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	b.elsewhere(request("app"), "sub", "s", "name", strings.Repeat("n", 600), "picture", "http://10.0.0.1/a.png", "email", "a@evil@corp.example", "verified", "1", "trusted", "1")
	a, err := w.store.Account(t.Context(), w.linkedTo("s"))
	w.must(err)
	if a.Name != "" || a.Picture != "" || a.Email != "" || a.EmailVerified {
		t.Errorf("kept %+v", a.Profile)
	}
}

func TestRP19_TheSessionIsCappedAsTheOtherProviderWants(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	s := b.elsewhere(request("app"), "sub", "s", "ends", "1h", "index", "i-1")
	b.answer(b.submit(s, "decision", "allow", "remember", "on"))
	b.answer(b.get(request("app")))
	w.pass(61 * time.Minute)
	b.want(b.get(request("app")), core.PageSignIn)
	all, err := w.store.SessionsOf(t.Context(), w.linkedTo("s"), core.PageOf{Limit: 10})
	w.must(err)
	if len(all) != 1 || all[0].Authentications[0].SessionIndex != "i-1" || all[0].Authentications[0].Key.Handle == "" {
		t.Errorf("session %+v", all)
	}
}
