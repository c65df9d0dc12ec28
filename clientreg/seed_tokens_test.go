package clientreg

import (
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// What lasts until it is revoked is asked for by name, of a client that a person
// can end, and of resources that ask whether it still counts.
func TestSeed_TokenPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Seed)
		want   string // part of the problem; empty for none
	}{
		"left out": {func(s *Seed) { s.TokenPolicy = "" }, ""},
		"short-lived": {func(s *Seed) {
			s.TokenPolicy, s.GrantTypes = "short_lived", append(s.GrantTypes, core.GrantRefreshToken)
		}, ""},
		"long-lived":          {func(*Seed) {}, ""},
		"of a device":         {func(s *Seed) { s.GrantTypes, s.RedirectURIs = []string{core.GrantDeviceCode}, nil }, ""},
		"another word":        {func(s *Seed) { s.TokenPolicy = "forever" }, "token_policy is neither short_lived nor long_lived"},
		"with refresh tokens": {func(s *Seed) { s.GrantTypes = append(s.GrantTypes, core.GrantRefreshToken) }, "keep one of them"},
		"without a person":    {func(s *Seed) { s.GrantTypes, s.RedirectURIs = []string{core.GrantClientCredentials}, nil }, "only what a person granted can last"},
		"a lifetime as well":  {func(s *Seed) { s.Lifetimes.AccessToken = time.Minute }, "write lifetimes.refresh_max"},
		"tokens as JWTs":      {func(s *Seed) { s.Resources = []string{"https://jwt.example"} }, "which nobody could end: make that resource's format opaque"},
	} {
		s := Seed{
			ID: "cli", Secret: Secret{SHA256: strings.Repeat("ab", 32)}, GrantTypes: []string{core.GrantAuthorizationCode},
			RedirectURIs: []string{"https://app.example/cb"}, Resources: []string{"https://api.example"}, TokenPolicy: "long_lived",
		}
		c.change(&s)
		clients, err := checkSeeds([]Seed{s}, "")
		if err == nil {
			err = checkOffers(clients, "", core.Offers{
				Algorithms: []string{"RS256"}, DeviceGrant: true,
				Resources: []string{"https://api.example", "https://jwt.example"}, Signed: []string{"https://jwt.example"},
			})
		}
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		case err == nil && clients[0].LongLived() != (s.TokenPolicy == "long_lived"):
			t.Errorf("%s: %q", name, clients[0].TokenPolicy)
		}
	}
}

// A preset gives a long-lived client no refresh tokens, which it could not have.
func TestSeed_TokenPolicyWithAPreset(t *testing.T) {
	for preset, want := range map[string]string{PresetNative: core.GrantAuthorizationCode, PresetDevice: core.GrantDeviceCode} {
		s := Seed{ID: "app", Preset: preset, TokenPolicy: "long_lived", Scope: "openid"}
		if preset == PresetNative {
			s.RedirectURIs = []string{"http://127.0.0.1/callback"}
		}
		clients, err := checkSeeds([]Seed{s}, "")
		if err != nil {
			t.Errorf("%s: %v", preset, err)
			continue
		}
		if got := strings.Join(clients[0].GrantTypes, " "); got != want {
			t.Errorf("%s: %s", preset, got)
		}
	}
}
