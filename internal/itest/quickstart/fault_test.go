package quickstart

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/faults"
)

// Every store call of a sign-in, a redemption, a refresh and a userinfo is lost
// once, before and after its effect. Whoever waits for an answer gets it, or a 503
// and then, asking again, what they asked for; never invalid_grant.
// Where several calls in a row are lost, one thing is allowed: a code whose
// redemption was written, but neither its answer nor the read after it came
// through, is a spent code at the next try.
func TestThreat_FLT02_FLT03_FLT04_FLT05_FaultSweep(t *testing.T) {
	const most = 200
	for _, c := range []struct {
		name   string
		run    int // calls lost one after another
		after  bool
		method string // of the client: what is public rotates its refresh token
		signUp bool
	}{
		{"before", 1, false, "client_secret_basic", false}, {"after", 1, true, "client_secret_basic", false},
		{"before, rotating", 1, false, "none", false}, {"after, rotating", 1, true, "none", false},
		{"before, signing up", 1, false, "none", true}, {"after, signing up", 1, true, "none", true},
		{"two before", 2, false, "none", false}, {"two after", 2, true, "none", false},
		{"four before, signing up", 4, false, "none", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := &faults.Plan{}
			p := providertest.New(t, providertest.WithDatabase(faults.Database(memory.New(), plan)))
			app := p.Client(clientreg.Seed{AuthMethod: c.method})
			for n := 1; n <= most; n++ {
				p.Advance(time.Hour) // no limit of the last round is left
				if struck := sweepOnce(t, p, app, plan, n, c.run, c.after, c.signUp); struck == "" {
					t.Logf("%d calls", n-1)
					return
				}
			}
			t.Errorf("more than %d calls for one sign-in", most)
		})
	}
}

// sweepOnce runs the flow with one call lost, and names it.
func sweepOnce(t *testing.T, p *providertest.Provider, app *providertest.Client, plan *faults.Plan, n, run int, after, signUp bool) string {
	t.Helper()
	who := p.Stranger(fmt.Sprintf("ada%d@example.com", n), passwordOfAda)
	if !signUp {
		who = p.Person(who.Email, passwordOfAda)
	}
	browser := who.Browser()
	plan.Arm(n, run, after)
	defer plan.Disarm()
	f := sweep{t, plan, fmt.Sprintf("call %d", n)}
	request := app.Authorize()
	f.page(browser, "opening", "signin", func() providertest.Landing { return browser.Open(request.URL) })
	if signUp {
		f.page(browser, "wanting an account", "signup", func() providertest.Landing { return browser.Follow("signup") })
		f.page(browser, "making an account", "code", func() providertest.Landing {
			return browser.Submit("signup", map[string]string{"name": who.Name, "email": who.Email, "password": passwordOfAda})
		})
		f.page(browser, "the code", "consent", func() providertest.Landing {
			return browser.Submit("code-form", map[string]string{"code": p.LastCode(who.Email)})
		})
	} else {
		f.page(browser, "saying who", "password", func() providertest.Landing {
			return browser.Submit("signin", map[string]string{"identifier": who.Email})
		})
		f.page(browser, "the password", "consent", func() providertest.Landing {
			return browser.Submit("password-form", map[string]string{"password": passwordOfAda})
		})
	}
	landed := f.page(browser, "agreeing", "", func() providertest.Landing { return browser.Submit("consent", nil, "decision=allow") })
	tokens := f.tokens("redeeming", func() providertest.Answer {
		return app.Token(url.Values{
			"grant_type": {"authorization_code"}, "code": {landed.Answer("code")}, "redirect_uri": {app.RedirectURI}, "code_verifier": {request.Verifier},
		})
	})
	if tokens.Status != http.StatusOK {
		return plan.Struck()
	}
	renewed := f.tokens("refreshing", func() providertest.Answer { return app.Refresh(tokens.Refresh) })
	f.tokens("userinfo", func() providertest.Answer { return p.UserInfo(renewed.Access) })
	return plan.Struck()
}

type sweep struct {
	t    *testing.T
	plan *faults.Plan
	call string
}

func (f sweep) where(step string) string {
	return fmt.Sprintf("%s (%s lost) at %s", f.call, f.plan.Struck(), step)
}

// page does a step of the browser until the page that follows is there.
func (f sweep) page(b *providertest.Browser, step, want string, do func() providertest.Landing) providertest.Landing {
	f.t.Helper()
	from, again := b.Landed(), do
	for range 6 {
		got := again()
		switch {
		case got.Page() == want && got.Status < 300 && (want != "" || got.Answer("code") != ""):
			return got
		case got.Status == 0 && got.Answer("error") == "temporarily_unavailable": // the client may ask again
		case got.Status != http.StatusServiceUnavailable:
			f.t.Fatalf("%s: status %d at %v, page %q (%s)", f.where(step), got.Status, got.URL, got.Page(), got.Heading())
		}
		if again = do; from.URL != nil && got.URL.Host == from.URL.Host && got.URL.Path != from.URL.Path {
			again = func() providertest.Landing { return b.Open(got.URL.String()) } // the form went through: the page after it is missing
			continue
		}
		b.Return(from)
	}
	f.t.Fatalf("%s: asking again does not help", f.where(step))
	return providertest.Landing{}
}

// tokens does a step of a program until it succeeds.
func (f sweep) tokens(step string, do func() providertest.Answer) providertest.Answer {
	f.t.Helper()
	unknown := false
	for range 6 {
		got := do()
		if got.Status == http.StatusOK {
			return got
		}
		if unknown && step == "redeeming" && got.Error == "invalid_grant" && strings.Contains(f.plan.Struck(), "UpdateGrant ") {
			return got // the one exception: it was redeemed, and neither the answer nor the read after it came through
		}
		unknown = true
		if got.Status != http.StatusServiceUnavailable || bytes.Contains(got.Body, []byte("invalid_")) {
			f.t.Fatalf("%s: %d %s", f.where(step), got.Status, got.Body)
		}
	}
	f.t.Fatalf("%s: asking again does not help", f.where(step))
	return providertest.Answer{}
}
