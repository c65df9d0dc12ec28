package resource

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"time"
)

// Options describe one protected resource. Resource and Issuers are required.
type Options struct {
	// Resource is the identifier of this API: the absolute URL that clients call, without query and fragment, as it is
	// registered with the issuers. Tokens must be for it, character for character.
	Resource string
	// Issuers whose tokens count.
	Issuers []Issuer
	// Scopes are published as scopes_supported and asked for of somebody who comes without a token to a handler that
	// names none: the few that a client needs to begin, not the whole catalogue. offline_access does not belong there.
	Scopes []string
	// Implies says which scopes a scope includes, such as "todo:admin": {"todo:read", "todo:write"}. It is followed to the end.
	Implies map[string][]string
	// Name, Documentation, Policy and Terms are shown by clients (RFC 9728 section 2): a name and three URLs. All may be empty.
	Name, Documentation, Policy, Terms string
	// SharedHost says that this host has other resources too. Then the metadata is not served at the root path, which
	// clients fall back to.
	SharedHost bool

	// RequireDPoP refuses tokens that are not bound to a key by DPoP. Without it, those that are bound must still be proven.
	RequireDPoP bool
	// DPoPNonceKey, of at least 32 bytes, makes DPoP proofs carry a nonce of this resource (RFC 9449 section 9). Replicas share it.
	DPoPNonceKey []byte
	// Once replaces the memory of proofs that were seen, for replicas that share one. It reports whether the key is new, and
	// keeps it until the instant. An error refuses the request with 503.
	Once func(ctx context.Context, key [32]byte, until time.Time) (fresh bool, err error)
	// ClientCertificate finds the certificate that the client proved, where a proxy ends TLS: from a header that the proxy
	// alone can set (RFC 9440). Nil means the one of this connection.
	ClientCertificate func(*http.Request) *x509.Certificate
	// RequestURL gives the URL that the client called, without query, where it is not the origin of Resource with the
	// path of the request line. DPoP proofs are compared with it.
	RequestURL func(*http.Request) string

	// Origins of browsers that may read answers: origins such as "https://app.example.com", or "*" for all, which is safe
	// where nothing but the token opens anything. Empty means none. The metadata is readable by all.
	Origins []string
	// KeepToken leaves the Authorization and DPoP headers in the request that the handler gets. They are removed otherwise, so that
	// a handler that passes requests on does not pass on the token (requirement PR-12).
	KeepToken bool

	// Skew is how far the clock of an issuer may be off. Zero means 30 seconds; more than 60 counts as 60.
	Skew time.Duration
	// KeysMaxStale is for how long keys are used after they were last fetched, while the issuer does not answer. Zero means 24 hours.
	KeysMaxStale time.Duration
	// HTTP fetches metadata, keys and introspection answers. Nil means a client of its own: 5 seconds, no redirects.
	HTTP *http.Client
	// InsecureAllowLoopback permits http for URLs on this machine. For development and tests.
	InsecureAllowLoopback bool
	// Logger hears why requests were refused, without tokens. Nil means none.
	Logger *slog.Logger
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Issuer is an authorization server whose tokens count.
type Issuer struct {
	// URL is the issuer identifier, exactly as in its metadata and in the iss claim.
	URL string
	// JWKS is the URL of its keys. Empty means that of its metadata (RFC 8414, OpenID Connect Discovery).
	JWKS string
	// Algorithms its tokens may be signed with. Empty means ES256, EdDSA, RS256 and PS256.
	Algorithms []string
	// Introspection lets tokens be opaque. Nil means that they are JWTs. At most one issuer has it, since an opaque token does
	// not say whose it is, and must not be shown to anybody else.
	Introspection *Introspection
}

// Introspection asks the issuer about opaque tokens (RFC 7662).
type Introspection struct {
	// Endpoint to ask. Empty means that of the issuer's metadata.
	Endpoint string
	// ClientID and ClientSecret of this API at the issuer, sent by HTTP Basic.
	ClientID     string
	ClientSecret Secret
	// For is how long "active" is believed, and so for how long a revoked token still works. Zero means 30 seconds; at most
	// 5 minutes. "Not active" is believed for 5 seconds, or for this if it is less.
	For time.Duration
	// Entries bounds the answers that are kept. Zero means 10 000, a few megabytes.
	Entries int
}

// Secret is a text that prints as nothing.
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[secret]" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "[secret]" }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }
