package races

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/databases"
)

const (
	orders = "https://orders.example"
	stock  = "https://stock.example"
)

// agents is a provider with an app, and an API that calls another for people.
type agents struct {
	t          *testing.T
	p          *providertest.Provider
	app        *providertest.Client
	api, other *providertest.Client // of orders, and of stock
	browser    *providertest.Browser

	mu    sync.Mutex
	given map[*providertest.Client][]string // access tokens, by who is asked about them
}

// onEachWithAgents runs a race in memory and on every database with pools of 1, 2
// and 32 connections.
func onEachWithAgents(t *testing.T, race func(w *agents)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { race(newAgents(t, memory.New(), "default")) })
	databases.Each(t, func(t *testing.T, _ string, open databases.Open) {
		for _, size := range []int{1, 2, 32} {
			t.Run(fmt.Sprint(size), func(t *testing.T) { race(newAgents(t, open(t, size), fmt.Sprint("pool-", size))) })
		}
	})
}

func newAgents(t *testing.T, db core.Database, tenant string) *agents {
	t.Helper()
	p := providertest.New(t, providertest.WithDatabase(db), providertest.WithConfig(func(c *keywright.Config) {
		c.Tenant = tenant
		c.Resources = []core.Resource{{URI: orders, Scopes: []string{"read", "write"}}, {URI: stock, Scopes: []string{"look"}}}
		c.Exchange.Rules = []core.ExchangeRule{{Client: "orders", From: []string{orders}, To: stock, Scopes: []string{"look"}, OtherScopes: true}}
	}))
	w := &agents{t: t, p: p, given: map[*providertest.Client][]string{}, browser: p.Person("ada@example.com", password).Browser()}
	w.app = p.Client(clientreg.Seed{ID: "notes", Scope: "offline_access read write", Resources: []string{orders}})
	for id, api := range map[string]string{"orders": orders, "stock": stock} {
		c := p.Client(clientreg.Seed{ID: id, GrantTypes: []string{core.GrantTokenExchange}, Serves: []string{api}})
		if api == orders {
			w.api = c
		} else {
			w.other = c
		}
	}
	return w
}

// code asks for scopes, agrees where that is asked, and gives what redeems the code.
func (w *agents) code(scopes ...string) url.Values {
	w.t.Helper()
	request := w.app.AuthorizeWith(url.Values{"resource": {orders}}, append(scopes, "offline_access")...)
	landed := w.browser.SignInAndRemember(request.URL)
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {landed.Answer("code")},
		"redirect_uri": {w.app.RedirectURI}, "code_verifier": {request.Verifier},
	}
}

func (w *agents) redeem(form url.Values) providertest.Tokens {
	w.t.Helper()
	a := w.app.Token(form)
	if a.Status != http.StatusOK {
		w.t.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.Tokens
}

func (w *agents) exchange(token string) providertest.Answer {
	return w.api.Token(url.Values{
		"grant_type": {core.GrantTokenExchange}, "subject_token": {token}, "subject_token_type": {core.TokenTypeAccessToken}, "resource": {stock},
	})
}

// answered keeps what was given, and judges what was refused. late says that what
// was asked for had ended before it was asked.
func (w *agents) answered(about *providertest.Client, a providertest.Answer, late bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case a.Status == http.StatusOK && late:
		w.t.Errorf("given after the end: %s", a.Body)
	case a.Status == http.StatusOK:
		w.given[about] = append(w.given[about], a.Access)
	case a.Status != http.StatusBadRequest && a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Error, "invalid_"):
		w.t.Errorf("%d %s", a.Status, a.Body)
	}
}

// over wants nothing of what was given to be active.
func (w *agents) over() {
	w.t.Helper()
	for about, tokens := range w.given {
		for _, token := range tokens {
			if a := about.Post("/introspect", url.Values{"token": {token}}); a.Status != http.StatusOK || strings.Contains(string(a.Body), `"active":true`) {
				w.t.Errorf("a token for %s: %d %s", about.ID, a.Status, a.Body)
			}
		}
	}
}

// CON-08, CN-09, INV-R1: a person disconnects an app while it refreshes, redeems a
// code and has its token exchanged.
func TestThreat_CON08_NothingOutlivesADisconnect(t *testing.T) {
	onEachWithAgents(t, func(w *agents) {
		held := w.redeem(w.code("read"))
		waiting := w.code("read")
		w.browser.Open(w.p.Issuer() + "/account/apps")
		w.browser.Submit("apps-form", nil, "act=disconnect:notes")
		w.given[w.app] = []string{held.Access}
		var done atomic.Bool
		together(25, func(n int) {
			late := done.Load()
			switch {
			case n == 12:
				if landed := w.browser.Submit("act", nil); landed.Status != http.StatusOK || landed.Page() != "apps" {
					w.t.Errorf("%d %s", landed.Status, landed.Body)
				}
				done.Store(true)
			case n%3 == 0:
				w.answered(w.app, w.app.Refresh(held.Refresh), late)
			case n%3 == 1:
				w.answered(w.other, w.exchange(held.Access), late)
			case n == 2:
				w.answered(w.app, w.app.Token(waiting), late)
			}
		})
		w.over()
		w.answered(w.app, w.app.Refresh(held.Refresh), true)
		w.answered(w.app, w.app.Token(waiting), true)
		w.answered(w.other, w.exchange(held.Access), true)
	})
}

// STA-01, TX-03: an operator disables the app, or the API that acts for people,
// while tokens are exchanged. Enabling it gives nothing back.
func TestThreat_TX03_NothingExchangedOutlivesADisabledClient(t *testing.T) {
	onEachWithAgents(t, func(w *agents) {
		for _, id := range []string{"orders", "notes"} {
			held := w.redeem(w.code("read"))
			act, done := admin.Act{By: "ola", Reason: "a race"}, atomic.Bool{}
			together(17, func(n int) {
				if n == 8 {
					if _, err := w.p.Clients().Disable(w.t.Context(), id, act); err != nil {
						w.t.Error(err)
					}
					done.Store(true)
					return
				}
				late := done.Load()
				w.answered(w.other, w.exchange(held.Access), late)
			})
			w.over()
			if _, err := w.p.Clients().Enable(w.t.Context(), id, act); err != nil {
				w.t.Error(err)
			}
			w.p.Advance(core.MaxClientStale + time.Second)
			w.over()
		}
	})
}

// MC-11: sixteen first uses of a grant that takes the place of another end that once.
func TestThreat_MC11_FirstUsesOfAReplacingGrant(t *testing.T) {
	onEachWithAgents(t, func(w *agents) {
		narrow := w.redeem(w.code("read"))
		wide := w.redeem(w.code("write"))
		if a := w.app.Refresh(narrow.Refresh); a.Status != http.StatusOK {
			w.t.Fatalf("ended by a redemption: %d %s", a.Status, a.Body)
		}
		together(16, func(int) {
			if a := w.app.Refresh(wide.Refresh); a.Status != http.StatusOK || len(strings.Fields(a.Scope)) != 2 {
				w.t.Errorf("%d %s", a.Status, a.Body)
			}
		})
		w.answered(w.app, w.app.Refresh(narrow.Refresh), true)
		w.given[w.app] = []string{narrow.Access}
		w.over()
		events, err := w.p.Store().Events(w.t.Context(), core.EventFilter{Name: core.EventGrantRevoked}, core.PageOf{Limit: 10})
		if err != nil || len(events) != 1 {
			w.t.Errorf("it ended %d times, %v", len(events), err)
		}
		all, err := w.p.Store().Grants(w.t.Context(), core.GrantFilter{Client: "notes"}, core.PageOf{Limit: 10})
		for _, g := range all {
			if len(g.Replaces) > 0 {
				w.t.Error("what it took the place of is still named")
			}
		}
		if err != nil {
			w.t.Error(err)
		}
	})
}
