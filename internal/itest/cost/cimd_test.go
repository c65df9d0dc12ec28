package cost

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core/providertest"
)

// A client that publishes what it is costs the very statements that a seeded one
// does, once its document is in memory.
func TestStatementsOfAClientWithADocument(t *testing.T) {
	const callback = "https://app.example/callback"
	var id string
	documents := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"client_id":%q,"client_name":"App","redirect_uris":[%q],"grant_types":["authorization_code","refresh_token"]}`, id, callback)
	}))
	defer documents.Close()
	id = documents.URL + "/client.json"
	var heard statements
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cost.db"), sqlite.OnStatement(heard.hear))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := providertest.New(t, providertest.WithDatabase(db), providertest.WithMiddleware(mark), providertest.WithConfig(func(c *keywright.Config) {
		c.Clients = append(c.Clients, cimd.New(cimd.Options{InsecureLoopback: true}))
	}))
	seeded := p.Client(clientreg.Seed{AuthMethod: "none"})
	document := p.Client(clientreg.Seed{AuthMethod: "none"})
	document.ID, document.RedirectURI = id, callback
	browser := p.Person("ada@example.com", "three quiet otters at noon").Browser()
	said := map[string][2]string{}
	for i, c := range []*providertest.Client{seeded, document} {
		asked := c.Authorize()
		tokens := c.Redeem(asked, browser.SignInAndRemember(asked.URL))
		for name, run := range map[string]func(){
			"authorize":     func() { asked = c.Authorize(); browser.Open(asked.URL) },
			"refresh_token": func() { tokens = ok(t, c.Refresh(tokens.Refresh)).Tokens },
			"userinfo":      func() { ok(t, p.UserInfo(tokens.Access)) },
		} {
			run() // caches are full from here on
			heard.take()
			run()
			both := said[name]
			both[i] = heard.take()
			said[name] = both
		}
	}
	for name, both := range said {
		if both[0] == "" || both[0] != both[1] {
			t.Errorf("%s: a seeded client says %q, one with a document %q", name, both[0], both[1])
		}
	}
}
