package clientreg_test

import (
	"context"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// Programs on people's own computers, and one hosted assistant, register
// themselves.
func ExampleDynamic() {
	c := keywright.Config{}
	c.Clients = []core.ClientLane{
		clientreg.Seeded(), // your own applications
		clientreg.Dynamic(clientreg.DynamicOptions{
			Redirects: []string{"https://assistant.example.com/oauth/callback"},
			Scopes:    []string{"openid", "todo:read", "todo:write"},
		}),
	}
	_, _ = keywright.New(context.Background(), c)
}
