package cimd_test

import (
	"net/http"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// world is a provider that knows the lane, a site and a person.
type world struct {
	*providertest.Provider
	*site
	lane   *cimd.Lane
	person *providertest.Person
	id     string
}

func newWorld(t *testing.T, o cimd.Options, change ...func(*keywright.Config)) *world {
	w := &world{site: newSite(t), lane: cimd.New(o)}
	w.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Clients = append(c.Clients, lane{w.lane, w.client()})
		for _, f := range change {
			f(c)
		}
	}))
	w.person = w.Person("anna@example.com", "three quiet otters at noon")
	w.id = w.url("/client.json")
	w.publish()
	return w
}

// publish serves the document, changed.
func (w *world) publish(changes ...string) {
	w.serves(http.StatusOK, "application/json", good(w.id, changes...))
}

// app is the application behind the document.
func (w *world) app() *providertest.Client {
	c := w.Client(clientreg.Seed{AuthMethod: "none"})
	c.ID, c.RedirectURI = w.id, "https://app.example.com/callback"
	return c
}

// row is what is stored of the client; the zero one for nothing.
func (w *world) row(t *testing.T) core.Client {
	t.Helper()
	c, err := w.Store().Client(t.Context(), w.id)
	if err != nil {
		return core.Client{}
	}
	return c
}
