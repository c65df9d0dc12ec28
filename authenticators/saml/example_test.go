package saml_test

import (
	"encoding/json"
	"os"
	"time"

	"github.com/keywright/keywright/authenticators/saml"
	"github.com/keywright/keywright/core"
)

// One identity provider, configured in code.
func ExampleNew() {
	company := func(metadata, certificate, key string) (core.Authenticator, error) {
		file, err := os.ReadFile(metadata)
		if err != nil {
			return nil, err
		}
		return saml.New(saml.IdentityProvider{
			Name: "harbour", Label: "Harbour", Metadata: file,
			Keys: []saml.Key{{Certificate: []byte(certificate), PrivateKey: []byte(key)}},
			Terms: saml.Terms{
				Domains:             []string{"harbour.example"}, // it speaks for these addresses
				Attributes:          saml.Attributes{Claims: map[string]string{"groups": "groups"}},
				MultiFactorContexts: []string{"https://refeds.org/profile/mfa"},
			},
		})
	}
	_ = company // its result goes into Config.Authenticators
}

// A key for the service provider, to be kept with the other secrets.
func ExampleGenerateKey() {
	key, err := saml.GenerateKey("id.example", time.Now(), 3*365*24*time.Hour)
	if err != nil {
		return
	}
	_ = os.WriteFile("saml.crt", key.Certificate, 0o600)
	_ = os.WriteFile("saml.key", key.PrivateKey, 0o600)
}

// A connection that an organization brings, checked before it is stored.
func ExampleCheckConnection() {
	settings, err := json.Marshal(saml.Settings{
		MetadataURL: "https://idp.harbour.example/metadata",
		Terms:       saml.Terms{EntityID: "https://idp.harbour.example/", Domains: []string{"harbour.example"}},
	})
	if err != nil {
		return
	}
	c := core.Connection{ID: core.NewID(time.Now()), Kind: saml.Method}
	c.Label, c.Settings = "Harbour", settings
	_ = saml.CheckConnection(c, saml.Options{})
}
