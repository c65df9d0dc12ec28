package account

import (
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

func closed(c *keywright.Config) { c.NoSignUp = true }

// harbour is an organization to be invited to.
func (w world) harbour() core.ID {
	w.t.Helper()
	o := core.Organization{ID: core.NewID(w.Now()), Name: "harbour", OrganizationTerms: core.OrganizationTerms{DisplayName: "Harbour Works"}}
	w.must(w.Store().CreateOrganization(w.t.Context(), core.OrganizationChange{Organization: o}))
	return o.ID
}

// invite waits for the letter to be there.
func (w world) invite(i core.Invitation) {
	w.t.Helper()
	before := len(w.Letters(i.Email))
	w.Invite(i)
	for end := time.Now().Add(10 * time.Second); len(w.Letters(i.Email)) == before; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("no invitation to %s", i.Email)
		}
	}
}

func (w world) memberships(who *providertest.Person) []core.Membership {
	w.t.Helper()
	m, err := w.Store().Memberships(w.t.Context(), who.Account().ID, core.MemberOfOrganization, core.PageOf{Limit: 10})
	w.must(err)
	return m
}

// LNK15: where sign-up is switched off, every way to it ends at one clear page, and
// nothing is stored.
func TestThreat_LNK15_ClosedSignUpSaysSo(t *testing.T) {
	w := newWorld(t, closed, withBadge(false))
	b := w.Stranger("kim@example.com", word).Browser()
	first := b.Open(w.app.Authorize().URL)
	w.want(first, "signin")
	at := first.URL.String()
	got := b.Open(at[:len(at)-len("signin")] + "signup")
	if got.Page() != "error" || got.Status != 403 || got.Heading() != "New accounts are not open here" {
		t.Errorf("the page: %q %d %q", got.Page(), got.Status, got.Heading())
	}
	b.Open(at)
	w.want(b.Submit("ways", nil, "way=badge"), "code")
	if got := b.Submit("code-form", map[string]string{"code": "4711"}); got.Heading() != "New accounts are not open here" {
		t.Errorf("by another way: %q", got.Heading())
	}
	if all, err := w.Store().Accounts(t.Context(), core.PageOf{Limit: 10}); err != nil || len(all) != 1 {
		t.Errorf("accounts %v %v", all, err)
	}
}

// An invitation opens a closed door once, for its address, which it has proven: no
// code is mailed. The account is a member from its first write on.
func TestInvitation_OpensAClosedDoorOnce(t *testing.T) {
	for _, way := range []string{"password", "badge"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, closed, withBadge(false))
			org := w.harbour()
			w.invite(core.Invitation{Email: "Kim@example.com", Organization: org, Roles: []string{"editor"}})
			kim := w.Stranger("Kim@example.com", word)
			to := w.LastLink("Kim@example.com")
			b := kim.Browser()
			w.want(b.Open(to), "invitation")
			if !b.Landed().Says("to join Harbour Works") {
				t.Error("nobody says what to")
			}
			w.want(b.Open(to), "invitation") // looking uses nothing up
			w.want(b.Submit("invitation", nil), "signup")
			if way == "password" {
				b.Submit("signup", map[string]string{"name": "Kim", "email": "Kim@example.com", "password": word})
			} else {
				b.Follow("signin")
				w.want(b.Submit("ways", nil, "way=badge"), "code")
				b.Submit("code-form", map[string]string{"code": "4711"})
			}
			w.want(b.Landed(), "finished")
			a := kim.Account()
			if !a.EmailVerified || a.Email != "Kim@example.com" {
				t.Errorf("%+v", a)
			}
			if m := w.memberships(kim); len(m) != 1 || m[0].Of != org || m[0].Roles[0] != "editor" || m[0].By.IsZero() {
				t.Errorf("memberships %+v", m)
			}
			w.want(w.Stranger("eve@example.com", word).Browser().Open(to), "error")
		})
	}
}

// It is for its address alone: who types another one finds the door closed, and the
// invitation is still good.
func TestInvitation_IsBoundToItsAddress(t *testing.T) {
	w := newWorld(t, closed)
	w.invite(core.Invitation{Email: "kim@example.com"})
	b := w.Stranger("eve@example.com", word).Browser()
	w.want(b.Open(w.LastLink("kim@example.com")), "invitation")
	w.want(b.Submit("invitation", nil), "signup")
	b.Submit("signup", map[string]string{"name": "Eve", "email": "eve@example.com", "password": word})
	w.want(b.Landed(), "code")
	if got := b.Submit("code-form", map[string]string{"code": w.LastCode("eve@example.com")}); got.Heading() != "New accounts are not open here" {
		t.Errorf("%q %q", got.Page(), got.Heading())
	}
	if _, found := w.holder("eve@example.com"); found {
		t.Error("an account was made")
	}
	w.want(w.Stranger("kim@example.com", word).Browser().Open(w.LastLink("kim@example.com")), "invitation")
}

// A newer invitation replaces the older; an old one is over.
func TestInvitation_NewestOnlyAndInTime(t *testing.T) {
	w := newWorld(t, closed)
	w.invite(core.Invitation{Email: "kim@example.com", Lifetime: hour})
	first := w.LastLink("kim@example.com")
	w.invite(core.Invitation{Email: "KIM@example.com", Lifetime: hour})
	kim := w.Stranger("kim@example.com", word)
	w.want(kim.Browser().Open(first), "error")
	second := w.LastLink("kim@example.com")
	w.want(kim.Browser().Open(second), "invitation")
	w.Advance(hour + time.Second)
	w.want(kim.Browser().Open(second), "error")
}

// Who has an account joins with it; nobody is signed in by the link.
func TestInvitation_JoinsAnAccountThatIsThere(t *testing.T) {
	w := newWorld(t, closed)
	org := w.harbour()
	w.invite(core.Invitation{Email: "ada@example.com", Organization: org})
	b := w.ada.Browser()
	w.want(b.Open(w.LastLink("ada@example.com")), "invitation")
	w.want(b.Submit("invitation", nil), "signin")
	if m := w.memberships(w.ada); len(m) != 1 || m[0].Of != org {
		t.Errorf("memberships %+v", m)
	}
	if b.Open(w.Issuer()+"/account").Page() == "account" {
		t.Error("the link signed somebody in")
	}
	w.invite(core.Invitation{Email: "ada@example.com", Organization: org, Roles: []string{"owner"}})
	b = w.ada.Browser()
	w.want(b.Open(w.LastLink("ada@example.com")), "invitation")
	b.Submit("invitation", nil)
	if m := w.memberships(w.ada); len(m) != 1 || len(m[0].Roles) != 1 {
		t.Errorf("a second invitation: %+v", m)
	}
}

// RP-12, LNK04: an account that somebody else made with the address, and never
// proved, is its owner's from here on: what was set up in it is gone.
func TestThreat_LNK04_RP12_AnUnprovenAccountIsPurged(t *testing.T) {
	w := newWorld(t)
	a := w.ada.Account()
	a.EmailVerified = false
	w.must(w.Store().UpdateAccount(t.Context(), core.AccountChange{Account: a}))
	w.invite(core.Invitation{Email: "ada@example.com"})
	b := w.ada.Browser()
	w.want(b.Open(w.LastLink("ada@example.com")), "invitation")
	b.Submit("invitation", nil)
	after := w.ada.Account()
	c, err := w.Store().Credentials(t.Context(), a.ID)
	if err != nil || len(c) != 0 || !after.EmailVerified || after.SignInEpoch == a.SignInEpoch || after.GrantsEpoch == a.GrantsEpoch {
		t.Errorf("left %v %v: %+v", c, err, after)
	}
}
