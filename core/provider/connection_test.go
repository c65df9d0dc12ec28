package provider_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// typed goes from a request to what follows an address.
func (b *browser) typed(target, address string) shown {
	b.w.t.Helper()
	s := b.get(target)
	b.want(s, core.PageSignIn)
	return b.submit(s, "identifier", address)
}

func TestRP15_TheDomainLeadsToTheOrganizationsConnection(t *testing.T) {
	w := newWorld(t, others)
	_, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	w.organization("two", false, []string{"two.example"}, justInTime("North"), justInTime("South"))
	w.organization("none", false, []string{"none.example"})
	closed, _ := w.organization("closed", false, []string{"closed.example"}, justInTime("Closed"))
	closed.Disabled, closed.Change = true, core.NewID(w.now())
	w.must(w.store.UpdateOrganization(t.Context(), core.OrganizationChange{Organization: closed}))

	for address, want := range map[string]string{
		"a@corp.example":      "company",
		"A@CORP.Example":      "company",
		"a@two.example":       core.PageConnection,
		"a@none.example":      core.PagePassword,
		"a@closed.example":    core.PagePassword,
		"a@sub.corp.example":  core.PagePassword,
		"a@corp.example.evil": core.PagePassword,
		"a@evil@corp.example": core.PagePassword,
		"corp.example":        core.PagePassword,
		"a@elsewhere.example": core.PagePassword,
	} {
		b := w.browser()
		s := b.typed(request("app"), address)
		if s.Name != want {
			t.Errorf("%s leads to %q (error %q), want %q", address, s.Name, s.Error, want)
		}
		if want == "company" && s.Args["connection"] != corp[0].ID.String() {
			t.Errorf("%s goes by connection %v", address, s.Args["connection"])
		}
	}
	b := w.browser()
	s := b.typed(request("app"), "a@two.example")
	if len(s.Ways) != 3 || s.Ways[0].Label != "North" || s.Ways[1].Label != "South" || s.Ways[2].Method != "password" {
		t.Errorf("offers %+v", s.Ways)
	}
	b.want(b.submit(s, "way", s.Ways[1].Method), "company")
	back := b.get(s.path)
	b.want(b.submit(back, "way", "password"), core.PagePassword)
	// What is not offered cannot be chosen.
	b.want(b.submit(b.get(s.path), "way", "connection:"+corp[0].ID.String()), core.PageConnection)
}

// Where people are led depends on the domain alone: whether one of them has an
// account makes no difference, not even to what is read (ENU01).
func TestENU01_DiscoveryAsksTheSameForKnownAndUnknown(t *testing.T) {
	w := newWorld(t, others)
	w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	w.person("known@corp.example")
	reads := func(address string) map[string]int {
		b := w.browser()
		s := b.get(request("app"))
		w.pass(time.Minute) // what was remembered is forgotten
		w.store.Reset()
		b.want(b.submit(s, "identifier", address), "company")
		return w.store.Seen()
	}
	known, unknown := reads("known@corp.example"), reads("nobody@corp.example")
	if !maps.Equal(known, unknown) || known["OrganizationByDomain"] != 1 || known["AccountByIdentifier"] != 0 {
		t.Errorf("known %v, unknown %v", known, unknown)
	}
}

func TestRP15_JustInTimeMakesAMember(t *testing.T) {
	w := newWorld(t, others)
	o, _ := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp", "engineer"))
	b := w.browser()
	s := b.typed(request("app"), "new@corp.example")
	b.want(b.submit(s, "sub", "n", "email", "New@corp.example", "verified", "1", "trusted", "1"), core.PageConsent)
	a := w.holder("new@corp.example")
	have, err := w.store.Memberships(t.Context(), a.ID, core.MemberOfOrganization, core.PageOf{Limit: 10})
	w.must(err)
	if !a.EmailVerified || len(have) != 1 || have[0].Of != o.ID || len(have[0].Roles) != 1 || have[0].Roles[0] != "engineer" {
		t.Errorf("account %+v, memberships %+v", a.Profile, have)
	}
}

// A connection of one organization says that somebody has an address of another:
// whatever its settings say, it is no authority there.
func TestRP14_AnOrganizationSpeaksForItsOwnDomainsAlone(t *testing.T) {
	w := newWorld(t, others)
	w.organization("evil", false, []string{"evil.example"}, justInTime("Evil"))
	ada := w.holder("ada@example.com")
	b := w.browser()
	s := b.typed(request("app"), "x@evil.example")
	s = b.submit(s, "sub", "x", "email", "ada@example.com", "verified", "1", "trusted", "1")
	b.want(s, core.PageIdentity)
	creds, err := w.store.Credentials(t.Context(), ada.ID)
	w.must(err)
	if len(creds) != 0 || w.accounts() != 1 {
		t.Errorf("credentials %+v, %d accounts", creds, w.accounts())
	}
}

func TestRP15_WhereSingleSignOnIsDemandedNothingElseCounts(t *testing.T) {
	w := newWorld(t, others)
	bob := w.person("bob@corp.example")
	before := w.browser()
	before.answer(before.agree(request("app"), "bob@corp.example")) // a session by password
	w.organization("corp", true, []string{"corp.example"}, justInTime("Corp"), justInTime("Branch"))
	w.pass(time.Minute)

	// The session from before, and prompt=none.
	if got := before.answer(before.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
		t.Errorf("prompt=none: %v", got)
	}
	before.want(before.get(request("app")), core.PageConnection)

	// A password, by way of another address typed first.
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	b.want(s, core.PageConnection)
	if len(s.Ways) != 2 {
		t.Errorf("offers %+v", s.Ways)
	}
	s = b.typed(request("app"), "ada@example.com")
	b.want(s, core.PagePassword)
	password := s.path
	s = b.get(strings.Replace(password, "/password", "/signin", 1))
	s = b.submit(s, "way", "elsewhere")
	b.want(s, "elsewhere")
	w.credential(core.Credential{CredentialKey: core.CredentialKey{Kind: "elsewhere", Handle: "https://idp.example bob"}, Account: bob.ID})
	s = b.submit(s, "sub", "bob")
	b.want(s, core.PageConnection)

	// And a mailed link.
	r := w.browser()
	s = r.get(request("app"))
	r.want(r.submit(r.get(s.Links["reset"]), "identifier", "bob@corp.example"), core.PageResetSent)
	s = r.submit(r.get(w.link()), "identifier", "bob@corp.example")
	r.want(s, core.PageConnection)
	if s.Args["demanded"] != true {
		t.Errorf("args %v", s.Args)
	}
	// The password's page is not open at this need.
	r.want(r.get(strings.Replace(s.path, "/connection", "/password", 1)), core.PageConnection)

	// The organization's own connection does it.
	s = r.submit(s, "way", s.Ways[0].Method)
	r.want(s, "company")
	r.answer(r.submit(s, "sub", "bob", "email", "bob@corp.example", "verified", "1", "trusted", "1"))
	r.answer(r.get(request("app", "prompt", "none")))
	have, err := w.store.Memberships(t.Context(), bob.ID, core.MemberOfOrganization, core.PageOf{Limit: 10})
	w.must(err)
	if len(have) != 1 {
		t.Errorf("who was linked by the organization's connection is a member of %+v", have)
	}
}

func TestSTA04_AConnectionSwitchedOffBetweenStartAndReturnCountsForNothing(t *testing.T) {
	w := newWorld(t, others)
	_, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	corp[0].Disabled, corp[0].Change = true, core.NewID(w.now())
	w.must(w.store.UpdateConnection(t.Context(), corp[0]))
	s = b.submit(s, "sub", "bob", "email", "bob@corp.example", "verified", "1", "trusted", "1")
	if s.Error != core.PageOld.Name || w.accounts() != 1 {
		t.Errorf("page %q error %q, %d accounts", s.Name, s.Error, w.accounts())
	}
	unasked := w.browser()
	if s := unasked.get("/company/" + corp[0].ID.String() + "/back?sub=bob"); s.status != 404 || w.accounts() != 1 {
		t.Errorf("brought unasked: status %d, %d accounts", s.status, w.accounts())
	}
}

// What an identity provider brings unasked signs in who is linked to it.
func TestSM09_WhatIsBroughtUnaskedByAConnectionSignsInWhoIsLinked(t *testing.T) {
	w := newWorld(t, others)
	_, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	b := w.browser()
	back := "/company/" + corp[0].ID.String() + "/back?sub=bob&email=bob%40corp.example&verified=1&trusted=1"
	b.want(b.get(back), core.PageFinished)
	again := w.browser()
	again.want(again.get(back), core.PageFinished)
	if w.accounts() != 2 {
		t.Errorf("%d accounts", w.accounts())
	}
}

func TestRP15_WithoutALiveConnectionNobodyOfTheDomainGetsIn(t *testing.T) {
	w := newWorld(t, others)
	w.person("bob@corp.example")
	w.organization("corp", true, []string{"corp.example"})
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	b.want(s, core.PageConnection)
	if len(s.Ways) != 0 || s.Args["none"] != true {
		t.Errorf("offers %+v %v", s.Ways, s.Args)
	}
}

// Proof of an account that an identity waits for does not open a way around the
// organization's rule: only with the link made does it end.
func TestRP15_LinkingByProofEndsAsASignInByTheConnection(t *testing.T) {
	w := newWorld(t, others)
	bob := w.person("bob@corp.example")
	_, corp := w.organization("corp", true, []string{"corp.example"}, justInTime("Corp"))
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	s = b.submit(s, "sub", "bob", "email", "bob@corp.example") // not verified there
	b.want(s, core.PageIdentity)
	s = b.submit(s, "choice", "existing")
	s = b.submit(s, "identifier", "bob@corp.example")
	b.want(s, core.PagePassword)
	s = b.submit(s, "password", "open")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow"))
	c, err := w.store.Credential(t.Context(), core.CredentialKey{Kind: "company", Handle: corp[0].ID.String() + " bob"})
	if err != nil || c.Account != bob.ID {
		t.Fatalf("link %+v %v", c, err)
	}
	b.answer(b.get(request("app", "prompt", "none", "scope", "openid email")))
}

func TestRP19_STA04_AConnectionThatEndsTakesItsSessionsAlong(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(w *world, o core.Organization, c core.Connection) error{
		"disabled": func(w *world, _ core.Organization, c core.Connection) error {
			c.Disabled, c.Change = true, core.NewID(w.now())
			return w.store.UpdateConnection(ctx, c)
		},
		"deleted": func(w *world, _ core.Organization, c core.Connection) error {
			c.Deleted, c.Change = true, core.NewID(w.now())
			return w.store.UpdateConnection(ctx, c)
		},
		"renewed": func(w *world, _ core.Organization, c core.Connection) error {
			c.Epoch, c.Change = c.Epoch+1, core.NewID(w.now())
			return w.store.UpdateConnection(ctx, c)
		},
		"its organization disabled": func(w *world, o core.Organization, _ core.Connection) error {
			o.Disabled, o.Change = true, core.NewID(w.now())
			return w.store.UpdateOrganization(ctx, core.OrganizationChange{Organization: o})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, others)
			o, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
			b := w.browser()
			s := b.typed(request("app"), "bob@corp.example")
			s = b.submit(s, "sub", "bob", "email", "bob@corp.example", "verified", "1", "trusted", "1")
			b.answer(b.submit(s, "decision", "allow", "remember", "on"))
			b.answer(b.get(request("app", "prompt", "none")))

			half := w.browser() // has shown it, and not finished
			s = half.typed(request("app", "prompt", "consent"), "bob@corp.example")
			s = half.submit(s, "sub", "bob")
			half.want(s, core.PageConsent)

			w.must(end(w, o, corp[0]))
			if got := b.answer(b.get(request("app", "prompt", "none"))); got.Get("error") != "login_required" {
				t.Errorf("the session goes on: %v", got)
			}
			if s = half.submit(s, "decision", "allow"); strings.Contains(s.location, "code=") {
				t.Error("an interaction by it goes on")
			}
		})
	}
}

func TestConnectionsOfTheTenantAreOfferedToEverybody(t *testing.T) {
	w := newWorld(t, others)
	on := w.connection(core.Connection{ConnectionTerms: core.ConnectionTerms{Label: "Partner"}})
	w.connection(core.Connection{Disabled: true, ConnectionTerms: core.ConnectionTerms{Label: "Off"}})
	w.connection(core.Connection{Kind: "nobody", ConnectionTerms: core.ConnectionTerms{Label: "Unspoken"}})
	b := w.browser()
	s := b.get(request("app"))
	var labels []string
	for _, way := range s.Ways {
		labels = append(labels, way.Label)
	}
	if got := strings.Join(labels, ","); got != "way.elsewhere,Partner" {
		t.Errorf("ways %s", got)
	}
	b.want(b.submit(s, "way", "connection:"+on.ID.String()), "company")
}

func TestARequestMayNameTheConnection(t *testing.T) {
	w := newWorld(t, others)
	_, corp := w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	w.organization("two", false, []string{"two.example"}, justInTime("North"), justInTime("South"))
	for hint, want := range map[[2]string]string{
		{"connection", corp[0].ID.String()}:          "company",
		{"domain_hint", "Corp.Example"}:              "company",
		{"domain_hint", "two.example"}:               core.PageSignIn,
		{"domain_hint", "nobody.example"}:            core.PageSignIn,
		{"connection", "nothing"}:                    core.PageSignIn,
		{"connection", core.NewID(w.now()).String()}: core.PageSignIn,
	} {
		b := w.browser()
		s := b.get(request("app", hint[0], hint[1]))
		b.want(s, want)
		if want == "company" {
			b.want(b.get(strings.Replace(s.path, "/company", "/signin", 1)), core.PageSignIn)
		}
	}
	ada := w.browser()
	ada.answer(ada.agree(request("app"), "ada@example.com"))
	ada.answer(ada.get(request("app", "domain_hint", "corp.example"))) // who is signed in is not sent away
}

// The authenticator is handed the connection's secrets opened, and nothing else is.
func TestConnectionSecretsAreSealed(t *testing.T) {
	w := newWorld(t, others)
	var seen *core.Connection
	w.config.Hooks.Identity = func(_ context.Context, q core.IdentityQuestion) (core.IdentityAnswer, error) {
		seen = q.Connection
		return core.IdentityAnswer{}, nil
	}
	w.restart()
	sealed, err := w.provider.SealConnection([]byte("client secret"))
	w.must(err)
	c := justInTime("Corp")
	c.Sealed = sealed
	w.organization("corp", false, []string{"corp.example"}, c)
	b := w.browser()
	s := b.typed(request("app"), "bob@corp.example")
	if s.Args["secret"] != "client secret" || strings.Contains(string(sealed), "client") {
		t.Errorf("args %v", s.Args)
	}
	b.submit(s, "sub", "bob", "email", "bob@corp.example")
	if seen == nil || seen.Sealed != nil {
		t.Errorf("the hook was given %+v", seen)
	}
}

// Policy.First holds for connections too: one whose kind it leaves out is offered to
// nobody, and nobody is sent round in circles to it (MF-06).
func TestMF06_AConnectionThatMayNotBeFirstIsNotOffered(t *testing.T) {
	w := newWorld(t, others, func(c *provider.Config) { c.Policy.First = []string{"password"} })
	w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	w.organization("strict", true, []string{"strict.example"}, justInTime("Strict"))
	b := w.browser()
	b.want(b.typed(request("app"), "a@corp.example"), core.PagePassword)
	b = w.browser()
	s := b.typed(request("app"), "a@strict.example")
	b.want(s, core.PageConnection)
	if len(s.Ways) != 0 || s.Args["none"] != true {
		t.Errorf("offers %+v %v", s.Ways, s.Args)
	}
}
