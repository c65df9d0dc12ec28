package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/upstream"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/orgreg"
)

const (
	clientID = "below"
	email    = "mara@example.com"
	password = "correct horse battery staple"
)

// world is two providers of ours, one below the other, with an application at the lower one and a person who has an
// account at the upper one alone.
type world struct {
	t           *testing.T
	above, here *providertest.Provider
	app         *providertest.Client
	mara        *providertest.Person
	secret      upstream.Secret // of here at above
	seeds       orgreg.Seeds    // of here
}

// newWorld makes here with the authenticators that make gives it beside the password.
func newWorld(t *testing.T, authenticator func(w *world) core.Authenticator, callback string) *world {
	t.Helper()
	w := &world{t: t}
	w.above = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Tenant = "above" }))
	w.mara = w.above.Person(email, password)
	w.here = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.JustInTime = true
		c.Authenticators = append(c.Authenticators, authenticator(w))
		c.Organizations = orgreg.Seeded(w.seeds)
	}))
	w.app = w.here.Client(clientreg.Seed{})
	if callback != "" {
		c := w.above.Client(clientreg.Seed{ID: clientID, Name: "Here", RedirectURIs: []string{w.here.Issuer() + callback}})
		w.secret = upstream.Secret(c.Secret)
	}
	return w
}

// keywrightAbove is above as a provider in code.
func keywrightAbove(w *world, change ...func(*upstream.Provider)) upstream.Provider {
	p := upstream.Provider{
		Name: "above", Label: "Above", Issuer: w.above.Issuer(), ClientID: clientID, Domains: []string{"example.com"},
		SecretFunc:            func(context.Context) (upstream.Secret, error) { return w.secret, nil },
		InsecureAllowLoopback: true,
	}
	for _, f := range change {
		f(&p)
	}
	return p
}

func inCode(change ...func(*upstream.Provider)) func(w *world) core.Authenticator {
	return func(w *world) core.Authenticator {
		a, err := upstream.New(keywrightAbove(w, change...))
		if err != nil {
			w.t.Fatal(err)
		}
		return a
	}
}

// userinfo is what the application learns.
func (w *world) userinfo(tokens providertest.Tokens) (claims struct {
	Sub, Name, Email string
	EmailVerified    bool `json:"email_verified"`
}) {
	w.t.Helper()
	answer := w.here.UserInfo(tokens.Access)
	if answer.Status != http.StatusOK {
		w.t.Fatalf("userinfo: %d %s", answer.Status, answer.Body)
	}
	if err := json.Unmarshal(answer.Body, &claims); err != nil {
		w.t.Fatal(err)
	}
	return claims
}

func wantPage(t *testing.T, at providertest.Landing, page string) {
	t.Helper()
	if at.Page() != page {
		t.Fatalf("the browser is at %v %q (%d), want %q\n%s", at.URL, at.Page(), at.Status, page, at.Body)
	}
}
