package keywright_test

import (
	"context"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// Two APIs: what exists there, how their tokens look, and what scopes mean.
func ExampleConfig_resources() {
	c := keywright.Config{}
	c.Resources = []core.Resource{
		{
			URI: "https://todos.example.com/mcp", Name: "Todos", Format: core.JWT, Lifetime: 5 * time.Minute,
			Scopes:        []string{"todos:read", "todos:write", "todos:admin"},
			DefaultScopes: []string{"todos:read"},
			Aliases:       []string{"https://todos.example.com"}, // clients that know the host alone
			IgnoreQuery:   true,                                  // and those that send ?team=…
		},
		{URI: "https://files.example.com", Name: "Files", Scopes: []string{"files:read"}},
	}
	c.Scopes = []core.Scope{
		{Name: "todos:read", Text: map[string]string{"": "See your todos", "de": "Ihre Aufgaben sehen"}},
		{Name: "todos:write", Text: map[string]string{"": "Change your todos", "de": "Ihre Aufgaben ändern"}, Implies: []string{"todos:read"}},
		{Name: "todos:admin", Text: map[string]string{"": "Delete lists", "de": "Listen löschen"}, Implies: []string{"todos:write"}, Vetted: true},
		{Name: "files:read", Text: map[string]string{"": "Read your files", "de": "Ihre Dateien lesen"}},
	}
	_, _ = keywright.New(context.Background(), c)
}
