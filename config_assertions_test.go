package keywright_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// federated is a sound configuration with an issuer for people and one for
// workloads.
func federated(t *testing.T) keywright.Config {
	t.Helper()
	c := sound(t)
	c.Resources = []core.Resource{{URI: "https://api.example.com", Scopes: []string{"read"}}}
	access := []core.Access{{Resource: "https://api.example.com", Scopes: []string{"read"}}}
	c.TrustedIssuers = []core.TrustedIssuer{
		{Issuer: "https://idp.example", KeysURI: "https://idp.example/keys", People: &core.TrustedPeople{Access: access, Domains: []string{"example.com"}}},
		{Issuer: "https://ci.example", KeysURI: "https://ci.example/keys", Workloads: []core.TrustedWorkload{
			{Client: "deploy", Claims: map[string]string{"sub": "x"}, Access: access},
		}},
	}
	return c
}

// JG-01, WF-01: nothing is trusted by a slip of the pen.
func TestThreat_CFG01_TrustedIssuersAreChecked(t *testing.T) {
	if _, err := keywright.New(t.Context(), federated(t)); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(people, work *core.TrustedIssuer){
		"TrustedIssuers[0].Issuer: is empty":                                          func(p, _ *core.TrustedIssuer) { p.Issuer = "" },
		"TrustedIssuers[0].Issuer: is the issuer of this provider":                    func(p, _ *core.TrustedIssuer) { p.Issuer = "http://localhost:8080" },
		"TrustedIssuers[1].Issuer: is trusted for people in one place and for":        func(p, w *core.TrustedIssuer) { w.Issuer = p.Issuer; w.Tenant = "t" },
		"TrustedIssuers[1].Issuer: is there twice":                                    func(p, w *core.TrustedIssuer) { *w = *p },
		"TrustedIssuers[0].KeysURI: and Keys are both there, or neither":              func(p, _ *core.TrustedIssuer) { p.KeysURI = "" },
		"TrustedIssuers[1].KeysURI: and Keys are both there, or neither":              func(_, w *core.TrustedIssuer) { w.Keys = json.RawMessage(`{"keys":[]}`) },
		"TrustedIssuers[0].KeysURI: is not an https URL":                              func(p, _ *core.TrustedIssuer) { p.KeysURI = "http://idp.example/keys" },
		"TrustedIssuers[0].Keys: holds no public key":                                 func(p, _ *core.TrustedIssuer) { p.KeysURI, p.Keys = "", json.RawMessage(`{"keys":[]}`) },
		`TrustedIssuers[0].Algorithms: holds "HS256"`:                                 func(p, _ *core.TrustedIssuer) { p.Algorithms = []string{"HS256"} },
		"TrustedIssuers[0]: is trusted for nothing, or for people and workloads":      func(p, _ *core.TrustedIssuer) { p.People = nil },
		"TrustedIssuers[1]: is trusted for nothing, or for people and":                func(p, w *core.TrustedIssuer) { w.People = p.People },
		"TrustedIssuers[1].Tenant: is set for workloads":                              func(_, w *core.TrustedIssuer) { w.Tenant = "t" },
		"TrustedIssuers[0].MaxAge: is 2h0m0s; choose up to 1h":                        func(p, _ *core.TrustedIssuer) { p.MaxAge = 2 * time.Hour },
		"TrustedIssuers[1].MaxAge: is 48h0m0s; choose up to 24h":                      func(_, w *core.TrustedIssuer) { w.MaxAge = 48 * time.Hour },
		"TrustedIssuers[1].Audiences: holds an empty one":                             func(_, w *core.TrustedIssuer) { w.Audiences = []string{""} },
		"TrustedIssuers[0].People.Access: is empty":                                   func(p, _ *core.TrustedIssuer) { p.People.Access = nil },
		`TrustedIssuers[0].People.Access: names the resource "https://x.example"`:     func(p, _ *core.TrustedIssuer) { p.People.Access = []core.Access{{Resource: "https://x.example"}} },
		`TrustedIssuers[0].People.Domains: holds "Example.com"`:                       func(p, _ *core.TrustedIssuer) { p.People.Domains = []string{"Example.com"} },
		`TrustedIssuers[0].People.Method: is "password", which names people`:          func(p, _ *core.TrustedIssuer) { p.People.Method = "password" },
		`TrustedIssuers[0].People.Method: is "upstream:x", which is none of`:          func(p, _ *core.TrustedIssuer) { p.People.Method = "upstream:x" },
		"TrustedIssuers[0].People.InsecureAssumeEmailVerified: is set without Domain": func(p, _ *core.TrustedIssuer) { p.People.InsecureAssumeEmailVerified, p.People.Domains = true, nil },
		"TrustedIssuers[1].Workloads[0].Client: is empty":                             func(_, w *core.TrustedIssuer) { w.Workloads[0].Client = "" },
		"TrustedIssuers[1].Workloads[0].Claims: is empty, so that every workload":     func(_, w *core.TrustedIssuer) { w.Workloads[0].Claims = nil },
		"TrustedIssuers[1].Workloads[0].Claims: holds an empty name or value":         func(_, w *core.TrustedIssuer) { w.Workloads[0].Claims = map[string]string{"sub": ""} },
		"TrustedIssuers[1].Workloads[0].Access: names the scope":                      func(_, w *core.TrustedIssuer) { w.Workloads[0].Access[0].Scopes = []string{"root"} },
		"TrustedIssuers[1].Workloads[0].Claims: fits workloads of strangers": func(_, w *core.TrustedIssuer) {
			w.Issuer, w.Workloads[0].Claims = "https://token.actions.githubusercontent.com", map[string]string{"ref": "refs/heads/main"}
		},
	} {
		c := federated(t)
		change(&c.TrustedIssuers[0], &c.TrustedIssuers[1])
		_, err := keywright.New(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
