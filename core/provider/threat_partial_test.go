package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// A sign-in that ends because the client asked for somebody else leaves no session
// where more would have been asked for: a second factor, or the organization's own
// connection (MF-05, RP-15, STA07).
func TestThreat_STA07_MF05_AskedForSomebodyElseLeavesNoHalfSession(t *testing.T) {
	t.Run("second factor", func(t *testing.T) {
		w := newSecondWorld(t, core.Policy{})
		w.own()
		account := w.has(ada, generator)
		b := w.browser()
		other := w.person("bob@example.com")
		s := b.signIn(request("own", "claims", `{"id_token":{"sub":{"value":"`+core.Subject(other.ID)+`"}}}`), ada)
		if got := b.answer(s).Get("error"); got != "login_required" {
			t.Errorf("error %q", got)
		}
		if n := w.sessions(account.ID); n != 0 {
			t.Errorf("half a sign-in has %d sessions", n)
		}
	})
	t.Run("single sign-on", func(t *testing.T) {
		w := newWorld(t, others)
		w.own()
		other := w.person("bob@corp.example")
		w.organization("corp", true, []string{"corp.example"}, justInTime("Corp"))
		b := w.browser()
		s := b.get(request("own", "claims", `{"id_token":{"sub":{"value":"`+core.Subject(w.holder(ada).ID)+`"}}}`))
		s = b.submit(s, "way", "elsewhere")
		w.credential(core.Credential{CredentialKey: core.CredentialKey{Kind: "elsewhere", Handle: "https://idp.example bob"}, Account: other.ID})
		s = b.submit(s, "sub", "bob")
		if got := b.answer(s).Get("error"); got != "login_required" {
			t.Errorf("error %q", got)
		}
		if n := w.sessions(other.ID); n != 0 {
			t.Errorf("a sign-in past the organization's connection has %d sessions", n)
		}
	})
}

// A session from before the organization demanded its own connection shows nothing
// of the account (RP-15, STA07).
func TestThreat_RP15_STA07_TheAccountPageWantsTheConnectionToo(t *testing.T) {
	w := newWorld(t, others)
	w.own()
	w.person("bob@corp.example")
	b := w.browser()
	b.answer(b.signIn(request("own"), "bob@corp.example"))
	b.want(b.get("/account"), core.PageAccount)
	w.organization("corp", true, []string{"corp.example"}, justInTime("Corp"))
	w.pass(core.MaxClientStale)
	b.want(b.get("/account"), core.PageConnection)
	if s := b.do(http.MethodPost, "/account", nil); s.Name == core.PageAccount {
		t.Error("drawn by POST")
	}
}

// Who has to sign in by the organization's connection does not get out of it by
// giving the account another address; within the organization they may (RP-15).
func TestThreat_RP15_AnotherAddressIsNoWayOutOfTheOrganization(t *testing.T) {
	w := newWorld(t, others)
	w.own()
	const bob = "bob@corp.example"
	w.person(bob)
	w.organization("corp", true, []string{"corp.example", "corp.test"}, justInTime("Corp"))
	b := w.browser()
	s := b.typed(request("own"), bob)
	b.want(s, "company")
	b.answer(b.submit(s, "sub", "bob", "email", bob, "verified", "1", "trusted", "1"))
	begin := func() shown {
		s := b.get("/account")
		b.want(s, core.PageAccount)
		s = b.submit(s, "act", "email")
		b.want(s, core.PageEmailChange)
		return s
	}
	s = b.submit(begin(), "email", "bob@elsewhere.example")
	if s.status != http.StatusForbidden || len(s.Problems) != 1 || s.Problems[0].ID != "email_company" {
		t.Errorf("status %d, problems %+v", s.status, s.Problems)
	}
	if s := b.submit(begin(), "email", "bob@corp.test"); s.status != http.StatusOK || s.Args["sent"] != true {
		t.Errorf("within the organization: status %d, problems %+v", s.status, s.Problems)
	}
}

// A session at another identity provider that is given away in silence is no recent
// sign-in: neither by coming in anew just before, nor by typing a name on the way
// (SE-09, WAN12).
func TestThreat_SE09_WAN12_SilenceElsewhereIsNoFreshSignIn(t *testing.T) {
	w := newWorld(t, others)
	w.own()
	w.credential(core.Credential{CredentialKey: core.CredentialKey{Kind: "elsewhere", Handle: "https://idp.example ada"}, Account: w.holder(ada).ID})
	b := w.browser()
	b.answer(b.elsewhere(request("own"), "sub", "ada", "ago", "3h")) // at an unlocked computer, just now
	b.want(b.get("/account"), core.PageAccount)                      // looking is allowed
	s := b.get("/account/password")
	b.want(s, "elsewhere") // it is the way that this account came by
	s = b.get(strings.Replace(s.path, "/elsewhere", "/signin", 1))
	b.want(s, core.PageSignIn)
	s = b.submit(s, "identifier", "x@example.com", "way", "elsewhere")
	b.want(s, "elsewhere")
	s = b.submit(s, "sub", "ada", "ago", "3h") // it was asked for a new one
	b.want(s, core.PageNewPassword)
	b.want(b.submit(s), core.PageFinished)
	b.want(b.get("/account/password"), core.PageNewPassword) // which counts for the next change, too
}

// An account that waits for its owner's answers is not made of a connection that was
// switched off meanwhile (STA04).
func TestThreat_STA04_NothingIsMadeOfAConnectionThatEnded(t *testing.T) {
	w := newWorld(t, others, func(c *provider.Config) { c.Terms = core.Terms{Version: "1", URL: "https://app.example/terms"} })
	_, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	s = b.submit(s, "sub", "bob", "email", "bob@corp.example", "verified", "1", "trusted", "1")
	b.want(s, core.PageProfile)
	corp[0].Disabled, corp[0].Change = true, core.NewID(w.now())
	w.must(w.store.UpdateConnection(t.Context(), corp[0]))
	if s = b.submit(s, "terms", "on"); s.Error != core.PageOld.Name || w.accounts() != 1 {
		t.Errorf("page %q error %q, %d accounts", s.Name, s.Error, w.accounts())
	}
}
