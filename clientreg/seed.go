package clientreg

import "time"

// Seed is a client as an operator writes it down, under the names of RFC 7591
// and OpenID Connect Registration where those have one. What is left out has
// the defaults of OpenID Connect Registration section 2.
type Seed struct {
	// Preset fills in what is left out: "web", "single-page", "native", "service",
	// "device", or the name of a program that KnownClients lists, such as "claude".
	Preset string `yaml:"preset"`
	// ID is at most 512 printable ASCII characters without spaces, and does not
	// look like one of another lane: https://…, kw_cl_…
	ID string `yaml:"client_id"`
	// Name is what people read when they are asked to agree.
	Name string `yaml:"client_name"`
	// ClientURI, PolicyURI and TermsURI are https pages about it, offered as
	// links. LogoURI is kept, but pages load nothing from elsewhere.
	ClientURI string `yaml:"client_uri"`
	LogoURI   string `yaml:"logo_uri"`
	PolicyURI string `yaml:"policy_uri"`
	TermsURI  string `yaml:"tos_uri"`
	// RedirectURIs are complete: no wildcards. http is for loopback only.
	// LogoutURIs follow the same rules.
	RedirectURIs []string `yaml:"redirect_uris"`
	LogoutURIs   []string `yaml:"post_logout_redirect_uris"`
	// ApplicationType is "web" or "native"; empty follows the redirect URIs.
	ApplicationType string `yaml:"application_type"`
	// AuthMethod is how it authenticates: "client_secret_basic" (default),
	// "client_secret_post", "private_key_jwt", or "none" for public clients.
	AuthMethod string `yaml:"token_endpoint_auth_method"`
	// Secret of the client, in one of its forms.
	Secret `yaml:",inline"`
	// Secrets are further ones, for the time in which one replaces another.
	Secrets []Secret `yaml:"secrets"`
	// Keys is a JWK Set of public keys, or KeysURI the https URL of one: for
	// private_key_jwt, exactly one of them. In code a map or a JSON string.
	Keys    any    `yaml:"jwks"`
	KeysURI string `yaml:"jwks_uri"`
	// GrantTypes are "authorization_code" (default), "refresh_token",
	// "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
	// "urn:ietf:params:oauth:grant-type:token-exchange" and
	// "urn:ietf:params:oauth:grant-type:jwt-bearer".
	GrantTypes []string `yaml:"grant_types"`
	// Scope lists what it may ask for, separated by spaces. Empty means none.
	Scope string `yaml:"scope"`
	// DefaultScope is granted where a request names none; empty means all of
	// Scope but offline_access.
	DefaultScope string `yaml:"default_scope"`
	// Resources are the APIs it may ask tokens for; DefaultResource, one of
	// them, where a request names none.
	Resources       []string `yaml:"resources"`
	DefaultResource string   `yaml:"default_resource"`
	// Serves lists the resources that it is, each a resource of the provider or the
	// issuer: whose tokens it may introspect and, where a rule says so, exchange.
	Serves []string `yaml:"serves"`
	// FirstParty clients are the operator's own: consent is not asked for.
	FirstParty bool `yaml:"first_party"`
	// Challenge lets a first-party client ask people for passwords and codes
	// itself, by the authorization challenge endpoint of Config.FirstPartyApps.
	Challenge bool `yaml:"authorization_challenge"`
	// IDTokenAlgorithm is "RS256" (default), "ES256" or "EdDSA". It has to be one
	// of the provider's SigningAlgorithms.
	IDTokenAlgorithm string `yaml:"id_token_signed_response_alg"`
	// RequireAuthTime puts auth_time into every ID token.
	RequireAuthTime bool `yaml:"require_auth_time"`
	// DefaultMaxAge is in seconds; 0 is none.
	DefaultMaxAge int `yaml:"default_max_age"`
	// DefaultACR is the acr values that a request stands for where it names none,
	// in order of preference: wishes. RequireACR is a demand: every sign-in to the
	// client meets one of them.
	DefaultACR []string `yaml:"default_acr_values"`
	RequireACR []string `yaml:"require_acr"`
	// Rotation of refresh tokens: "on", "off", or empty: on for public clients.
	Rotation string `yaml:"refresh_token_rotation"`
	// TokenPolicy is "short_lived" (default): access tokens of at most an hour, and
	// refresh tokens where grant_types names them. "long_lived" is one opaque access
	// token that works until it is revoked or the person disconnects the client, at
	// most for lifetimes.refresh_max; grant_types then has no refresh_token.
	TokenPolicy string `yaml:"token_policy"`
	// StrictScopes answers invalid_scope where scopes it may not ask for would be
	// dropped in silence.
	StrictScopes bool `yaml:"strict_scopes"`
	// InsecureNoPKCE lets a confidential client leave PKCE out.
	InsecureNoPKCE bool `yaml:"insecure_no_pkce"`
	// Lifetimes override the provider's, where not zero.
	Lifetimes Lifetimes `yaml:"lifetimes"`
}

// Lifetimes are what a client may have of its own, such as "10m". See
// core.Lifetimes for defaults and limits.
type Lifetimes struct {
	Code        time.Duration `yaml:"code"`         // 1 s to 10 min
	AccessToken time.Duration `yaml:"access_token"` // 1 s to 1 h
	IDToken     time.Duration `yaml:"id_token"`     // 1 s to 1 h
	RefreshIdle time.Duration `yaml:"refresh_idle"` // 1 s to 1 y
	RefreshMax  time.Duration `yaml:"refresh_max"`  // 1 s to 1 y
	// Overlap is at most 60 s; negative is strict.
	Overlap time.Duration `yaml:"overlap"`
}
