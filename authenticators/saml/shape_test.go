package saml_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keywright/keywright/authenticators/saml"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// What every authenticator owes the flow, as far as one goes that sends people
// elsewhere.
func TestConformance(t *testing.T) {
	metadata, err := os.ReadFile(filepath.Join("testdata", "idp.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func() (core.Authenticator, error){
		"in code": func() (core.Authenticator, error) {
			return saml.New(saml.IdentityProvider{Name: "okta", Metadata: metadata})
		},
		"connections": func() (core.Authenticator, error) { return saml.Connections(saml.Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			conformance.TestAuthenticator(t, conformance.Candidate{New: make}, conformance.AuthenticatorShape()...)
		})
	}
}
