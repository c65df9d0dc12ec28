package dialogues

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/jose"
)

// Other hosts of the dialogues with agents: another provider, which trusts ours,
// a platform that runs jobs and an app's own site.
const (
	partner  = "https://partner.example"
	platform = "https://ci.example"
	paper    = "https://paper.example/client.json"
)

// APIs of the dialogues with agents.
const (
	todos  = "https://todos.example/mcp"
	orders = "https://orders.example"
	stock  = "https://stock.example"
	ledger = "https://ledger.example"
	tools  = "https://tools.example/mcp" // of the partner
)

// What APIs, people and clients are called in dialogues with agents. Each has as
// its secret "a secret of" and its name.
var agents = map[string]string{
	"notes": "notes", "notes.secret": "a secret of notes", "notes.callback": "https://notes.example/callback",
	"orders": "orders", "orders.secret": "a secret of orders", "orders.api": orders,
	"stock": "stock", "stock.secret": "a secret of stock", "stock.api": stock,
	"ledger": "ledger", "ledger.secret": "a secret of ledger", "ledger.api": ledger,
	"todos": "todos", "todos.secret": "a secret of todos", "todos.api": todos,
	"tools": "tools", "tools.secret": "a secret of tools", "tools.api": tools, "partner": partner,
	"visitor": "visitor", "visitor.secret": "a secret of visitor",
	"terminal": "terminal", "terminal.callback": "com.example.terminal:/callback",
	"paper": paper, "paper.callback": "https://paper.example/callback",
	"program.callback": "http://127.0.0.1:49152/cb",
	"anna":             "anna@example.com", "anna.password": "three quiet otters at noon",
}

// Agents is a provider over db with APIs, apps and agents of every lane, and
// beside it the hosts that they have to do with; and the providers that there are
// by then. The template was put into db, or names a new tenant.
func (m *Template) Agents(t *testing.T, db core.Database) (dialogue.World, func() []*providertest.Provider) {
	t.Helper()
	ci := newSigner(t, "ci")
	here := providertest.New(t, providertest.WithStart(began), providertest.WithDatabase(db), providertest.WithPages(m.pages),
		providertest.WithConfig(func(c *keywright.Config) { c.Tenant = m.name; configureAgents(c, ci) }))
	populateAgents(here)
	all := []*providertest.Provider{here}
	there := sync.OnceValue(func() http.Handler { // few dialogues go there
		all = append(all, m.partner(t, db, here))
		return all[1].Handler()
	})
	w := worldOf(t, here, signed{"job": func() (string, error) { return job(ci, here.Now()) }})
	w.Values = agents
	w.Advance = func(d time.Duration) {
		for _, p := range all {
			p.Advance(d)
		}
	}
	desk := operator(here.Clients())
	w.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case "partner.example":
			there().ServeHTTP(w, r)
		case "operator.example":
			desk.ServeHTTP(w, r)
		default:
			here.Handler().ServeHTTP(w, r)
		}
	})
	return w, func() []*providertest.Provider { return all }
}

func configureAgents(c *keywright.Config, ci *jose.Signer) {
	c.Issuer = origin
	c.Resources = []core.Resource{
		{URI: todos, Name: "Todos", Scopes: []string{"todos:read", "todos:write"}},
		{URI: orders, Name: "Orders", Scopes: []string{"orders:read"}},
		{URI: stock, Name: "Stock", Scopes: []string{"stock:read", "stock:write"}},
		{URI: ledger, Name: "Ledger", Scopes: []string{"ledger:read"}, Format: core.JWT, Algorithm: "ES256"},
	}
	c.Exchange = core.Exchange{
		Rules: []core.ExchangeRule{
			{Client: agents["orders"], From: []string{orders}, To: stock, Needs: []string{"orders:read"}, Scopes: []string{"stock:read"}, OtherScopes: true},
			{Client: agents["stock"], From: []string{stock}, To: ledger, Scopes: []string{"ledger:read"}, OtherScopes: true, Exchanged: true},
		},
		Assertions: []core.AssertionRule{
			{Client: agents["notes"], ClientID: agents["visitor"], Audience: partner, Resource: tools, Scopes: []string{"tools:use"}, Everybody: true, Email: true},
		},
	}
	c.TrustedIssuers = []core.TrustedIssuer{{Issuer: platform, Keys: jose.JWKS(ci.JWK()), Workloads: []core.TrustedWorkload{{
		Client: "deploy", Claims: map[string]string{"repository": "acme/site"}, Access: []core.Access{{Resource: stock, Scopes: []string{"stock:write"}}},
	}}}}
	c.Clients = append(c.Clients, published{cimd.New(cimd.Options{Resources: []string{todos}})},
		clientreg.Dynamic(clientreg.DynamicOptions{Approval: true, Resources: []string{todos}}))
}

func populateAgents(p *providertest.Provider) {
	p.Client(clientreg.Seed{
		ID: agents["notes"], Name: "Notes", Secret: secretOf("notes"), RedirectURIs: []string{agents["notes.callback"]},
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken, core.GrantTokenExchange},
		Scope:      "openid email offline_access orders:read todos:read todos:write", Resources: []string{orders, todos},
	})
	for name, api := range map[string]string{"orders": orders, "stock": stock, "ledger": ledger, "todos": todos} {
		p.Client(clientreg.Seed{
			ID: agents[name], Secret: secretOf(name), GrantTypes: []string{core.GrantTokenExchange}, Serves: []string{api}, RedirectURIs: []string{},
		})
	}
	p.Client(clientreg.Seed{
		ID: agents["terminal"], Name: "Terminal", AuthMethod: "none", TokenPolicy: "long_lived", GrantTypes: []string{core.GrantAuthorizationCode},
		RedirectURIs: []string{agents["terminal.callback"]}, Scope: "openid todos:read", Resources: []string{todos},
	})
	p.Client(clientreg.Seed{ID: "deploy", AuthMethod: "none", GrantTypes: []string{core.GrantJWTBearer}, RedirectURIs: []string{}, Scope: "stock:write", Resources: []string{stock}})
	p.Person(agents["anna"], agents["anna.password"])
}

// partner is another provider in the same database, which takes assertions about
// people from the first.
func (m *Template) partner(t *testing.T, db core.Database, from *providertest.Provider) *providertest.Provider {
	t.Helper()
	said := httptest.NewRecorder()
	from.Handler().ServeHTTP(said, httptest.NewRequest(http.MethodGet, origin+"/jwks", nil))
	p := providertest.New(t, providertest.WithStart(from.Now()), providertest.WithDatabase(db), providertest.WithPages(m.pages), providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer, c.Tenant, c.Resources = partner, m.name+"-partner", []core.Resource{{URI: tools, Scopes: []string{"tools:use"}}}
		c.TrustedIssuers = []core.TrustedIssuer{{Issuer: origin, Keys: said.Body.Bytes(), People: &core.TrustedPeople{
			Access: []core.Access{{Resource: tools, Scopes: []string{"tools:use"}}}, Domains: []string{"example.com"}, JustInTime: true,
		}}}
	}))
	p.Client(clientreg.Seed{ID: agents["visitor"], Secret: secretOf("visitor"), GrantTypes: []string{core.GrantJWTBearer}, RedirectURIs: []string{}, Scope: "tools:use", Resources: []string{tools}})
	p.Client(clientreg.Seed{ID: agents["tools"], Secret: secretOf("tools"), GrantTypes: []string{core.GrantTokenExchange}, Serves: []string{tools}, RedirectURIs: []string{}})
	return p
}

// job is how a job of the platform says what it is.
func job(ci *jose.Signer, now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"iss": platform, "sub": "repo:acme/site", "aud": origin, "repository": "acme/site",
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	return ci.Sign("JWT", claims)
}

func secretOf(name string) clientreg.Secret {
	return clientreg.Secret{Text: clientreg.SecretText(agents[name+".secret"])}
}

// operator lets what an operator does be asked for as requests are, so that its
// store calls are lost like theirs: POST /disable, /approve …, with client_id.
func operator(clients admin.Clients) http.Handler {
	acts := map[string]func(context.Context, string, admin.Act) (core.Client, error){
		"/approve": clients.Approve, "/disable": clients.Disable, "/enable": clients.Enable, "/delete": clients.Delete,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := acts[r.URL.Path](r.Context(), r.FormValue("client_id"), admin.Act{By: "ola", Reason: "a dialogue"})
		w.Header().Set("Content-Type", "application/json")
		switch {
		case errors.Is(err, core.ErrUnavailable):
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"client_id": c.ID, "disabled": c.Disabled, "approved": c.Record.ApprovedBy != ""})
		}
	})
}

// published is the lane of clients that publish what they are, of which there is
// one, whose site needs no network.
type published struct{ core.ClientLane }

func (l published) Start(t core.Tools) error {
	t.HTTP = &http.Client{Transport: site{}}
	return l.ClientLane.Start(t)
}

type site struct{}

func (site) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != paper {
		return nil, errors.New("nobody is there")
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"client_id": paper, "client_name": "Paper", "redirect_uris": []string{agents["paper.callback"]},
		"grant_types": []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, "token_endpoint_auth_method": "none",
	})
	return w.Result(), nil
}
