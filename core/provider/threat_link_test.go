package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// Who reads somebody's mail, and has an account of their own, opens the link in the
// interaction that manages their own account. What is done there is done to that
// account: the link is no sign-in, and no way past the second factor (MF-06, TTP06).
func TestThreat_MAG05_TTP06_AMailedLinkActsOnNobodyElsesAccount(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	victim := w.has(ada, generator)
	const eve = "eve@example.com"
	eves := w.person(eve)

	b := w.browser()
	b.answer(b.signIn(request("own"), eve))
	w.pass(6 * time.Minute)
	s := b.get("/account/password")
	b.want(s, core.PagePassword) // not fresh any more
	base := strings.TrimSuffix(s.path, "password")
	b.want(b.submit(b.get(base+"reset"), "identifier", ada), core.PageResetSent)
	link := w.link()
	again := b.get(request("own", "prompt", "login"))
	b.want(again, core.PagePassword)
	b.answer(b.submit(again, "password", "open")) // fresh again, in another tab
	b.want(b.get(link), core.PageNewPassword)
	accounts := b.get(base + "accounts")
	b.want(accounts, core.PageAccounts)
	s = b.submit(accounts, "account", accounts.Accounts[0].Key)
	b.want(s, core.PageNewPassword)
	if got := b.submit(s); got.status >= 500 {
		t.Errorf("status %d", got.status)
	}

	if got := w.holder(ada); got.SignInEpoch != victim.SignInEpoch || w.sessions(victim.ID) != 0 {
		t.Errorf("Ada's account was changed: epoch %d, %d sessions", got.SignInEpoch, w.sessions(victim.ID))
	}
	if got := w.holder(eve); got.SignInEpoch == eves.SignInEpoch {
		t.Error("Eve's own was not")
	}
}
