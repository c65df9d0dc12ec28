package clientreg_test

import (
	"context"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// A command-line program that keeps one token, like a key to an API, until its
// owner takes it back.
func ExampleSeeded_longLived() {
	c := keywright.Config{}
	c.Resources = []core.Resource{{URI: "https://api.example.com/", Scopes: []string{"builds:read"}}} // opaque tokens
	c.Clients = []core.ClientLane{clientreg.Seeded(clientreg.Seed{
		ID: "builds-cli", Name: "Builds for the command line", AuthMethod: "none",
		RedirectURIs: []string{"http://127.0.0.1/callback"},
		Scope:        "openid builds:read", Resources: []string{"https://api.example.com/"},
		TokenPolicy: "long_lived",
		Lifetimes:   clientreg.Lifetimes{RefreshMax: 90 * 24 * time.Hour}, // and 90 days at the most
	})}
	_, _ = keywright.New(context.Background(), c)
}
