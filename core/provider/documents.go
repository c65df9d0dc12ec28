package provider

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/keywright/keywright/core"
)

// documents are the public documents of the issuer, as bytes made once.
type documents struct {
	metadata     []byte
	metadataETag string
	cacheControl []string // a header value, shared by all answers
}

// metadata is the document of RFC 8414 section 2 and OpenID Connect Discovery
// section 3. Only what is on is in it; what defaults to true is said where it
// is false (DS-04, DS-05).
type metadata struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	UserInfoEndpoint      string `json:"userinfo_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	RevocationEndpoint    string `json:"revocation_endpoint"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
	EndSessionEndpoint    string `json:"end_session_endpoint"`
	ChallengeEndpoint     string `json:"authorization_challenge_endpoint,omitempty"`
	DeviceEndpoint        string `json:"device_authorization_endpoint,omitempty"` // RFC 8628 section 4
	RegistrationEndpoint  string `json:"registration_endpoint,omitempty"`

	ScopesSupported        []string `json:"scopes_supported"`
	ResponseTypesSupported []string `json:"response_types_supported"`
	ResponseModesSupported []string `json:"response_modes_supported"`
	GrantTypesSupported    []string `json:"grant_types_supported"`
	GrantProfiles          []string `json:"authorization_grant_profiles_supported,omitempty"`
	SubjectTypesSupported  []string `json:"subject_types_supported"`
	IDTokenAlgorithms      []string `json:"id_token_signing_alg_values_supported"`

	TokenAuthMethods            []core.AuthMethod `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgorithms         []string          `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods       []core.AuthMethod `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgorithms    []string          `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthMethods    []core.AuthMethod `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthAlgorithms []string          `json:"introspection_endpoint_auth_signing_alg_values_supported"`

	ChallengeMethods    []string `json:"code_challenge_methods_supported"`
	IssuerParameter     bool     `json:"authorization_response_iss_parameter_supported"`
	ClaimsParameter     bool     `json:"claims_parameter_supported"`
	ClaimsSupported     []string `json:"claims_supported"`
	ClaimTypesSupported []string `json:"claim_types_supported"`
	RequestParameter    bool     `json:"request_parameter_supported"`
	RequestURIParameter bool     `json:"request_uri_parameter_supported"`
	PromptValues        []string `json:"prompt_values_supported"`
	DisplayValues       []string `json:"display_values_supported"`
	ACRValues           []string `json:"acr_values_supported,omitempty"`
	UILocales           []string `json:"ui_locales_supported,omitempty"`
	ClientDocuments     bool     `json:"client_id_metadata_document_supported,omitempty"`
	// RequestedTokenTypes is of draft-ietf-oauth-identity-chaining section 3 and
	// draft-ietf-oauth-identity-assertion-authz-grant section 7.1.
	RequestedTokenTypes []string `json:"identity_chaining_requested_token_types_supported,omitempty"`
}

// assertionAlgorithms are what client assertions may be signed with (CA-10).
var assertionAlgorithms = []string{"ES256", "EdDSA", "RS256", "PS256", "ES384"}

// providerScopes are the scopes of the provider itself.
var providerScopes = core.OpenIDScopes()

// prepareDocuments makes the bytes of the metadata document.
func (p *Provider) prepareDocuments() error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p.describe()); err != nil {
		return fmt.Errorf("metadata document: %w", err)
	}
	p.metadata = body.Bytes()
	p.metadataETag = etag(p.metadata)
	p.cacheControl = []string{fmt.Sprintf("public, max-age=%d", int(p.Lifetimes.Document.Seconds()))}
	return nil
}

func (p *Provider) describe() metadata {
	secret := []core.AuthMethod{core.AuthSecretBasic, core.AuthSecretPost, core.AuthPrivateKeyJWT}
	withPublic := append(slices.Clone(secret), core.AuthNone)
	prompts := []string{core.PromptNone, core.PromptLogin, core.PromptConsent, core.PromptSelect}
	if p.SignUp {
		prompts = append(prompts, core.PromptCreate)
	}
	challenge := ""
	if p.FirstPartyApps {
		challenge = p.url(challengePath)
	}
	registration := ""
	if p.registrar != nil {
		registration = p.url(registrationPath)
	}
	grants, device := []string{core.GrantAuthorizationCode, core.GrantRefreshToken, core.GrantClientCredentials}, ""
	if p.DeviceGrant {
		grants, device = append(grants, core.GrantDeviceCode), p.url(deviceRequestPath)
	}
	var chained []string
	if p.Exchange.Offered() {
		grants = append(grants, core.GrantTokenExchange)
	}
	if len(p.Exchange.Assertions) > 0 {
		chained = []string{core.TokenTypeIDJAG}
	}
	if len(p.trusted) > 0 {
		grants = append(grants, core.GrantJWTBearer)
	}
	return metadata{
		RequestedTokenTypes: chained,
		ChallengeEndpoint:   challenge, DeviceEndpoint: device, RegistrationEndpoint: registration,
		Issuer: p.Issuer, AuthorizationEndpoint: p.url("/authorize"), TokenEndpoint: p.url("/token"),
		UserInfoEndpoint: p.url("/userinfo"), JWKSURI: p.url("/jwks"), RevocationEndpoint: p.url("/revoke"),
		IntrospectionEndpoint: p.url("/introspect"), EndSessionEndpoint: p.url("/end-session"),

		ScopesSupported: p.scopesSupported(), ResponseTypesSupported: []string{"code"},
		ResponseModesSupported: []string{"query", "form_post"},
		GrantTypesSupported:    grants, GrantProfiles: p.grantProfiles(),
		SubjectTypesSupported: []string{"public"}, IDTokenAlgorithms: p.idTokenAlgorithms(),

		TokenAuthMethods: withPublic, TokenAuthAlgorithms: assertionAlgorithms,
		RevocationAuthMethods: withPublic, RevocationAuthAlgorithms: assertionAlgorithms,
		IntrospectionAuthMethods: secret, IntrospectionAuthAlgorithms: assertionAlgorithms,

		ChallengeMethods: []string{"S256"}, IssuerParameter: true, ClaimsParameter: true,
		ClaimsSupported: claimsSupported(), ClaimTypesSupported: []string{"normal"},
		PromptValues: prompts, DisplayValues: []string{"page"},
		ACRValues: p.policy.Values(), UILocales: p.locales(), ClientDocuments: p.hasLane(core.LaneCIMD),
	}
}

// grantProfiles are the profiles of assertions that are taken (EM-05).
func (p *Provider) grantProfiles() []string {
	if p.trusted.people() {
		return []string{core.ProfileIDJAG}
	}
	return nil
}

// hasLane says whether clients come by the lane.
func (p *Provider) hasLane(name core.Lane) bool {
	return slices.ContainsFunc(p.Lanes, func(l core.ClientLane) bool { return l.Lane() == name })
}

// scopesSupported lists the provider's own scopes, those of the resources and
// those described, once each.
func (p *Provider) scopesSupported() []string {
	all := slices.Clone(providerScopes)
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, s := range p.Scopes {
		add(s.Name)
	}
	for _, r := range p.Resources {
		for _, s := range r.Scopes {
			add(s)
		}
	}
	return all
}

// idTokenAlgorithms lists what ID tokens can be signed with, RS256 always among
// them (OpenID Connect Core section 15.1).
func (p *Provider) idTokenAlgorithms() []string { return p.Keys.Algorithms }

func (p *Provider) locales() []string {
	if p.Pages == nil {
		return nil
	}
	return p.Pages.Locales()
}

func claimsSupported() []string {
	return []string{
		"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid",
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
		"email", "email_verified", "phone_number", "phone_number_verified", "address",
	}
}

// etag is an entity tag made from the bytes, the same on every replica.
func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}
