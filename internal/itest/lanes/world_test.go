package lanes

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	api  = "https://todo.example/api"
	word = "three quiet otters at noon"
)

// world is a provider that takes clients by every lane, the site that documents are published at, and a person.
type world struct {
	*providertest.Provider
	t     *testing.T
	anna  *providertest.Person
	guard *providertest.Client // an API, which asks about tokens
	site  *httptest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	w.site = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(rw, `{"client_id": %q, "client_name": "Todo", "redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native",
			"grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none", "scope": "openid email offline_access todo:read todo:write"}`,
			w.site.URL+r.URL.Path)
	}))
	t.Cleanup(w.site.Close)
	w.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Clients = append(c.Clients, cimd.New(cimd.Options{InsecureLoopback: true}), clientreg.Dynamic(clientreg.DynamicOptions{}))
		c.Resources = []core.Resource{{URI: api, Name: "Todo", Scopes: []string{"todo:read", "todo:write"}}}
	}))
	w.anna = w.Person("anna@example.com", word)
	w.guard = w.Client(clientreg.Seed{ID: "todo-api", Serves: []string{api}})
	return w
}

// lanes are the ways in which one and the same program becomes a client.
var lanes = []struct {
	name  core.Lane
	enter func(*world) string
}{
	{core.LaneSeeded, func(w *world) string {
		return w.Client(clientreg.Seed{
			ID: "todo", Name: "Todo", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/cb"},
			Scope: "openid email offline_access todo:read todo:write", Resources: []string{api},
		}).ID
	}},
	{core.LaneCIMD, func(w *world) string { return w.site.URL + "/client.json" }},
	{core.LaneDCR, func(w *world) string {
		r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.Issuer()+"/register", strings.NewReader(
			`{"client_name": "Todo", "redirect_uris": ["http://127.0.0.1/cb"], "grant_types": ["authorization_code", "refresh_token"],
			"token_endpoint_auth_method": "none", "scope": "openid email offline_access todo:read todo:write"}`))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		got := w.Do(r)
		var registered struct {
			ID string `json:"client_id"`
		}
		if err := json.Unmarshal(got.Body, &registered); err != nil || got.Status != http.StatusCreated {
			w.t.Fatalf("register: %d %s, %v", got.Status, got.Body, err)
		}
		return registered.ID
	}},
}

// program is the client, in whichever lane: public, waiting at a port of its own.
func (w *world) program(enter func(*world) string) *providertest.Client {
	w.t.Helper()
	waits := httptest.NewServer(http.NotFoundHandler())
	w.t.Cleanup(waits.Close)
	c := w.Client(clientreg.Seed{AuthMethod: "none"})
	c.ID, c.RedirectURI = enter(w), waits.URL+"/cb"
	return c
}

// seedOfOther is a client that has nothing to do with it.
var seedOfOther = clientreg.Seed{ID: "other", AuthMethod: "none"}
