package core

import (
	"encoding/json"
	"slices"
	"time"
)

// Lane is the way by which a client became known. The shape of a client_id
// picks the lane; none falls through to another.
type Lane string

// The three lanes of clients.
const (
	LaneSeeded Lane = "seeded" // written by the operator, in code, a file or the console
	LaneCIMD   Lane = "cimd"   // a client id metadata document at an https URL
	LaneDCR    Lane = "dcr"    // registered itself; loopback redirects only
)

// SelfRegistered says that nobody the operator knows vouches for the client.
func (l Lane) SelfRegistered() bool { return l == LaneDCR || l == LaneCIMD }

// AuthMethod is a token endpoint authentication method (RFC 7591 section 2).
type AuthMethod string

// The methods a client can be registered with. Only that one is accepted.
const (
	AuthNone          AuthMethod = "none"
	AuthSecretBasic   AuthMethod = "client_secret_basic"
	AuthSecretPost    AuthMethod = "client_secret_post"
	AuthPrivateKeyJWT AuthMethod = "private_key_jwt"
)

// The grant types that have names here.
const (
	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
	GrantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628
	GrantTokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693
	GrantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523
)

// Client is an application as stored, whichever lane it came by.
type Client struct {
	ID string
	Row
	Lane Lane
	// Disabled is the operator's switch; seeding again leaves it alone.
	Disabled bool
	// Deleted leaves a tombstone, so that the id and its epoch do not return.
	Deleted bool
	// Epoch only rises; what was granted under a lower one has ended.
	Epoch uint64
	// Record is what the provider and its operators keep of it.
	Record ClientRecord
	ClientMetadata
}

// ClientMetadata is what is known of a client, under the names of RFC 7591 and
// OpenID Connect Registration where those have one.
type ClientMetadata struct {
	Name            string         `json:"client_name,omitempty"`
	ClientURI       string         `json:"client_uri,omitempty"`
	LogoURI         string         `json:"logo_uri,omitempty"`
	PolicyURI       string         `json:"policy_uri,omitempty"`
	TermsURI        string         `json:"tos_uri,omitempty"`
	RedirectURIs    []string       `json:"redirect_uris,omitempty"`
	LogoutURIs      []string       `json:"post_logout_redirect_uris,omitempty"`
	ApplicationType string         `json:"application_type,omitempty"` // "web" or "native"
	AuthMethod      AuthMethod     `json:"token_endpoint_auth_method"`
	Secrets         []ClientSecret `json:"secrets,omitempty"`
	// Keys verify private_key_jwt: a JWK Set by value, or the URL of one.
	Keys    json.RawMessage `json:"jwks,omitempty"`
	KeysURI string          `json:"jwks_uri,omitempty"`

	GrantTypes []string `json:"grant_types,omitempty"`
	// Scopes that the client may ask for. Empty means none, not all.
	Scopes []string `json:"scopes,omitempty"`
	// DefaultScopes are granted where a request names none; empty means all of
	// Scopes but offline_access.
	DefaultScopes []string `json:"default_scopes,omitempty"`
	// Resources that the client may ask tokens for; DefaultResource where a
	// request names none. Empty: the issuer itself.
	Resources       []string `json:"resources,omitempty"`
	DefaultResource string   `json:"default_resource,omitempty"`
	// Serves lists the resources that this client is: whose tokens it may introspect
	// and, where an ExchangeRule says so, exchange.
	Serves []string `json:"serves,omitempty"`

	// FirstParty clients belong to the operator: consent is not asked for.
	FirstParty bool `json:"first_party,omitempty"`
	// Challenge lets a first-party client ask people itself, by the authorization
	// challenge endpoint.
	Challenge        bool          `json:"authorization_challenge,omitempty"`
	IDTokenAlgorithm string        `json:"id_token_signed_response_alg,omitempty"`
	RequireAuthTime  bool          `json:"require_auth_time,omitempty"`
	DefaultMaxAge    time.Duration `json:"default_max_age,omitempty"` // 0: none
	// DefaultACR are the acr values that a request of the client stands for where
	// it names none; RequireACR those of which every sign-in to it must meet one.
	DefaultACR []string `json:"default_acr_values,omitempty"`
	RequireACR []string `json:"require_acr,omitempty"`
	// Rotation of refresh tokens: "" decides by the kind of client, "on", "off".
	Rotation string `json:"rotation,omitempty"`
	// TokenPolicy of the client; empty is TokensShort. LongLived reads it.
	TokenPolicy TokenPolicy `json:"token_policy,omitempty"`
	// StrictScopes answers invalid_scope where another client's unknown scopes
	// would be dropped.
	StrictScopes bool `json:"strict_scopes,omitempty"`
	// InsecureNoPKCE lets a seeded confidential client leave PKCE out, because
	// certification plans do not send it (OAuth 2.1 section 7.5.1).
	InsecureNoPKCE bool `json:"insecure_no_pkce,omitempty"`
	// Document is set for clients of LaneCIMD.
	Document *ClientDocument `json:"document,omitempty"`
	// Lifetimes overrides the provider's, where not zero.
	Lifetimes Lifetimes `json:"lifetimes,omitzero"`
}

// ClientSecret is one secret of a client, kept as a plain SHA-256 since it has
// full entropy. Two may be valid at once while one replaces the other.
type ClientSecret struct {
	Hash Hash `json:"hash"`
	// Until is when it stops working; zero means never.
	Until time.Time `json:"until,omitzero"`
}

// Public says that the client cannot keep a secret.
func (c *Client) Public() bool { return c.AuthMethod == AuthNone }

// MayChallenge says whether the client may use the authorization challenge
// endpoint: only one that the operator wrote down as its own, and for that
// (FPA-01).
func (c *Client) MayChallenge() bool { return c.Lane == LaneSeeded && c.FirstParty && c.Challenge }

// MayUse says whether the client is registered for the grant type.
func (c *Client) MayUse(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }

// Rotates says whether its refresh tokens are replaced at every use: by its
// setting, or else for those that cannot authenticate (OAuth 2.1 section 4.3.1).
func (c *Client) Rotates() bool {
	if c.Rotation != "" {
		return c.Rotation == "on"
	}
	return c.Public()
}

// ClientStanding is how a client stands now. The zero value is a client without
// a row: epoch 0, not disabled.
type ClientStanding struct {
	Disabled bool // or deleted
	Epoch    uint64
	// Version of its row, so that a cached client is seen to be old.
	Version uint64
}

// Standing of the client as read.
func (c *Client) Standing() ClientStanding {
	return ClientStanding{Disabled: c.Disabled || c.Deleted, Epoch: c.Epoch, Version: c.Version}
}
