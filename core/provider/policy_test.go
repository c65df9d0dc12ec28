package provider_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

const ada = "ada@example.com"

// own is an app that nobody is asked about, so that dialogues are short.
func (w *world) own(change ...func(*core.Client)) {
	w.t.Helper()
	w.client("own", func(c *core.Client) {
		c.FirstParty = true
		for _, f := range change {
			f(c)
		}
	})
}

// newest is what the newest grant of the app says of the sign-in.
func (w *world) newest() core.Grant {
	w.t.Helper()
	all, err := w.store.Grants(context.Background(), core.GrantFilter{Client: "own"}, core.PageOf{Limit: 100})
	w.must(err)
	if len(all) == 0 {
		w.t.Fatal("no grant")
	}
	return slices.MaxFunc(all, func(a, b core.Grant) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// says checks acr and amr of what the browser was just given.
func (b *browser) says(s shown, acr, amr string) {
	b.w.t.Helper()
	if b.answer(s).Get("code") == "" {
		b.w.t.Fatalf("no code: %s", s.location)
	}
	defer b.w.pass(time.Second) // so that the next grant is newer
	if g := b.w.newest(); g.ACR != acr || strings.Join(g.AMR, " ") != amr {
		b.w.t.Errorf("acr %q, amr %q; want %q, %q", g.ACR, g.AMR, acr, amr)
	}
}

// sessions counts those that the account has.
func (w *world) sessions(account core.ID) int {
	w.t.Helper()
	all, err := w.store.SessionsOf(context.Background(), account, core.PageOf{Limit: 10})
	w.must(err)
	return len(all)
}

func TestMF05_WhoHasASecondFactorIsAskedForIt(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	account := w.has(ada, generator, codes)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	b.want(s, generator.page()) // the one that is no spare: no choice needed
	if s.Links["another"] == "" || w.sessions(account.ID) != 0 {
		t.Errorf("links %v, %d sessions", s.Links, w.sessions(account.ID))
	}
	b.want(b.submit(s, "answer", "wrong"), generator.page())
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	w.pass(time.Minute)
	b.says(b.get(request("own")), core.ACRTwoFactors, "pwd otp mfa") // single sign-on
}

func TestMF05_NobodyElseIsAsked(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.person("bob@example.com")
	w.has("bob@example.com", key) // a way to sign in, not a second factor that one set up
	for _, who := range []string{ada, "bob@example.com"} {
		b := w.browser()
		b.says(b.signIn(request("own"), who), core.ACROneFactor, "pwd")
	}
}

func TestMF05_TheSecondPageOffersWhatIsThere(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator, codes, key)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	b.want(s, core.PageSecond)
	var methods []string
	for _, way := range s.Ways {
		methods = append(methods, way.Method)
	}
	if got := strings.Join(methods, " "); got != "totp passkey recoverycode" {
		t.Errorf("ways %s", got)
	}
	last := b.get(s.Ways[2].URL)
	b.want(last, codes.page())
	b.want(b.get(last.Links["another"]), core.PageSecond)
	b.says(b.submit(last, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
}

// Whatever is typed into the address line, the second factor is asked for: A17, MF-05.
func TestThreat_STA07_NoURLLeadsPastTheSecondFactor(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	account := w.has(ada, generator)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	base := strings.TrimSuffix(s.path, "totp")
	for _, step := range []string{
		"start", "consent", "accounts", "password", "signup", "verify", "act", "enrol", "finished", "refused", "reset",
		"new-password", "change", "totp-new", "passkey", "passkey-new", "recoverycode", "recoverycode-new", "none", "second/",
	} {
		if got := b.get(base + step); got.location != "" || got.Name != generator.page() && got.Name != core.PageSecond && got.Error == "" {
			t.Errorf("GET %s: page %q, location %q", step, got.Name, got.location)
		}
		form := s.fields("decision", "allow", "answer", "right", "password", "open", "account", "x")
		if got := b.do(http.MethodPost, base+step, form); strings.HasPrefix(got.location, callback) {
			t.Errorf("POST %s: %s", step, got.location)
		}
	}
	if w.sessions(account.ID) != 0 {
		t.Error("half a sign-in has a session")
	}
	if a := b.do(http.MethodGet, request("own", "prompt", "none"), nil); b.answer(a).Get("error") != "login_required" {
		t.Errorf("half a sign-in is one: %s", a.location)
	}
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
}

func TestThreat_TTP09_AnotherPersonsFactorAddsNothing(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.person("eve@example.com")
	w.has("eve@example.com", key)
	w.has(ada, generator, key)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	b.want(s, core.PageSecond)
	s = b.get(s.Ways[1].URL)
	b.want(s, key.page())
	w.person("ada@example.comeve") // what the test's form makes of both names
	if got := b.submit(s, "answer", "right", "of", "eve"); got.Error != core.PageNotAllowed.Name {
		t.Errorf("page %q, error %q, location %q", got.Name, got.Error, got.location)
	}
	if got := b.do(http.MethodGet, request("own", "prompt", "none"), nil); b.answer(got).Get("error") != "login_required" {
		t.Error(got.location)
	}
}

func TestMF06_TheResetLinkIsNoWayAround(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	account := w.has(ada, generator)
	b := w.browser()
	b.asks(request("own"), ada)
	link := w.link()
	b.want(b.get(link), core.PageNewPassword)
	elsewhere := w.browser()
	s := elsewhere.get(link)
	elsewhere.want(s, core.PageNewPassword)
	s = elsewhere.submit(s, "identifier", ada)
	elsewhere.want(s, generator.page())
	if w.sessions(account.ID) != 0 {
		t.Error("a session by mail alone")
	}
	elsewhere.want(elsewhere.submit(s, "answer", "right"), core.PageFinished)
	elsewhere.says(elsewhere.get(request("own")), core.ACRTwoFactors, "pwd otp mfa")
}

func TestMF06_OnlyMethodsThatMayBeFirst(t *testing.T) {
	w := newSecondWorld(t, core.Policy{First: []string{core.MethodPasskey}})
	w.own()
	w.has(ada, key)
	b := w.browser()
	s := b.get(request("own"))
	if len(s.Ways) != 0 || s.Links["signup"] != "" || s.Links["reset"] != "" {
		t.Errorf("ways %v, links %v", s.Ways, s.Links)
	}
	s = b.submit(s, "identifier", ada)
	b.want(s, key.page())
	b.want(b.get(strings.TrimSuffix(s.path, "passkey")+"password"), core.PageSignIn)
	b.says(b.submit(s, "answer", "right"), core.ACRHardware, "hwk user")
}

func TestMF09_WhoMustSetOneUpDoesSoFirst(t *testing.T) {
	w := newSecondWorld(t, core.Policy{Require: core.Requirement{Second: true}})
	w.own()
	b := w.browser()
	s := b.signIn(request("own"), ada)
	b.want(s, core.PageEnrol)
	if len(s.Ways) != 2 || s.Ways[0].Method != "totp" || s.Ways[1].Method != core.MethodPasskey {
		t.Fatalf("ways %v", s.Ways)
	}
	b.want(b.get(strings.TrimSuffix(s.path, "enrol")+"recoverycode-new"), core.PageEnrol) // a spare alone is none
	s = b.get(s.Ways[0].URL)
	b.want(s, "page-totp-new")
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	other := w.browser()
	other.want(other.signIn(request("own"), ada), generator.page())
}

func TestWN24_APasswordAloneSetsNothingUp(t *testing.T) {
	w := newSecondWorld(t, core.Policy{Require: core.Requirement{PhishingResistant: true}})
	w.own()
	w.has(ada, generator)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	b.want(s, generator.page()) // what the account has, before it gets anything new
	b.want(b.get(strings.TrimSuffix(s.path, "totp")+"passkey-new"), generator.page())
	s = b.submit(s, "answer", "right")
	b.want(s, core.PageEnrol)
	b.says(b.submit(b.get(s.Ways[0].URL), "answer", "right"), core.ACRHardware, "pwd otp hwk user mfa")
}

// Every way in meets the same policy: here signing up.
func TestMF06_SigningUpIsNoWayAround(t *testing.T) {
	w := newSecondWorld(t, core.Policy{Require: core.Requirement{Second: true}}, func(c *provider.Config) { c.RequireVerifiedEmail = true })
	w.own()
	b := w.browser()
	s := b.submit(b.get(request("own", "prompt", "create")), "email", "new@example.com", "password", "open")
	b.want(s, core.PageCode) // the address first
	b.want(b.get(strings.TrimSuffix(s.path, "verify")+"totp-new"), core.PageCode)
	s = b.submit(s, "code", "any")
	b.want(s, core.PageEnrol)
	b.says(b.submit(b.get(s.Ways[0].URL), "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
}

func TestThreat_STA01_SwitchedOffBetweenTheTwoSteps(t *testing.T) {
	for name, change := range map[string]func(*core.Account){
		"disabled":     func(a *core.Account) { a.Disabled = true },
		"deleted":      func(a *core.Account) { a.Deleted = true },
		"new password": func(a *core.Account) { a.SignInEpoch++ },
	} {
		w := newSecondWorld(t, core.Policy{})
		w.own()
		a := w.has(ada, generator)
		b := w.browser()
		s := b.signIn(request("own"), ada)
		a, err := w.store.Account(t.Context(), a.ID)
		w.must(err)
		change(&a)
		w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: a}))
		if got := b.submit(s, "answer", "right"); strings.HasPrefix(got.location, callback) || w.sessions(a.ID) != 0 {
			t.Errorf("%s: location %q, %d sessions", name, got.location, w.sessions(a.ID))
		}
	}
}

func TestThreat_TTP07_ASpareCodeWorksOnce(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator, codes)
	b := w.browser()
	s := b.get(b.signIn(request("own"), ada).Ways[0].URL)
	b.want(s, codes.page())
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	other := w.browser()
	if s := other.signIn(request("own"), ada); len(s.Ways) != 0 || s.Name != generator.page() {
		t.Errorf("page %q, ways %v", s.Name, s.Ways)
	}
}

// Another account may be used in place of the one whose second factor is not at
// hand; what was shown for the first then counts for nothing.
func TestMF05_AnotherAccountInstead(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	first := w.has(ada, generator)
	w.person("bob@example.com")
	b := w.browser()
	s := b.get(b.signIn(request("own"), ada).Links["switch"])
	b.want(s, core.PageSignIn)
	s = b.submit(s, "identifier", "bob@example.com")
	b.want(s, core.PagePassword)
	b.says(b.submit(s, "password", "open"), core.ACROneFactor, "pwd")
	if w.sessions(first.ID) != 0 {
		t.Error("half a sign-in has a session")
	}
}

func TestSE09_ManagingAnAccountTakesItsSecondFactor(t *testing.T) {
	w := newSecondWorld(t, core.Policy{InsecureSecondOnDemand: true})
	w.own()
	w.has(ada, key)
	b := w.browser()
	b.says(b.signIn(request("own"), ada), core.ACROneFactor, "pwd")
	s := b.get("/account/password")
	b.want(s, key.page())
	b.want(b.get(strings.TrimSuffix(s.path, "passkey")+"change"), key.page())
	b.want(b.submit(s, "answer", "right"), core.PageNewPassword)
	w.pass(6 * time.Minute)
	s = b.get("/account/password") // not fresh any more: from the start, by what can be both at once
	b.want(s, key.page())
	if s.Links["signin"] == "" {
		t.Error("who does not have it at hand has no other way")
	}
}

func TestMF06_OrganizationsAndTheHookCanOnlyAdd(t *testing.T) {
	refuse := false
	var asked core.SignInQuestion
	w := newSecondWorld(t, core.Policy{Organizations: true}, func(c *provider.Config) {
		c.Hooks.SignIn = func(_ context.Context, q core.SignInQuestion) (core.Requirement, error) {
			asked = q
			return core.Requirement{Refuse: refuse}, nil
		}
	})
	w.own()
	b := w.browser()
	b.says(b.signIn(request("own"), ada), core.ACROneFactor, "pwd")
	if asked.Account.Email != ada || asked.Client != "own" || asked.Address != "192.0.2.7" || asked.KnownBrowser || asked.Shown[0].Method != "password" {
		t.Errorf("asked %+v", asked)
	}
	o := core.Organization{ID: core.NewID(w.now()), Name: "acme", Row: core.Row{Change: core.NewID(w.now())}}
	o.RequireSecond = true
	w.must(w.store.CreateOrganization(t.Context(), core.OrganizationChange{Organization: o}))
	a, err := w.store.AccountByIdentifier(t.Context(), core.Identifier{Kind: core.IdentifierEmail, Value: ada})
	w.must(err)
	w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: a, PutMemberships: []core.Membership{
		{MembershipKey: core.MembershipKey{Kind: core.MemberOfOrganization, Of: o.ID}, Account: a.ID},
	}}))
	b.want(b.get(request("own")), core.PageEnrol)
	if !asked.KnownBrowser {
		t.Error("the browser is not known")
	}
	refuse = true
	if s := b.get(request("own")); b.answer(s).Get("error") != "access_denied" {
		t.Error(s.location)
	}
	before := w.sessions(a.ID)
	if s := w.browser().signIn(request("own"), ada); b.answer(s).Get("error") != "access_denied" || w.sessions(a.ID) != before {
		t.Errorf("%s, %d sessions", s.location, w.sessions(a.ID))
	}
	if s := b.get("/account/password"); s.Error != core.PageNotAllowed.Name {
		t.Errorf("page %q, error %q", s.Name, s.Error)
	}
}

func TestCost_CredentialsAreReadOnlyWhereSomethingMayBeMissing(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator)
	b := w.browser()
	b.says(b.submit(b.signIn(request("own"), ada), "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	w.store.Reset()
	b.says(b.get(request("own")), core.ACRTwoFactors, "pwd otp mfa")
	if seen := w.store.Seen(); seen["Credentials"] != 0 {
		t.Errorf("read %v", seen)
	}
}
