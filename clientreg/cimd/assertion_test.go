package cimd_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/internal/jose"
)

const mcp, companyIdP = "https://mcp.example/notes", "https://idp.company.example"

// company is a world in which an identity provider vouches for its people.
type company struct {
	*keyring
	idp *jose.Signer
}

func newCompany(t *testing.T, o cimd.Options) *company {
	t.Helper()
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	idp, err := jose.NewSigner(jose.ES256, "idp", key)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, o, func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: mcp, Scopes: []string{"read", "write"}}}
		c.TrustedIssuers = []core.TrustedIssuer{{Issuer: companyIdP, Keys: jose.JWKS(idp.JWK()), People: &core.TrustedPeople{
			Access: []core.Access{{Resource: mcp, Scopes: []string{"read"}}}, JustInTime: true,
		}}}
	})
	f := &company{&keyring{w, t, map[string]*jose.Signer{}}, idp}
	f.publishKey("one")
	return f
}

// publishAgent puts the grant type into the document.
func (f *company) publishAgent() {
	f.publish("token_endpoint_auth_method", `"private_key_jwt"`, "jwks", string(jose.JWKS(f.keys["one"].JWK())),
		"grant_types", `["authorization_code","`+core.GrantJWTBearer+`"]`)
}

// idJAG is an assertion about Ada for the agent.
func (f *company) idJAG() string {
	f.t.Helper()
	claims, err := json.Marshal(map[string]any{
		"iss": companyIdP, "sub": "ada", "aud": f.Issuer(), "client_id": f.id, "resource": mcp, "scope": "read write",
		"jti": rand.Text(), "iat": f.Now().Unix(), "exp": f.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	token, err := f.idp.Sign(core.TypeIDJAG, claims)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

// form is what the agent sends with it.
func (f *company) form(idJAG string) url.Values {
	return f.signed("one", url.Values{"grant_type": {core.GrantJWTBearer}, "assertion": {idJAG}})
}

// EM-02: an agent that publishes itself, with keys and the grant type, needs nobody
// to have agreed to it here before: the company's identity provider has. Its row is
// made with the first grant.
func TestEM02_AnAgentThatPublishesItselfUsesAnIDJAG(t *testing.T) {
	f := newCompany(t, cimd.Options{})
	app := f.app()
	if got := app.Token(f.form(f.idJAG())); got.Error != "unauthorized_client" || f.row(t).Version != 0 {
		t.Fatalf("without the grant type: %d %s", got.Status, got.Body)
	}
	f.publishAgent()
	f.Advance(25 * time.Hour) // the document is read anew
	if got := app.Token(f.form(f.idJAG())); got.Status != http.StatusOK || f.row(t).Version == 0 {
		t.Fatalf("with it: %d %s", got.Status, got.Body)
	}
	if got := app.Token(f.form(f.idJAG())); got.Status != http.StatusOK {
		t.Fatalf("by its row: %d %s", got.Status, got.Body)
	}
}

// EM-02, INV-X2: where agents wait for an operator, the assertion of one that nobody
// has let in makes no account and no row, and is not used up.
func TestThreat_EM02_anAgentThatWaitsMakesNoAccounts(t *testing.T) {
	f := newCompany(t, cimd.Options{Approval: true})
	app := f.app()
	f.publishAgent()
	idJAG := f.idJAG()
	made := func() int {
		events, err := f.Store().Events(t.Context(), core.EventFilter{Name: core.EventAccountCreated}, core.PageOf{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	before := made()
	if got := app.Token(f.form(idJAG)); got.Error != string(core.UnauthorizedClient) {
		t.Errorf("waiting: %d %s", got.Status, got.Body)
	}
	if made() != before || f.row(t).Version != 0 {
		t.Error("an account or a row was made for a client that waits")
	}
	if _, err := f.Clients().Approve(t.Context(), f.id, admin.Act{By: "ola"}); err != nil {
		t.Fatal(err)
	}
	if got := app.Token(f.form(idJAG)); got.Status != http.StatusOK || made() != before+1 {
		t.Errorf("approved: %d %s", got.Status, got.Body)
	}
}
