package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	partner    = "https://as.partner.example"
	partnerAPI = "https://tools.partner.example/mcp"
)

// world is both APIs beside a provider with the rules.
type world struct {
	t             *testing.T
	p             *providertest.Provider
	orders, stock string
	exchange      Exchanger
	app, agent    *providertest.Client
}

func start(t *testing.T) *world {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	w := &world{t: t, orders: server.URL + "/orders", stock: server.URL + "/stock"}
	w.p = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{
			{URI: w.orders, Scopes: []string{scopeOrders}, Format: core.JWT}, {URI: w.stock, Scopes: []string{scopeStock}, Format: core.JWT},
		}
		c.Exchange = rules(w.orders, w.stock, partner, partnerAPI)
	}))
	w.app = w.p.Client(clientreg.Seed{ID: "shop", Resources: []string{w.orders}, Scope: "openid " + scopeOrders})
	w.agent = w.p.Client(clientreg.Seed{
		ID: "agent", Resources: []string{w.orders}, Scope: "openid " + scopeOrders,
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantTokenExchange},
	})
	api := w.p.Client(clientreg.Seed{ID: "orders-api", GrantTypes: []string{core.GrantTokenExchange}, Serves: []string{w.orders}})
	w.exchange = w.as(api)
	var err error
	if handler, err = serve(w.p.Issuer(), w.orders, w.stock, w.exchange, w.p.Now); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) as(c *providertest.Client) Exchanger {
	return Exchanger{TokenEndpoint: w.p.Issuer() + "/token", ClientID: c.ID, Secret: c.Secret, HTTP: http.DefaultClient}
}

func (w *world) call(api, token string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, api, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Body.Close()
	said, _ := io.ReadAll(got.Body)
	return got.StatusCode, strings.TrimSpace(string(said))
}

// signIn has the person sign in at the client, for the orders.
func (w *world) signIn(s *providertest.Person, c *providertest.Client) providertest.Tokens {
	request := c.AuthorizeWith(url.Values{"resource": {w.orders}}, "openid", scopeOrders)
	return c.Redeem(request, s.Browser().SignIn(request.URL))
}

// PR-12: the API exchanges what it was sent; the other API would refuse that.
func TestPR12_anAPICallsAnotherForAPerson(t *testing.T) {
	w := start(t)
	ada := w.p.Person("ada@example.com", "seven slow trains to Turin")
	token := w.signIn(ada, w.app).Access
	account := ada.Account()
	if status, said := w.call(w.orders, token); status != http.StatusOK || said != "3 chairs, for "+account.Subject()+", asked by orders-api" {
		t.Errorf("orders: %d %s", status, said)
	}
	if status, _ := w.call(w.stock, token); status != http.StatusUnauthorized {
		t.Errorf("the token was taken by an API that it is not for: %d", status)
	}
}

func TestTX04_anAgentActsForAPerson(t *testing.T) {
	w := start(t)
	ada := w.p.Person("ada@example.com", "seven slow trains to Turin")
	tokens, agent := w.signIn(ada, w.agent), w.as(w.agent)
	token, err := agent.ForAPI(t.Context(), tokens.Access, w.stock, scopeStock)
	if err != nil {
		t.Fatal(err)
	}
	if status, said := w.call(w.stock, token); status != http.StatusOK || !strings.HasSuffix(said, "asked by agent") {
		t.Errorf("stock: %d %s", status, said)
	}
	if _, err := agent.ForAPI(t.Context(), w.signIn(ada, w.app).Access, w.stock, scopeStock); err == nil {
		t.Error("TX-05: it exchanged a token that was another application's")
	}
}

func TestEM07_anAssertionForAPartner(t *testing.T) {
	w := start(t)
	ada := w.p.Person("ada@example.com", "seven slow trains to Turin")
	tokens, agent := w.signIn(ada, w.agent), w.as(w.agent)
	if _, err := agent.ForPartner(t.Context(), tokens.ID, partner, partnerAPI, "tools:use"); err == nil || !strings.Contains(err.Error(), "invalid_target") {
		t.Fatalf("she is not of the staff: %v", err)
	}
	w.join(ada, "staff")
	assertion, err := agent.ForPartner(t.Context(), tokens.ID, partner, partnerAPI, "tools:use")
	if err != nil || strings.Count(assertion, ".") != 2 {
		t.Fatalf("%q, %v", assertion, err)
	}
	if status, _ := w.call(w.orders, assertion); status != http.StatusUnauthorized {
		t.Errorf("an API took an assertion: %d", status)
	}
}

// join makes the person a member of an organization.
func (w *world) join(s *providertest.Person, organization string) {
	w.t.Helper()
	o := core.Organization{ID: core.NewID(w.p.Now()), Row: core.Row{Change: core.NewID(w.p.Now())}, Name: organization}
	err := w.p.Store().CreateOrganization(w.t.Context(), core.OrganizationChange{Organization: o})
	if err == nil {
		a := s.Account()
		a.Change = core.NewID(w.p.Now())
		err = w.p.Store().UpdateAccount(w.t.Context(), core.AccountChange{Account: a, PutMemberships: []core.Membership{{
			MembershipKey: core.MembershipKey{Kind: core.MemberOfOrganization, Of: o.ID}, Row: core.Row{Change: a.Change}, Account: a.ID,
		}}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
