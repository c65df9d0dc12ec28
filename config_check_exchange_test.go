package keywright_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// exchanging is a sound configuration with a rule of each kind.
func exchanging(t *testing.T) keywright.Config {
	c := sound(t)
	c.Resources = []core.Resource{{URI: ordersAPI, Scopes: []string{"read"}}, {URI: stockAPI, Scopes: []string{"read", "pay"}}}
	c.Exchange = core.Exchange{
		Rules:      []core.ExchangeRule{{Client: "orders", From: []string{ordersAPI, c.Issuer}, To: stockAPI, Scopes: []string{"read"}}},
		Assertions: []core.AssertionRule{{Client: "agent", Audience: "https://as.partner.example", Resource: "https://mcp.partner.example/mcp", Everybody: true}},
	}
	return c
}

const ordersAPI, stockAPI = "https://orders.example.com", "https://stock.example.com"

// CFG01: a rule of an exchange that could not be used, or means something else
// than it seems to, is named at start.
func TestTX02_ExchangeRulesAreChecked(t *testing.T) {
	c := exchanging(t)
	if _, err := keywright.New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(r *core.ExchangeRule, a *core.AssertionRule, c *keywright.Config){
		"Exchange.Rules[0].Client: is empty":                      func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.Client = "" },
		"Exchange.Rules[0].From: is empty":                        func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.From = nil },
		`Exchange.Rules[0].From[0]: is "x", which is no resource`: func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.From = []string{"x"} },
		"Exchange.Rules[0].From: holds To itself":                 func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.From = []string{stockAPI} },
		`Exchange.Rules[0].To: is "http://localhost:8080", which is no resource`: func(r *core.ExchangeRule, _ *core.AssertionRule, c *keywright.Config) {
			r.To = c.Issuer
		},
		`Exchange.Rules[0].Scopes[0]: is "write"`:                       func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.Scopes = []string{"write"} },
		`Exchange.Rules[0].ACR[0]: is "gold", which nobody could reach`: func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.ACR = []string{"gold"} },
		"Exchange.Rules[0].MaxLifetime: is 2h0m0s":                      func(r *core.ExchangeRule, _ *core.AssertionRule, _ *keywright.Config) { r.MaxLifetime = 2 * time.Hour },
		"Exchange.Rules[1]: is a second rule": func(r *core.ExchangeRule, _ *core.AssertionRule, c *keywright.Config) {
			c.Exchange.Rules = append(c.Exchange.Rules, *r)
		},
		"Exchange.Assertions[0].Audience: is": func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) {
			a.Audience = "http://as.partner.example"
		},
		"Exchange.Assertions[0].Audience: is this issuer": func(_ *core.ExchangeRule, a *core.AssertionRule, c *keywright.Config) {
			a.Audience = c.Issuer
		},
		"Exchange.Assertions[0].Resource: is not an absolute URI": func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) {
			a.Resource = "mcp"
		},
		"Exchange.Assertions[0]: lets nobody": func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) { a.Everybody = false },
		"Exchange.Assertions[0].Everybody: is set beside": func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) {
			a.People = []string{"usr_x"}
		},
		`Exchange.Assertions[0].Algorithm: is "none"`: func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) {
			a.Algorithm = "none"
		},
		"Exchange.Assertions[0].Lifetime: is 1h0m0s": func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) { a.Lifetime = time.Hour },
		`Exchange.Assertions[0].Scopes[0]: is "a b"`: func(_ *core.ExchangeRule, a *core.AssertionRule, _ *keywright.Config) {
			a.Scopes = []string{"a b"}
		},
		"Exchange.Assertions[1]: is a second rule": func(_ *core.ExchangeRule, a *core.AssertionRule, c *keywright.Config) {
			c.Exchange.Assertions = append(c.Exchange.Assertions, *a)
		},
	} {
		c := exchanging(t)
		change(&c.Exchange.Rules[0], &c.Exchange.Assertions[0], &c)
		_, err := keywright.New(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
