package account

import (
	"context"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// asking is a provider that wants to know more of new people.
func asking(c *keywright.Config) {
	c.SignUpFields = []core.Field{
		{Name: "team", Label: map[string]string{"": "Team"}, Required: true, MaxLength: 10},
		{Name: "boss", Kind: core.FieldEmail, Label: map[string]string{"": "Manager"}, Claim: "manager"},
		{Name: "site", Kind: core.FieldSelect, Label: map[string]string{"": "Site"}, Options: []core.FieldOption{{Value: "lis"}, {Value: "osl"}}},
		{Name: "news", Kind: core.FieldCheckbox, Label: map[string]string{"": "News"}},
	}
	c.Terms = core.Terms{Version: "1", URL: "https://example.com/terms"}
}

// bySignUp are the ways to make an account here.
func (w world) bySignUp(b *providertest.Browser, way string) providertest.Landing {
	w.t.Helper()
	if way == "password" {
		return b.SignUp(w.app.Authorize().URL)
	}
	w.want(b.Open(w.app.Authorize().URL), "signin")
	w.want(b.Submit("ways", nil, "way=badge"), "code")
	return b.Submit("code-form", map[string]string{"code": "4711"})
}

// Whatever way somebody signs up, the same is asked, at once and all of it, and
// nothing exists before it is answered.
func TestSignUp_EveryWayAsksTheSame(t *testing.T) {
	for _, way := range []string{"password", "badge"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, asking, withBadge(false))
			kim := w.Stranger("kim@example.com", word)
			b := kim.Browser()
			w.want(w.bySignUp(b, way), "profile")
			for _, bad := range []map[string]string{
				{}, {"team": strings.Repeat("x", 11), "terms": "1"}, {"team": "a\u202eb", "terms": "1"}, {"team": "Ink", "terms": ""},
				{"team": "Ink", "terms": "1", "boss": "nobody"},
			} {
				if got := b.Submit("profile", bad); got.Page() != "profile" || got.Status != 400 {
					t.Errorf("%v: %q %d", bad, got.Page(), got.Status)
				}
			}
			if n := len(w.events(core.EventSignedIn)); n != 0 {
				t.Fatal("signed in before")
			}
			if got := b.Submit("profile", map[string]string{"team": "Ink", "boss": "Bob@example.com", "news": "1", "terms": "1"}); got.Page() != "consent" {
				t.Fatalf("%q (%s)", got.Page(), got.Heading())
			}
			all, err := w.Store().Accounts(t.Context(), core.PageOf{Limit: 10})
			w.must(err)
			a := all[0]
			if a.ID == w.ada.Account().ID {
				a = all[1]
			}
			if a.Terms == nil || a.Terms.Version != "1" || string(a.Claims["team"]) != `"Ink"` || string(a.Claims["manager"]) != `"Bob@example.com"` ||
				string(a.Claims["news"]) != "true" || a.Claims["site"] != nil {
				t.Errorf("kept %s, %+v", a.Claims, a.Terms)
			}
		})
	}
}

// A stale page posts once more: the account is not made twice, and nothing is
// signed in again by it.
func TestSignUp_AnsweredTwice(t *testing.T) {
	w := newWorld(t, asking)
	b := w.Stranger("kim@example.com", word).Browser()
	form := w.bySignUp(b, "password")
	w.want(form, "profile")
	answers := map[string]string{"team": "Ink", "terms": "1"}
	w.want(b.Submit("profile", answers), "consent")
	b.Return(form)
	w.want(b.Submit("profile", answers), "consent")
	if n := len(w.events(core.EventAccountCreated)); n != 1 {
		t.Errorf("made %d times", n)
	}
}

// The hook sees the whole account before it is written, may add to it and may
// refuse, with what to mend.
func TestSignUp_TheHookRunsInTheSameWrite(t *testing.T) {
	org := core.NewID(core.Instant(newWorld(t).Now()))
	var seen []core.SignUpQuestion
	w := newWorld(t, asking, func(c *keywright.Config) {
		c.Hooks.SignUp = func(_ context.Context, q core.SignUpQuestion) (core.AccountChange, error) {
			seen = append(seen, q)
			if string(q.Change.Account.Claims["team"]) == `"Spies"` {
				return q.Change, &core.ProblemError{Problem: core.Problem{Field: "team", ID: "field_choose"}}
			}
			m := core.Membership{MembershipKey: core.MembershipKey{Kind: core.MemberOfOrganization, Of: org}, Account: q.Change.Account.ID}
			q.Change.PutMemberships = append(q.Change.PutMemberships, m)
			return q.Change, nil
		}
	})
	kim := w.Stranger("kim@example.com", word)
	b := kim.Browser()
	w.want(w.bySignUp(b, "password"), "profile")
	if got := b.Submit("profile", map[string]string{"team": "Spies", "terms": "1"}); got.Page() != "profile" || !strings.Contains(got.Body, "Choose one of these") {
		t.Fatalf("refused: %q %s", got.Page(), got.Body)
	}
	w.want(b.Submit("profile", map[string]string{"team": "Ink", "terms": "1"}), "consent")
	m, err := w.Store().Memberships(t.Context(), kim.Account().ID, core.MemberOfOrganization, core.PageOf{Limit: 5})
	if err != nil || len(m) != 1 || m[0].Of != org {
		t.Errorf("memberships %v %v", m, err)
	}
	if q := seen[len(seen)-1]; q.Method != "password" || q.Client == "" || q.Change.Account.Email != "kim@example.com" {
		t.Errorf("asked %+v", q)
	}
}

// Without anything to ask, a refusal is shown all the same, and can be tried again.
func TestSignUp_TheHookRefusesWithoutAForm(t *testing.T) {
	open := false
	w := newWorld(t, func(c *keywright.Config) {
		c.Hooks.SignUp = func(_ context.Context, q core.SignUpQuestion) (core.AccountChange, error) {
			if !open {
				return q.Change, &core.ProblemError{Problem: core.Problem{ID: "email_format"}}
			}
			return q.Change, nil
		}
	})
	b := w.Stranger("kim@example.com", word).Browser()
	if got := w.bySignUp(b, "password"); got.Page() != "profile" || got.Status != 422 {
		t.Fatalf("%q %d", got.Page(), got.Status)
	}
	open = true
	w.want(b.Submit("profile", nil), "consent")
}

// Terms of another version are asked of everybody, in the middle of what they do.
func TestTerms_AreAskedAgainWhenTheyChange(t *testing.T) {
	w := newWorld(t, func(c *keywright.Config) { c.Terms = core.Terms{Version: "2", URL: "https://example.com/terms"} })
	b := w.ada.Browser()
	w.want(b.SignIn(w.app.Authorize().URL), "terms")
	if got := b.Submit("terms-form", nil); got.Page() != "terms" || got.Status < 400 {
		t.Errorf("without a tick: %q %d", got.Page(), got.Status)
	}
	w.want(b.Submit("terms-form", map[string]string{"terms": "1"}), "consent")
	if a := w.ada.Account(); a.Terms == nil || a.Terms.Version != "2" || len(w.events(core.EventTermsAccepted)) != 1 {
		t.Errorf("%+v", a.Terms)
	}
	w.want(w.ada.Browser().SignIn(w.app.Authorize().URL), "")
}
