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
	"github.com/keywright/keywright/internal/jose"
)

// EM-02: an agent that publishes itself, with keys and the grant type, needs nobody
// to have agreed to it here before: the company's identity provider has. Its row is
// made with the first grant.
func TestEM02_AnAgentThatPublishesItselfUsesAnIDJAG(t *testing.T) {
	const mcp, company = "https://mcp.example/notes", "https://idp.company.example"
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	idp, err := jose.NewSigner(jose.ES256, "idp", key)
	if err != nil {
		t.Fatal(err)
	}
	w := &keyring{newWorld(t, cimd.Options{}, func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: mcp, Scopes: []string{"read", "write"}}}
		c.TrustedIssuers = []core.TrustedIssuer{{Issuer: company, Keys: jose.JWKS(idp.JWK()), People: &core.TrustedPeople{
			Access: []core.Access{{Resource: mcp, Scopes: []string{"read"}}}, JustInTime: true,
		}}}
	}), t, map[string]*jose.Signer{}}
	app := w.app()
	w.publishKey("one")
	idJAG := func() url.Values {
		claims, err := json.Marshal(map[string]any{
			"iss": company, "sub": "ada", "aud": w.Issuer(), "client_id": w.id, "resource": mcp, "scope": "read write",
			"jti": rand.Text(), "iat": w.Now().Unix(), "exp": w.Now().Add(time.Minute).Unix(),
		})
		if err != nil {
			t.Fatal(err)
		}
		token, err := idp.Sign(core.TypeIDJAG, claims)
		if err != nil {
			t.Fatal(err)
		}
		return w.signed("one", url.Values{"grant_type": {core.GrantJWTBearer}, "assertion": {token}})
	}
	if got := app.Token(idJAG()); got.Error != "unauthorized_client" || w.row(t).Version != 0 {
		t.Fatalf("without the grant type: %d %s", got.Status, got.Body)
	}
	w.publish("token_endpoint_auth_method", `"private_key_jwt"`, "jwks", string(jose.JWKS(w.keys["one"].JWK())),
		"grant_types", `["authorization_code","`+core.GrantJWTBearer+`"]`)
	w.Advance(25 * time.Hour) // the document is read anew
	if got := app.Token(idJAG()); got.Status != http.StatusOK || w.row(t).Version == 0 {
		t.Fatalf("with it: %d %s", got.Status, got.Body)
	}
	if got := app.Token(idJAG()); got.Status != http.StatusOK {
		t.Fatalf("by its row: %d %s", got.Status, got.Body)
	}
}
