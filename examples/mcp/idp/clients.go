package idp

import (
	"net/url"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"

	"github.com/keywright/keywright/examples/mcp/todo"
)

// Lanes are the ways by which clients become known, as MCP prefers them.
func Lanes(o Options) ([]core.ClientLane, error) {
	// 1. Those that you write down yourself: hosted assistants, with the redirect that their maker tells you.
	seeded := core.ClientLane(clientreg.Seeded())
	if o.ClientsFile != "" {
		var err error
		if seeded, err = clientreg.SeededFile(o.ClientsFile); err != nil {
			return nil, err
		}
	}
	// 2. Those that publish what they are: the client_id is the https URL of a document.
	documents := cimd.New(cimd.Options{InsecureLoopback: onLoopback(o.Issuer)})
	// 3. Those that register themselves: with a redirect to the person's own computer, or one that you list.
	dynamic := clientreg.Dynamic(clientreg.DynamicOptions{Redirects: o.Redirects})
	return []core.ClientLane{seeded, documents, dynamic}, nil
}

// Resources are the MCP servers that tokens are for: one, by the URL that clients call.
func Resources(todoURL string) []core.Resource {
	return []core.Resource{{URI: todoURL, Name: "Todos", Scopes: []string{todo.ScopeRead, todo.ScopeWrite}, Format: core.JWT}}
}

// Scopes say to people what they agree to.
func Scopes() []core.Scope {
	return []core.Scope{
		{Name: todo.ScopeRead, Text: map[string]string{"": "See your todos", "de": "Ihre Aufgaben sehen"}},
		{Name: todo.ScopeWrite, Text: map[string]string{"": "Add todos and mark them as done", "de": "Aufgaben hinzufügen und abhaken"}},
	}
}

// onLoopback: with an issuer on this machine, documents may be on it too. The provider refuses to start otherwise.
func onLoopback(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && u.Scheme == "http"
}
