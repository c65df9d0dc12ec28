package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// signedInOnce is a browser in which Ada has signed in by password alone,
// although she has more.
func signedInOnce(t *testing.T, has ...factor) (*world, *browser) {
	t.Helper()
	w := newSecondWorld(t, core.Policy{InsecureSecondOnDemand: true})
	w.own()
	if len(has) > 0 {
		w.has(ada, has...)
	}
	b := w.browser()
	b.says(b.signIn(request("own"), ada), core.ACROneFactor, "pwd")
	return w, b
}

// An API has answered 401 insufficient_user_authentication with these two
// parameters (RFC 9470 section 3); the app asks for them (section 4).
func TestST01_AChallengeOfAnAPIIsMet(t *testing.T) {
	w, b := signedInOnce(t, generator)
	challenged := request("own", "acr_values", core.ACRTwoFactors, "max_age", "60")
	w.pass(30 * time.Second)
	s := b.get(challenged)
	b.want(s, generator.page()) // half a minute old: the password still counts
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	w.pass(40 * time.Second) // the code is young enough, the password is not
	b.want(b.get(challenged), core.PagePassword)
	w.pass(time.Hour) // SE-14: what was shown then is worth nothing now
	s = b.get(challenged)
	b.want(s, core.PagePassword)
	s = b.submit(s, "password", "open")
	b.want(s, generator.page())
	w.pass(10 * time.Second)
	b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	g := w.newest()
	if since := g.CreatedAt.Sub(g.AuthTime); since != 10*time.Second || !g.AskedAuthTime {
		t.Errorf("auth_time is %v before", since)
	}
	w.pass(time.Minute)
	b.says(b.get(request("own")), core.ACRTwoFactors, "pwd otp mfa") // who asks for nothing gets what the session holds
}

func TestOC15_VoluntaryValuesAreAttempted(t *testing.T) {
	for name, c := range map[string]struct {
		has    []factor
		values string
		page   string // "" for none
	}{
		"nothing set up":           {nil, core.ACRTwoFactors, ""},
		"unknown value":            {[]factor{generator}, "gold", ""},
		"unknown, then known":      {[]factor{generator}, "gold " + core.ACRTwoFactors, generator.page()},
		"met already":              {[]factor{generator}, core.ACROneFactor + " " + core.ACRTwoFactors, ""},
		"first of two":             {[]factor{generator, key}, "phr " + core.ACRTwoFactors, key.page()},
		"first cannot, second can": {[]factor{generator}, "phr " + core.ACRTwoFactors, generator.page()},
		"a spare is one":           {[]factor{codes}, core.ACRTwoFactors, codes.page()},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := signedInOnce(t, c.has...)
			s := b.get(request("own", "acr_values", c.values))
			if c.page == "" {
				b.says(s, core.ACROneFactor, "pwd")
			} else {
				b.want(s, c.page)
			}
			// A wish is no reason to refuse silence.
			b.says(b.get(request("own", "acr_values", c.values, "prompt", "none")), core.ACROneFactor, "pwd")
		})
	}
}

func TestDS04_MetadataListsWhatCanBeReached(t *testing.T) {
	for _, tt := range []struct {
		w    *world
		says string
	}{
		{newWorld(t), `"acr_values_supported":["urn:keywright:acr:1fa"]`},
		{newSecondWorld(t, core.Policy{}), `"acr_values_supported":["urn:keywright:acr:1fa","urn:keywright:acr:2fa","phr","phrh"]`},
		{newSecondWorld(t, core.Policy{Levels: []core.Level{{Value: "gold", Requirement: core.Requirement{Second: true}}}}), `"acr_values_supported":["gold"]`},
	} {
		rec := httptest.NewRecorder()
		tt.w.provider.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, issuer+"/.well-known/openid-configuration", nil))
		if !strings.Contains(rec.Body.String(), tt.says) {
			t.Errorf("metadata lacks %s: %s", tt.says, rec.Body)
		}
	}
}

func essential(values ...string) string {
	return `{"id_token":{"acr":{"essential":true,"values":["` + strings.Join(values, `","`) + `"]}}}`
}

func TestOC15_EssentialValuesAreMetOrRefused(t *testing.T) {
	_, b := signedInOnce(t)
	refused := func(s shown, code string) {
		t.Helper()
		if got := b.answer(s); got.Get("error") != code || got.Get("iss") != issuer {
			t.Errorf("answer %v, want %s", got, code)
		}
	}
	refused(b.get(request("own", "claims", essential("gold"))), "unmet_authentication_requirements")
	refused(b.get(request("own", "claims", essential(core.ACRTwoFactors))), "unmet_authentication_requirements")
	b.says(b.get(request("own", "claims", essential("gold", core.ACROneFactor))), core.ACROneFactor, "pwd")

	w, b := signedInOnce(t, generator)
	b.want(b.get(request("own", "claims", essential("gold", core.ACRTwoFactors))), generator.page())
	if s := b.get(request("own", "claims", essential(core.ACRTwoFactors), "prompt", "none")); b.answer(s).Get("error") != "interaction_required" {
		t.Error(s.location)
	}
	refused = func(s shown, code string) {
		t.Helper()
		if got := b.answer(s); got.Get("error") != code {
			t.Errorf("answer %v, want %s", got, code)
		}
	}
	refused(b.get(request("own", "claims", essential("phr"))), "unmet_authentication_requirements")
	w.has(ada, key)
	s := b.get(request("own", "claims", essential("phrh")))
	b.want(s, key.page())
	b.says(b.submit(s, "answer", "right"), core.ACRHardware, "pwd hwk user mfa")
}

func TestMF06_AClientCanRequireALevel(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own(func(c *core.Client) { c.RequireACR = []string{core.ACRTwoFactors} })
	b := w.browser()
	b.answer(b.agree(request("app"), ada)) // another app is content with less
	s := b.get(request("own"))
	b.want(s, core.PageEnrol) // the operator wants it, so there is a way to it
	if got := b.answer(b.do(http.MethodGet, request("own", "prompt", "none"), nil)); got.Get("error") != "interaction_required" {
		t.Error(got)
	}
	b.says(b.submit(b.get(s.Ways[0].URL), "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")

	w.client("wishes", func(c *core.Client) { c.FirstParty, c.DefaultACR = true, []string{core.ACRTwoFactors} })
	b = w.browser()
	b.want(b.signIn(request("wishes"), ada), generator.page())
}

func TestOC11_LoginStartsFromTheBeginning(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator)
	b := w.browser()
	b.says(b.submit(b.signIn(request("own"), ada), "answer", "right", "remember_browser", "1"), core.ACRTwoFactors, "pwd otp mfa")
	for _, asked := range [][]string{{"prompt", "login"}, {"max_age", "0"}} {
		w.pass(time.Minute)
		s := b.get(request("own", asked...))
		b.want(s, core.PagePassword)
		s = b.submit(s, "password", "open")
		b.want(s, generator.page())
		if _, offered := s.Args["remember"]; offered {
			t.Errorf("%v: a remembered browser would not help", asked)
		}
		b.says(b.submit(s, "answer", "right"), core.ACRTwoFactors, "pwd otp mfa")
	}
}

func TestMF07_ARememberedBrowserIsSpared(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator)
	w.person("bob@example.com")
	w.has("bob@example.com", generator)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	if s.Args["remember"] == nil {
		t.Error("not offered")
	}
	b.says(b.submit(s, "answer", "right", "remember_browser", "1"), core.ACRTwoFactors, "pwd otp mfa")
	remembered := copyJar(t, b)
	again := func(jar http.CookieJar, who string, more ...string) shown {
		t.Helper()
		b := &browser{w, jar}
		b.signOut()
		return b.signIn(request("own", more...), who)
	}
	for name, c := range map[string]struct {
		who  string
		more []string
		page string
	}{
		"the same person":      {ada, nil, ""},
		"TTP08 another person": {"bob@example.com", nil, generator.page()},
		"a wish for two":       {ada, []string{"acr_values", core.ACRTwoFactors}, generator.page()},
		"a must of two":        {ada, []string{"claims", essential(core.ACRTwoFactors)}, generator.page()},
		"max_age":              {ada, []string{"max_age", "3600"}, generator.page()},
		"prompt=login":         {ada, []string{"prompt", "login"}, generator.page()},
	} {
		s := again(copyJar(t, &browser{w, remembered}), c.who, c.more...)
		if c.page != "" && s.Name != c.page {
			t.Errorf("%s: page %q, location %q", name, s.Name, s.location)
		}
		if c.page == "" {
			b.says(s, core.ACROneFactor, "pwd") // and says no more than what was shown
		}
	}
	// What is in the cookie is worth nothing without this browser's own, nor changed.
	stolen := w.browser()
	u := &url.URL{Scheme: "https", Host: "localhost", Path: "/"}
	for _, c := range remembered.Cookies(u) {
		if strings.Contains(c.Name, "kw_r_") {
			stolen.jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/", Secure: true}})
		}
	}
	stolen.want(stolen.signIn(request("own"), ada), generator.page())
	b.want(again(copyJar(t, &browser{w, remembered}), ada, "prompt", "login"), generator.page())
	w.pass(core.MaxRemember)
	b.want(again(copyJar(t, &browser{w, remembered}), ada), generator.page())
}

func TestMF07_ANewPasswordEndsRememberedBrowsers(t *testing.T) {
	w := newSecondWorld(t, core.Policy{})
	w.own()
	w.has(ada, generator)
	b := w.browser()
	b.says(b.submit(b.signIn(request("own"), ada), "answer", "right", "remember_browser", "1"), core.ACRTwoFactors, "pwd otp mfa")
	other := w.browser()
	other.asks(request("own"), ada)
	s := other.submit(other.get(w.link()), "identifier", ada)
	other.want(s, generator.page())
	b.want(b.signIn(request("own"), ada), generator.page())
}

func TestMF07_NotOfferedWhereThePolicySaysSo(t *testing.T) {
	w := newSecondWorld(t, core.Policy{RememberFor: -1})
	w.own()
	w.has(ada, generator)
	b := w.browser()
	s := b.signIn(request("own"), ada)
	if s.Args["remember"] != nil {
		t.Error("offered")
	}
	b.says(b.submit(s, "answer", "right", "remember_browser", "1"), core.ACRTwoFactors, "pwd otp mfa")
	if got := b.submit(b.signInAgain(request("own"), ada), "answer", "right"); got.location == "" {
		t.Error("remembered all the same")
	}
}

// signOut drops the session cookie, as signing out does; the browser keeps the
// rest.
func (b *browser) signOut() {
	u := &url.URL{Scheme: "https", Host: "localhost", Path: "/"}
	for _, c := range b.jar.Cookies(u) {
		if strings.Contains(c.Name, "kw_s_") {
			b.jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Path: "/", MaxAge: -1, Secure: true}})
		}
	}
}

// signInAgain signs out and in.
func (b *browser) signInAgain(target, email string) shown {
	b.w.t.Helper()
	b.signOut()
	s := b.signIn(target, email)
	b.want(s, generator.page())
	return s
}
