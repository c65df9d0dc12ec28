package provider_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
)

// linksInstead lets the page that changes a password begin the linking of an
// identity.
type linksInstead struct{ core.Store }

func (s linksInstead) CreateInteraction(ctx context.Context, i core.Interaction) error {
	if i.Purpose == core.PurposeAccount {
		i.Action = "enrol:elsewhere"
	}
	return s.Store.CreateInteraction(ctx, i)
}

// linkingWorld has Ada signed in at a browser.
func linkingWorld(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t, others)
	w.config.Store = linksInstead{w.store}
	w.restart()
	b := w.browser()
	b.answer(b.agree(request("app"), "ada@example.com"))
	return w, b
}

// goneAway begins to link and gives the address that the other provider sends the
// browser back to.
func (b *browser) goneAway() string {
	b.w.t.Helper()
	s := b.get("/account/password")
	b.want(s, "elsewhere")
	s = b.submit(s, "away", "1")
	u, err := url.Parse(s.location)
	b.w.must(err)
	return issuer + "/elsewhere/back?state=" + u.Query().Get("state") + "&sub=ada"
}

func TestRP10_ASignedInPersonLinks(t *testing.T) {
	w, b := linkingWorld(t)
	b.want(b.get(b.goneAway()), core.PageFinished)
	if w.linkedTo("ada") != w.holder("ada@example.com").ID {
		t.Error("it is not linked")
	}
	events, err := w.store.Events(t.Context(), core.EventFilter{Name: core.EventIdentityLinked}, core.PageOf{Limit: 10})
	w.must(err)
	if len(events) != 1 || events[0].Account != w.linkedTo("ada") {
		t.Errorf("events %+v", events)
	}
	c := w.browser()
	c.answer(c.elsewhere(request("app"), "sub", "ada")) // agreed before, so it ends at the client
}

func TestRP10_LNK11_OnlyWhoWentAwayLinks(t *testing.T) {
	for name, test := range map[string]func(w *world, victim, attacker *browser, back string) shown{
		"pushed into another browser": func(_ *world, victim, _ *browser, back string) shown {
			return victim.get(back)
		},
		"signed out meanwhile": func(w *world, _, attacker *browser, back string) shown {
			a := w.holder("ada@example.com")
			a.SignInEpoch, a.Change = a.SignInEpoch+1, core.NewID(w.now())
			w.must(w.store.UpdateAccount(context.Background(), core.AccountChange{Account: a}))
			return attacker.get(back)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, b := linkingWorld(t)
			w.person("eve@example.com")
			victim := w.browser()
			victim.agree(request("app"), "eve@example.com")
			s := test(w, victim, b, b.goneAway())
			if s.Error == "" || !w.linkedTo("ada").IsZero() || w.accounts() != 2 {
				t.Errorf("page %q error %q, linked to %v", s.Name, s.Error, w.linkedTo("ada"))
			}
		})
	}
}

func TestRP11_AnIdentityThatSomebodyHasStaysTheirs(t *testing.T) {
	w, b := linkingWorld(t)
	back := b.goneAway()
	c := w.browser()
	c.elsewhere(request("app"), "sub", "ada")
	first := w.linkedTo("ada")
	s := b.get(back)
	if s.Error != core.PageIdentityTaken.Name || s.status != 409 {
		t.Errorf("page %q error %q status %d", s.Name, s.Error, s.status)
	}
	if w.linkedTo("ada") != first || first == w.holder("ada@example.com").ID {
		t.Error("the identity has moved")
	}
}

func TestRP11_AnIdentityTakenWhileItWaitedIsNotMoved(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	s := b.elsewhere(request("app"), "sub", "x", "email", "ada@example.com")
	s = b.submit(s, "choice", "existing")
	s = b.submit(s, "identifier", "ada@example.com")
	s = b.submit(s, "password", "open")
	c := w.browser()
	c.want(c.submit(c.elsewhere(request("app"), "sub", "x", "email", "ada@example.com"), "choice", "new"), core.PageConsent)
	first := w.linkedTo("x")
	if s = b.submit(s, "decision", "allow"); s.Error != core.PageIdentityTaken.Name {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
	if w.linkedTo("x") != first {
		t.Error("the identity has moved")
	}
}

// Who turns to another way in, instead of asking for the link, gets none.
func TestRP14_NothingIsLinkedThatNobodyAskedFor(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	s := b.elsewhere(request("app"), "sub", "x", "email", "ada@example.com")
	b.want(s, core.PageIdentity)
	s = b.get(s.Links["signin"])
	s = b.submit(s, "identifier", "ada@example.com")
	s = b.submit(s, "password", "open")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow"))
	if !w.linkedTo("x").IsZero() {
		t.Error("it is linked")
	}
}

// What another provider brings unasked may be an attacker's own identity: the
// victim is never brought to link it (SM-09, LNK11).
func TestSM09_WhatNobodyAskedForIsNeverOfferedToBeLinked(t *testing.T) {
	w := newWorld(t, others)
	b := w.browser()
	s := b.get("/elsewhere/back?sub=eve&email=" + url.QueryEscape("ada@example.com"))
	if s.Error != core.PageIdentityRefused.Name || !w.linkedTo("eve").IsZero() {
		t.Errorf("page %q error %q", s.Name, s.Error)
	}
}

// An attacker makes an account with the victim's address, unproven, and sets up
// all they can. The victim then proves the address by a mailed link: nothing of the
// attacker's is left (RP-12, RP-13, LNK04).
func TestLNK04_RP12_RP13_TheFirstProofOfAnAddressEndsAllThatWasSetUpBefore(t *testing.T) {
	w := newWorld(t, others)
	a := core.Account{ID: core.NewID(w.now()), Row: core.Row{Change: core.NewID(w.now())}}
	a.Email = "victim@example.com"
	w.must(w.store.CreateAccount(t.Context(), core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: a.Email}},
	}))
	attacker := w.browser()
	attacker.answer(attacker.agree(request("app"), "victim@example.com"))
	for _, key := range []core.CredentialKey{{Kind: "passkey", Handle: "p"}, {Kind: "totp", Handle: "t"}, {Kind: "elsewhere", Handle: "https://idp.example eve"}} {
		w.credential(core.Credential{CredentialKey: key, Account: a.ID})
	}
	victim := w.browser()
	s := victim.get(request("app"))
	s = victim.submit(s, "identifier", "victim@example.com")
	s = victim.get(s.Links["reset"])
	_ = victim.submit(s, "identifier", "victim@example.com")
	s = victim.get(w.link())
	victim.submit(s, "identifier", "victim@example.com", "prove", "1")

	if now := w.holder("victim@example.com"); !now.EmailVerified || now.SignInEpoch == 0 || now.GrantsEpoch == 0 {
		t.Errorf("the account is %+v", now)
	}
	left, err := w.store.Credentials(t.Context(), a.ID)
	w.must(err)
	if len(left) != 0 {
		t.Errorf("the attacker keeps %+v", left)
	}
	attacker.want(attacker.get(request("app")), core.PageSignIn)
	w.wants(core.EventAccountReclaimed)
	if s := w.browser().elsewhere(request("app"), "sub", "eve"); strings.Contains(s.location, "code=") || w.linkedTo("eve") == a.ID {
		t.Error("the attacker's identity still opens the account")
	}
}

func TestLNK12_OfTwoWhoLinkOneIdentityAtOnceOneWins(t *testing.T) {
	w, ada := linkingWorld(t)
	w.person("bob@example.com")
	bob := w.browser()
	bob.answer(bob.agree(request("app"), "bob@example.com"))
	back := []string{ada.goneAway(), bob.goneAway()}
	answers := make([]shown, 2)
	var both sync.WaitGroup
	for n, b := range []*browser{ada, bob} {
		both.Go(func() { answers[n] = b.get(back[n]) })
	}
	both.Wait()
	won, lost := answers[0], answers[1]
	if won.Name != core.PageFinished {
		won, lost = lost, won
	}
	if won.Name != core.PageFinished || lost.Error != core.PageIdentityTaken.Name || lost.status != 409 {
		t.Errorf("one ends at %q %q, the other at %q %q (%d)", won.Name, won.Error, lost.Name, lost.Error, lost.status)
	}
}
