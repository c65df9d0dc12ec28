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

// EM-02, INV-X2: where agents wait for an operator, the assertion of one that nobody
// has let in makes no account and no row, and is not used up.
func TestThreat_EM02_anAgentThatWaitsMakesNoAccounts(t *testing.T) {
	const mcp, company = "https://mcp.example/notes", "https://idp.company.example"
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	idp, err := jose.NewSigner(jose.ES256, "idp", key)
	if err != nil {
		t.Fatal(err)
	}
	w := &keyring{newWorld(t, cimd.Options{Approval: true}, func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: mcp, Scopes: []string{"read"}}}
		c.TrustedIssuers = []core.TrustedIssuer{{Issuer: company, Keys: jose.JWKS(idp.JWK()), People: &core.TrustedPeople{
			Access: []core.Access{{Resource: mcp, Scopes: []string{"read"}}}, JustInTime: true,
		}}}
	}), t, map[string]*jose.Signer{}}
	app := w.app()
	w.publishKey("one")
	w.publish("token_endpoint_auth_method", `"private_key_jwt"`, "jwks", string(jose.JWKS(w.keys["one"].JWK())),
		"grant_types", `["authorization_code","`+core.GrantJWTBearer+`"]`)
	claims, err := json.Marshal(map[string]any{
		"iss": company, "sub": "ada", "aud": w.Issuer(), "client_id": w.id, "resource": mcp, "scope": "read",
		"jti": rand.Text(), "iat": w.Now().Unix(), "exp": w.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := idp.Sign(core.TypeIDJAG, claims)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() url.Values {
		return w.signed("one", url.Values{"grant_type": {core.GrantJWTBearer}, "assertion": {token}})
	}
	made := func() int {
		events, err := w.Store().Events(t.Context(), core.EventFilter{Name: core.EventAccountCreated}, core.PageOf{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	before := made()
	if got := app.Token(ask()); got.Error != string(core.UnauthorizedClient) {
		t.Errorf("waiting: %d %s", got.Status, got.Body)
	}
	if made() != before || w.row(t).Version != 0 {
		t.Error("an account or a row was made for a client that waits")
	}
	if _, err := w.Clients().Approve(t.Context(), w.id, admin.Act{By: "ola"}); err != nil {
		t.Fatal(err)
	}
	if got := app.Token(ask()); got.Status != http.StatusOK || made() != before+1 {
		t.Errorf("approved: %d %s", got.Status, got.Body)
	}
}
