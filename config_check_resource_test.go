package keywright_test

import (
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// IN-15, IN-16, MC-13: whose token it would be, and what a scope is part of, has to
// be clear at start.
func TestConfigSaysWhatIsWrongWithResources(t *testing.T) {
	for says, change := range map[string]func(*keywright.Config){
		"Resources[0].Aliases[0]: is not an absolute URI": func(c *keywright.Config) {
			c.Resources = []core.Resource{{URI: "https://api.example.com", Aliases: []string{"/v1"}}}
		},
		"Resources[1].Aliases[0]: is given twice, or is the issuer: it is the same as Resources[0].URI": func(c *keywright.Config) { // IN-15
			c.Resources = []core.Resource{{URI: "https://api.example.com"}, {URI: "https://mcp.example.com", Aliases: []string{"HTTPS://API.example.com/"}}}
		},
		"Resources[1].Aliases[0]: is given twice, or is the issuer: it is the same as Resources[0].Aliases[0]": func(c *keywright.Config) {
			c.Resources = []core.Resource{
				{URI: "https://api.example.com", IgnoreQuery: true, Aliases: []string{"https://api.example.com/mcp?a=1"}},
				{URI: "https://mcp.example.com", IgnoreQuery: true, Aliases: []string{"https://api.example.com/mcp?a=2"}},
			}
		},
		"Resources[0].Aliases[0]: is given twice, or is the issuer": func(c *keywright.Config) {
			c.Resources = []core.Resource{{URI: "https://api.example.com", Aliases: []string{"http://LOCALHOST:8080/"}}}
		},
		`Resources[0].DefaultScopes: holds "todos:read"`: func(c *keywright.Config) { // IN-16
			c.Resources = []core.Resource{{URI: "https://api.example.com", DefaultScopes: []string{"todos:read"}}}
		},
		`Scopes[0].Implies: holds "email", which no resource has`: func(c *keywright.Config) { // MC-13
			c.Resources = []core.Resource{{URI: "https://api.example.com", Scopes: []string{"admin"}}}
			c.Scopes = []core.Scope{{Name: "admin", Implies: []string{"email"}}}
		},
		`Scopes[0].Implies: leads from "read" back to it, by write, read`: func(c *keywright.Config) { // what is no part of the circle is not named
			c.Scopes = []core.Scope{{Name: "read", Implies: []string{"write"}}, {Name: "write", Implies: []string{"list", "read"}}, {Name: "list"}}
		},
		`Scopes[1].Implies: leads from "read" back to it, by write, admin, read`: func(c *keywright.Config) {
			c.Resources = []core.Resource{{URI: "https://api.example.com", Scopes: []string{"admin", "read", "write"}}}
			c.Scopes = []core.Scope{{Name: "admin", Implies: []string{"read"}}, {Name: "read", Implies: []string{"write"}}, {Name: "write", Implies: []string{"admin"}}}
		},
	} {
		c := sound(t)
		change(&c)
		_, err := keywright.New(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	c := sound(t) // what is written out comes before any query
	c.Resources = []core.Resource{
		{URI: "https://api.example.com/mcp", IgnoreQuery: true, Aliases: []string{"https://api.example.com", "https://api.example.com/mcp/"}},
		{URI: "https://api.example.com/mcp?team=a"},
	}
	if _, err := keywright.New(t.Context(), c); err != nil {
		t.Error(err)
	}
}
