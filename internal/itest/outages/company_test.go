package outages

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const word = "three quiet otters at noon"

// company is a provider over a database, with one application and one person
// who is signed in.
type company struct {
	*providertest.Provider
	app, robot *providertest.Client
	ada        *providertest.Person
	browser    *providertest.Browser
	tokens     providertest.Tokens
	bare       providertest.Tokens // of the robot
}

func newCompany(t *testing.T, db core.Database) *company {
	t.Helper()
	c := &company{Provider: providertest.New(t, providertest.WithDatabase(db))}
	c.app = c.Client(clientreg.Seed{ID: "app"})
	c.robot = c.Client(clientreg.Seed{ID: "robot", GrantTypes: []string{core.GrantClientCredentials}, RedirectURIs: []string{"https://robot.example/"}, Scope: "email"})
	c.ada = c.Person("ada@example.com", word)
	c.browser = c.ada.Browser()
	request := c.app.Authorize()
	c.tokens = c.app.Redeem(request, c.browser.SignIn(request.URL))
	c.bare = c.robot.Token(url.Values{"grant_type": {core.GrantClientCredentials}}).Tokens
	return c
}

// reply is what an endpoint answered.
type reply struct {
	status int
	again  string // Retry-After
	to     string // Location
	body   string
}

// away says that the provider asks to be asked again, itself or by way of the
// client.
func (r reply) away() bool {
	return r.status == http.StatusServiceUnavailable && !strings.Contains(r.body, "invalid_") || strings.Contains(r.to, "error=temporarily_unavailable")
}

// ask sends a request to the provider with the cookies of the person.
func (c *company) ask(t *testing.T, method, path string, form url.Values, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.Issuer()+path, strings.NewReader(form.Encode()))
	must(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	client := *c.HTTP()
	client.Jar = c.browser.HTTP().Jar
	answer, err := client.Do(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return reply{answer.StatusCode, answer.Header.Get("Retry-After"), answer.Header.Get("Location"), string(body)}
}

// question is a request that may be repeated.
type question struct {
	name string
	want int // where the database works
	ask  func(t *testing.T) reply
}

// stored are the endpoints that need the database.
func (c *company) stored() []question {
	basic := func(client *providertest.Client, path string, pairs ...string) func(t *testing.T) reply {
		return func(t *testing.T) reply {
			t.Helper()
			form := url.Values{}
			for n := 0; n+1 < len(pairs); n += 2 {
				form.Set(pairs[n], pairs[n+1])
			}
			a := client.Post(path, form)
			return reply{status: a.Status, again: a.Header.Get("Retry-After"), body: string(a.Body)}
		}
	}
	page := func(path string) func(t *testing.T) reply {
		return func(t *testing.T) reply { t.Helper(); return c.ask(t, http.MethodGet, path, nil) }
	}
	authorize := strings.TrimPrefix(c.app.Authorize().URL, c.Issuer())
	return []question{
		{"authorize", http.StatusSeeOther, page(authorize + "&prompt=login")},
		{"change of password", http.StatusSeeOther, page("/account/password")},
		{"end of session", http.StatusOK, page("/end-session")},
		{"refresh", http.StatusOK, basic(c.app, "/token", "grant_type", "refresh_token", "refresh_token", c.tokens.Refresh)},
		{"introspection", http.StatusOK, basic(c.app, "/introspect", "token", c.tokens.Access)},
		{"introspection of a token without a grant", http.StatusOK, basic(c.robot, "/introspect", "token", c.bare.Access)},
		{"userinfo", http.StatusOK, func(t *testing.T) reply {
			t.Helper()
			return c.ask(t, http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+c.tokens.Access)
		}},
		{"revocation", http.StatusOK, basic(c.robot, "/revoke", "token", c.bare.Access)},
		{"readiness", http.StatusOK, page("/readyz")},
	}
}

// unstored are the endpoints that do without.
func (c *company) unstored() []question {
	var list []question
	for _, path := range []string{"/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/healthz"} {
		list = append(list, question{path, http.StatusOK, func(t *testing.T) reply { t.Helper(); return c.ask(t, http.MethodGet, path, nil) }})
	}
	return list
}

// works checks that every endpoint answers as it should, at the latest after some
// tries: on a busy machine a call may take longer than the adapter waits.
func (c *company) works(t *testing.T) {
	t.Helper()
	for _, q := range append(c.stored(), c.unstored()...) {
		until(t, func() string {
			if got := q.ask(t); got.status != q.want {
				return fmt.Sprintf("%s: %d, want %d: %s", q.name, got.status, q.want, got.body)
			}
			return ""
		})
	}
}

// recovers is works for a provider that was away: it is ready first.
func (c *company) recovers(t *testing.T) {
	t.Helper()
	until(t, func() string {
		if got := c.ask(t, http.MethodGet, "/readyz", nil); got.status != http.StatusOK {
			return "not ready"
		}
		return ""
	})
	c.works(t)
}

// away checks that every endpoint that needs the database says so in time, all
// asked at once, and that the others answer.
func (c *company) away(t *testing.T, within time.Duration) {
	t.Helper()
	c.Advance(10 * time.Second) // what is kept of clients for a while is over
	var all sync.WaitGroup
	for _, q := range c.stored() {
		all.Go(func() {
			begun := time.Now()
			got := q.ask(t)
			took := time.Since(begun)
			switch {
			case got.status != http.StatusServiceUnavailable || got.again == "" && q.name != "readiness":
				t.Errorf("%s: %d, Retry-After %q: %s", q.name, got.status, got.again, got.body)
			case took > within:
				t.Errorf("%s: took %s", q.name, took)
			}
		})
	}
	all.Wait()
	for _, q := range c.unstored() {
		if got := q.ask(t); got.status != q.want {
			t.Errorf("%s: %d: %s", q.name, got.status, got.body)
		}
	}
}
