package dialogues

import (
	"errors"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dialogue"
)

const origin = "https://id.example"

// What people and clients are called in every dialogue.
var known = map[string]string{
	"notes": "notes", "notes.secret": "a secret of the notes application", "notes.callback": "https://notes.example/callback",
	"phone": "phone", "phone.callback": "com.example.phone:/callback",
	"robot": "robot", "robot.secret": "a secret of the robot application",
	"anna": "anna@example.com", "anna.password": "three quiet otters at noon",
}

func TestDialogues(t *testing.T) {
	dialogue.Run(t, "testdata/*.txtar", func(t *testing.T) dialogue.World {
		p := providertest.New(t, providertest.WithStart(time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)),
			providertest.WithConfig(func(c *keywright.Config) {
				c.Issuer, c.Scopes = origin, []core.Scope{{Name: "read"}, {Name: "write"}}
			}))
		p.Client(clientreg.Seed{
			ID: known["notes"], Name: "Notes", Secret: clientreg.Secret{Text: clientreg.SecretText(known["notes.secret"])},
			RedirectURIs: []string{known["notes.callback"]}, LogoutURIs: []string{"https://notes.example/bye"},
		})
		p.Client(clientreg.Seed{ID: known["phone"], Name: "Phone", AuthMethod: "none", RedirectURIs: []string{known["phone.callback"]}})
		p.Client(clientreg.Seed{
			ID: known["robot"], Name: "Robot", Secret: clientreg.Secret{Text: clientreg.SecretText(known["robot.secret"])},
			GrantTypes: []string{core.GrantClientCredentials}, RedirectURIs: []string{}, Scope: "read",
		})
		p.Person(known["anna"], known["anna.password"])
		return dialogue.World{
			Handler: p.Handler(), Origin: origin, Now: p.Now, Advance: p.Advance, Values: known,
			Words: map[string]func(...string) (string, error){
				"mailed": func(args ...string) (string, error) {
					if len(args) != 1 {
						return "", errors.New("{mailed ADDRESS}")
					}
					return p.LastCode(args[0]), nil
				},
			},
		}
	})
}
