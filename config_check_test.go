package keywright_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

type noMail struct{}

func (noMail) Send(context.Context, string, core.Mail) error { return nil }

// sound is a configuration without a fault.
func sound(t *testing.T) keywright.Config {
	t.Helper()
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return keywright.Config{
		Issuer: "http://localhost:8080", Database: memory.New(), Secrets: []keywright.Secret{make([]byte, 32)},
		Clients: []core.ClientLane{clientreg.Seeded()}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: noMail{},
	}
}

func passkeys(t *testing.T, o passkey.Options) *passkey.Authenticator {
	t.Helper()
	a, err := passkey.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Each mistake is named with its setting at start, not by a request later.
func TestConfigSaysWhatIsWrong(t *testing.T) {
	if _, err := keywright.New(t.Context(), sound(t)); err != nil {
		t.Fatal(err)
	}
	api := core.Resource{URI: "https://api.example.com", Format: core.JWT}
	for says, change := range map[string]func(*keywright.Config){
		"Issuer: is empty":             func(c *keywright.Config) { c.Issuer = "" },
		"Secrets[0]: has 1 bytes":      func(c *keywright.Config) { c.Secrets = []keywright.Secret{{1}} },
		"Clients[0]: is nil":           func(c *keywright.Config) { c.Clients = []core.ClientLane{nil} },
		"Clients[1]: is a second lane": func(c *keywright.Config) { c.Clients = append(c.Clients, clientreg.Seeded()) },
		"Authenticators[0]: is nil":    func(c *keywright.Config) { c.Authenticators = []core.Authenticator{nil} },
		`both own the page "password"`: func(c *keywright.Config) { c.Authenticators = append(c.Authenticators, c.Authenticators[0]) },
		"nobody proves the addresses": func(c *keywright.Config) {
			c.Authenticators = []core.Authenticator{passkeys(t, passkey.Options{SignUp: true})}
		},
		`RPID "example.com" is neither`: func(c *keywright.Config) {
			c.Authenticators = []core.Authenticator{passkeys(t, passkey.Options{RPID: "example.com"})}
		},
		`SigningAlgorithms[0]: is "none"`: func(c *keywright.Config) { c.SigningAlgorithms = []string{"none"} },
		"Resources[0].Algorithm: is not among SigningAlgorithms": func(c *keywright.Config) {
			c.SigningAlgorithms, c.Resources = []string{"EdDSA"}, []core.Resource{api}
		},
		`Resources[0].Scopes: holds "a b"`: func(c *keywright.Config) {
			c.Resources = []core.Resource{{URI: "https://api.example.com", Scopes: []string{"a b"}}}
		},
		`Policy.First[0]: is "pasword", which no authenticator is called; use password`: func(c *keywright.Config) { c.Policy.First = []string{"pasword"} },
		`Policy.Seconds[0]: is "password", which cannot be a second factor`:             func(c *keywright.Config) { c.Policy.Seconds = []string{"password"} },
		"Policy.Require.Second: cannot be met; add an authenticator":                    func(c *keywright.Config) { c.Policy.Require.Second = true },
		"Policy.Require.PhishingResistant: cannot be met":                               func(c *keywright.Config) { c.Policy.Require.HardwareKey = true },
		"Policy.Require.Refuse: would let nobody in":                                    func(c *keywright.Config) { c.Policy.Require.Refuse = true },
		"Policy.Require.MaxAge: is 1s":                                                  func(c *keywright.Config) { c.Policy.Require.MaxAge = time.Second },
		"Policy.RememberFor: is 744h0m0s":                                               func(c *keywright.Config) { c.Policy.RememberFor = 31 * 24 * time.Hour },
		"Policy.Levels[1].Value: is given twice":                                        func(c *keywright.Config) { c.Policy.Levels = []core.Level{{Value: "a"}, {Value: "a"}} },
		`Policy.Levels[0].Methods[0]: is "totp"`: func(c *keywright.Config) {
			c.Policy.Levels = []core.Level{{Value: "a", Requirement: core.Requirement{Methods: []string{"totp"}}}}
		},
		"Resources[1].URI: is given twice":     func(c *keywright.Config) { c.Resources = []core.Resource{api, api} },
		"Scopes[1].Name: is given twice":       func(c *keywright.Config) { c.Scopes = []core.Scope{{Name: "read"}, {Name: "read"}} },
		`Scopes[0].Name: is ""`:                func(c *keywright.Config) { c.Scopes = []core.Scope{{}} },
		"TrustedProxies[0]: is not a network":  func(c *keywright.Config) { c.TrustedProxies = []netip.Prefix{{}} },
		"EgressProxy: is not an http or https": func(c *keywright.Config) { c.EgressProxy = "proxy:3128" },
		"PagesURL: is not an absolute URL":     func(c *keywright.Config) { c.PagesURL = "/signin" },
		"PagesURL: has another scheme":         func(c *keywright.Config) { c.PagesURL = "https://localhost:8081/" },
		"PagesURL: is not at the issuer's site": func(c *keywright.Config) {
			c.Issuer, c.PagesURL = "https://id.example.com", "https://example.org/"
		},
		"PagesURL: has a host that browsers": func(c *keywright.Config) {
			c.Issuer, c.PagesURL = "https://id.example.com", "https://LOGIN.example.com/"
		},
		"Lifetimes.Code: is 1h0m0s": func(c *keywright.Config) { c.Lifetimes.Code = time.Hour },
		"Lifetimes.PrePublish: is 6m0s; choose from 6m30s": func(c *keywright.Config) { // INV-Y2: replicas do not all know the key
			c.Lifetimes.PrePublish = 6 * time.Minute
		},
	} {
		c := sound(t)
		change(&c)
		_, err := keywright.New(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// All mistakes come at once.
func TestConfigSaysAllThatIsWrong(t *testing.T) {
	_, err := keywright.New(t.Context(), keywright.Config{EgressProxy: "x", SigningAlgorithms: []string{"none"}})
	if err == nil || strings.Count(err.Error(), "\n  - ") != 9 {
		t.Errorf("got %v, want nine problems", err)
	}
}
