package clientreg_test

import (
	"context"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// Presets say what each kind of application needs; the rest is yours.
func ExampleSinglePage() {
	page := clientreg.SinglePage("notes-web", "Notes", "https://notes.example.com/")
	job := clientreg.Service("notes-backup", "Nightly backup")
	job.Scope, job.Env = "notes:read", "BACKUP_SECRET"
	claude := clientreg.Seed{ID: "claude", Preset: "claude"}
	claude.Scope = "openid offline_access notes:read"

	c := keywright.Config{}
	c.Clients = []core.ClientLane{clientreg.Seeded(page, job, claude)}
	_, _ = keywright.New(context.Background(), c)
}

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
