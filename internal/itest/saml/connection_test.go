package saml

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	keywrightsaml "github.com/keywright/keywright/authenticators/saml"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// A connection that is kept in the store has a button of its own, addresses with
// its id, and, where it may, makes an account for who is not known yet.
func TestConnection_storedSignsIn(t *testing.T) {
	theirs := startIDP(t, "127.0.0.1")
	options := keywrightsaml.Options{Keys: []keywrightsaml.Key{serviceKey()}}
	a, err := keywrightsaml.Connections(options)
	must(t, err)
	w := &world{t: t, idp: theirs}
	w.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Authenticators = append(c.Authenticators, a) }))
	w.client = w.Client(clientreg.Seed{ID: "notes", Name: "Notes", RedirectURIs: []string{"https://notes.example/cb"}})
	w.mara = w.Stranger("mara@example.com", "unused")

	settings, err := json.Marshal(keywrightsaml.Settings{
		Metadata: string(theirs.described()), Terms: keywrightsaml.Terms{SignRequests: true, Domains: []string{"example.com"}, Attributes: keywrightsaml.Attributes{Email: "urn:oid:0.9.2342.19200300.100.1.3"}},
	})
	must(t, err)
	c := core.Connection{ID: core.NewID(w.Now()), Kind: keywrightsaml.Method}
	c.Label, c.Settings, c.JustInTime = "Harbour Works", settings, true
	must(t, keywrightsaml.CheckConnection(c, options))
	must(t, w.Store().CreateConnection(t.Context(), c))

	request := w.client.Authorize("openid", "email")
	b := w.mara.Browser()
	if at := b.Open(request.URL); !strings.Contains(at.Body, "Harbour Works") {
		t.Fatal(at.Body)
	}
	w.carry(b, b.Submit("ways", nil, "way=connection:"+c.ID.String()))
	tokens := w.client.Redeem(request, b.Continue())
	if info := string(w.UserInfo(tokens.Access).Body); !strings.Contains(info, `"mara@example.com"`) {
		t.Error(info)
	}
	if len(theirs.signed) != 1 || !theirs.signed[0] {
		t.Errorf("requests %v", theirs.signed)
	}
}
