package clientreg

import (
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func TestThreat_CFG01_SeedsAskForWhatThereIs(t *testing.T) {
	offers := core.Offers{Algorithms: []string{"RS256"}, Scopes: []string{"openid", "notes"}, Resources: []string{"https://api.example"}, ACR: []string{"1"}, Exchange: []string{"api"}}
	seed := func(change func(*Seed)) Seed {
		s := Seed{ID: "app", AuthMethod: "none", RedirectURIs: []string{"https://app.example/cb"}, Scope: "openid notes", Resources: []string{"https://api.example"}}
		change(&s)
		return s
	}
	for want, change := range map[string]func(*Seed){
		"":            func(*Seed) {},
		"scope":       func(s *Seed) { s.Scope = "openid nots" },
		"resources":   func(s *Seed) { s.Resources = []string{"https://api.example/"} },
		"serves ":     func(s *Seed) { s.Serves = []string{"https://api.exmple"} },
		"require_acr": func(s *Seed) { s.RequireACR = []string{"1", "2"} },
		"default_acr": func(s *Seed) { s.DefaultACR = []string{"2"} },
		"no rule names": func(s *Seed) {
			s.ID, s.AuthMethod, s.Secret = "other", "", Secret{Text: "0123456789012345678901234567890123456789"}
			s.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantTokenExchange}
		},
		"DeviceGrant": func(s *Seed) { s.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantDeviceCode} },
		"Config.Exchange": func(s *Seed) {
			s.AuthMethod, s.Secret = "", Secret{Text: "0123456789012345678901234567890123456789"}
			s.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantTokenExchange}
		},
		"TrustedIssuers": func(s *Seed) { s.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantJWTBearer} },
		"signed_res":     func(s *Seed) { s.IDTokenAlgorithm = "ES256" },
	} {
		err := Seeded(seed(change)).Start(core.Tools{Offers: offers})
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
		if err := Seeded(seed(change)).Start(core.Tools{}); err != nil {
			t.Errorf("%q, where nobody says what there is: %v", want, err)
		}
	}
}

// TX-02: who is named by a rule may hold the grant type.
func TestTX02_SeedsThatARuleNames(t *testing.T) {
	seed := Seed{ID: "api", GrantTypes: []string{core.GrantTokenExchange}}
	seed.Text = "0123456789012345678901234567890123456789"
	if err := Seeded(seed).Start(core.Tools{Offers: core.Offers{Algorithms: []string{"RS256"}, Exchange: []string{"api"}}}); err != nil {
		t.Error(err)
	}
}

// Who serves the provider's own API serves something that is known.
func TestThreat_CFG01_SeedsMayServeTheIssuer(t *testing.T) {
	offers := core.Offers{Algorithms: []string{"RS256"}, Resources: []string{"https://api.example"}}
	for serves, good := range map[string]bool{"https://id.example": true, "https://api.example": true, "https://elsewhere.example": false} {
		seed := Seed{ID: "api", GrantTypes: []string{core.GrantClientCredentials}, Serves: []string{serves}}
		seed.Text = "0123456789012345678901234567890123456789"
		if err := Seeded(seed).Start(core.Tools{Issuer: "https://id.example", Offers: offers}); (err == nil) != good {
			t.Errorf("%s: %v", serves, err)
		}
	}
}
