package oidcsuite_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright"
)

// truth says what a member of the metadata document promises: each value that it
// lists must work, and none that it does not list.
type truth struct {
	works   func(m *module, value string)
	refused func(m *module, value string)
	// others are values that exist elsewhere; those that are listed are left out.
	others string
}

// truths has one entry for each member with a list of values. A member that is
// advertised and stands neither here nor among the plain ones fails the test.
var truths = map[string]truth{
	"scopes_supported": {scopeWorks, scopeRefused, "nosuch admin OPENID"},
	"response_types_supported": {
		func(m *module, v string) { m.flow(client1, "response_type", v) },
		refusedAtCallback("response_type", "unsupported_response_type"), "token id_token code,token code,id_token id_token,token code,id_token,token none CODE device_code",
	},
	"response_modes_supported": {modeWorks, refusedAtCallback("response_mode", "invalid_request"), "fragment query.jwt form_post.jwt jwt web_message Query"},
	"grant_types_supported": {grantWorks, grantRefused, `password implicit urn:ietf:params:oauth:grant-type:device_code
		urn:ietf:params:oauth:grant-type:jwt-bearer urn:ietf:params:oauth:grant-type:token-exchange urn:openid:params:grant-type:ciba`},
	"subject_types_supported":               {publicSubject, nil, ""},
	"id_token_signing_alg_values_supported": {idTokenAlgorithm, idTokenAlgorithmRefused, "none HS256 RS384 RS512 PS512 ES384 ES512 ES256K"},
	"token_endpoint_auth_methods_supported": {tokenAuth, tokenAuthRefused, authMethods},
	"token_endpoint_auth_signing_alg_values_supported": {
		assertionAt("token_endpoint"), assertionRefusedAt("token_endpoint"), assertionAlgs,
	},
	"revocation_endpoint_auth_methods_supported": {revocationAuth, tokenAuthRefused, authMethods},
	"revocation_endpoint_auth_signing_alg_values_supported": {
		assertionAt("revocation_endpoint"), assertionRefusedAt("revocation_endpoint"), assertionAlgs,
	},
	"introspection_endpoint_auth_methods_supported": {introspectionAuth, introspectionAuthRefused, authMethods},
	"introspection_endpoint_auth_signing_alg_values_supported": {
		assertionAt("introspection_endpoint"), assertionRefusedAt("introspection_endpoint"), assertionAlgs,
	},
	"code_challenge_methods_supported": {challengeMethod, challengeMethodRefused, "plain s256 S512"},
	"claims_supported":                 {claimWorks, claimRefused, "nosuch ssn roles c_hash"},
	"claim_types_supported":            {claimType, nil, ""},
	"prompt_values_supported":          {promptWorks, promptIgnored, "nosuch"},
	"display_values_supported":         {func(m *module, v string) { m.flow(client1, "display", v) }, nil, ""},
	"acr_values_supported":             {acrWorks, acrRefused, "phr phrh urn:mace:incommon:iap:silver 0"},
	"ui_locales_supported":             {localeWorks, localeIgnored, "tlh se"},
}

const (
	authMethods   = "client_secret_jwt tls_client_auth self_signed_tls_client_auth private_key_jwt client_secret_basic client_secret_post none"
	assertionAlgs = "none HS256 RS384 RS512 PS384 PS512 ES512 RS256 ES256 PS256 EdDSA ES384"
)

// endpoints say that each address serves what its name says.
var endpoints = map[string]func(*module, string){
	"authorization_endpoint": func(m *module, _ string) { m.flow(client1) },
	"token_endpoint":         func(m *module, _ string) { m.flow(client1) },
	"userinfo_endpoint":      func(m *module, _ string) { m.flow(client1) },
	"jwks_uri":               func(m *module, _ string) { m.checkKeys() },
	"revocation_endpoint":    revocationWorks,
	"introspection_endpoint": func(m *module, _ string) {
		m.checkActiveAs(client1, m.flow(client1).tokens.Access)
	},
	"end_session_endpoint": func(m *module, _ string) { logoutWith("s")(m) },
}

// flags say what true and false mean.
var flags = map[string]func(m *module, on bool){
	"authorization_response_iss_parameter_supported": func(m *module, on bool) {
		q := m.request(client1)
		if at := m.visit(q); at.url.Query().Has("iss") != on {
			m.Errorf("iss at %s", at)
		}
	},
	"claims_parameter_supported": func(m *module, on bool) {
		if !on {
			m.Error("there is no way to say no")
		}
		claimsEssential(m)
	},
	"request_parameter_supported": func(m *module, on bool) {
		if on {
			m.Error("no test sends an accepted request object")
		}
		requestObject(m)
	},
	"request_uri_parameter_supported": func(m *module, on bool) {
		if on {
			m.Error("no test sends an accepted request_uri")
		}
		q := m.request(client1, "request_uri", "urn:ietf:params:oauth:request_uri:x")
		m.checkRefused(q, m.visit(q), "request_uri_not_supported")
	},
}

// TestThreat_HDR13_MetadataIsTrue is generated from the document itself.
func TestThreat_HDR13_MetadataIsTrue(t *testing.T) {
	issuers(t, checkTruth)
}

// The same of a provider that is composed otherwise.
func TestThreat_HDR13_MetadataIsTrue_otherComposition(t *testing.T) {
	s := withResources(setting{})
	with := s.more
	s.more = func(c *keywright.Config) {
		with(c)
		c.NoSignUp, c.SigningAlgorithms = true, []string{"ES256"}
	}
	checkTruth(t, serve(t, s))
}

func checkTruth(t *testing.T, v *server) {
	document := v.begin(t, "").meta
	for _, name := range slices.Sorted(maps.Keys(document)) {
		t.Run(name, func(t *testing.T) {
			value := document[name]
			switch promise, lists := truths[name]; {
			case name == "issuer":
			case lists:
				promise.check(t, v, document.list(name))
			case endpoints[name] != nil:
				endpoints[name](v.begin(t, ""), document.text(name))
			case flags[name] != nil:
				flags[name](v.begin(t, ""), value == true)
			default:
				t.Errorf("nothing shows that %s is true", name)
			}
		})
	}
}

func (p truth) check(t *testing.T, v *server, listed []string) {
	if len(listed) == 0 {
		t.Error("lists nothing")
	}
	for _, value := range listed {
		t.Run(value, func(t *testing.T) { p.works(v.begin(t, ""), value) })
	}
	for other := range strings.FieldsSeq(p.others) {
		other = strings.ReplaceAll(other, ",", " ")
		if !slices.Contains(listed, other) {
			t.Run("not_"+other, func(t *testing.T) { p.refused(v.begin(t, ""), other) })
		}
	}
}
