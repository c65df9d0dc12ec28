package oidcsuite_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// configPlan is oidcc-config-certification-test-plan.
var configPlan = []play{{"oidcc-discovery-endpoint-verification", verifyDiscovery}}

// registered are the members of metadata documents that the suite knows. Others
// make it warn.
var registered = strings.Fields(`
	issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint revocation_endpoint
	introspection_endpoint end_session_endpoint scopes_supported response_types_supported response_modes_supported
	grant_types_supported acr_values_supported subject_types_supported id_token_signing_alg_values_supported
	token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported display_values_supported
	revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
	introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
	claim_types_supported claims_supported claims_parameter_supported request_parameter_supported
	request_uri_parameter_supported require_request_uri_registration ui_locales_supported claims_locales_supported
	service_documentation op_policy_uri op_tos_uri code_challenge_methods_supported prompt_values_supported
	authorization_response_iss_parameter_supported client_id_metadata_document_supported
	pushed_authorization_request_endpoint require_pushed_authorization_requests device_authorization_endpoint
	dpop_signing_alg_values_supported backchannel_logout_supported backchannel_logout_session_supported
	frontchannel_logout_supported frontchannel_logout_session_supported`)

// languageTag is the part of RFC 5646 that locales of pages use, in canonical case.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

func verifyDiscovery(m *module) {
	if m.meta.text("issuer") != m.issuer {
		m.Errorf("DS-03: issuer is %v", m.meta["issuer"])
	}
	for name, value := range m.meta {
		if !slices.Contains(registered, name) {
			m.Errorf("the member %q is not registered", name)
		}
		if value == nil || equal(value, []any{}) || value == "" {
			m.Errorf("%s is there without a value", name)
		}
		if strings.HasSuffix(name, "_endpoint") || strings.HasSuffix(name, "_uri") {
			m.checkEndpoint(name, m.meta.text(name))
		}
	}
	for name, value := range map[string]string{
		"response_types_supported": "code", "scopes_supported": "openid", "subject_types_supported": "public",
		"id_token_signing_alg_values_supported": "RS256", "code_challenge_methods_supported": "S256",
		"grant_types_supported": "authorization_code", "claims_supported": "sub",
		"token_endpoint_auth_methods_supported": "client_secret_basic",
	} {
		if !slices.Contains(m.meta.list(name), value) {
			m.Errorf("DS-02: %s is %v", name, m.meta[name])
		}
	}
	for _, tag := range m.meta.list("ui_locales_supported") {
		if !languageTag.MatchString(tag) {
			m.Errorf("%q is no language tag", tag)
		}
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} {
		if m.meta.text(name) == "" {
			m.Errorf("DS-02: %s is missing", name)
		}
	}
	m.checkKeys()
}

// checkEndpoint: https wherever the issuer is.
func (m *module) checkEndpoint(name, value string) {
	m.Helper()
	u, err := url.Parse(value)
	if err != nil || u.Scheme+"://"+u.Host != m.origin() || u.Fragment != "" {
		m.Errorf("%s is %q", name, value)
	}
}

// checkKeys: public halves only, told apart by kid.
func (m *module) checkKeys() {
	m.Helper()
	a := m.get(m.meta.text("jwks_uri"))
	kids := map[string]bool{}
	keys, _ := a.json["keys"].([]any)
	if len(keys) == 0 {
		m.Errorf("DS-06: no keys: %s", a.body)
	}
	for _, one := range keys {
		key := claims(one.(map[string]any))
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if _, there := key[private]; there {
				m.Errorf("DS-06: a key shows %q", private)
			}
		}
		if key.text("kid") == "" || kids[key.text("kid")] || key.text("use") != "sig" || key.text("alg") == "" || key.text("kty") == "" {
			m.Errorf("DS-06: key %v", key)
		}
		kids[key.text("kid")] = true
	}
	for _, key := range m.keySet.Keys {
		if !key.Valid() || !key.IsPublic() {
			m.Errorf("DS-06: key %q is not a valid public key", key.KeyID)
		}
	}
}
