package core

import (
	"slices"
	"time"
)

// TokenFormat is how access tokens for a resource look.
type TokenFormat string

// The two formats. The zero value of a resource's format is opaque: it says
// nothing to who is not asked to read it.
const (
	Opaque TokenFormat = "opaque"
	JWT    TokenFormat = "jwt" // RFC 9068
)

// Types of tokens in a token exchange (RFC 8693 section 3), and of the identity
// assertion that an identity provider writes for another authorization server
// (draft-ietf-oauth-identity-assertion-authz-grant).
const (
	TokenTypeAccessToken = "urn:ietf:params:oauth:token-type:access_token"
	TokenTypeIDToken     = "urn:ietf:params:oauth:token-type:id_token"
	TokenTypeJWT         = "urn:ietf:params:oauth:token-type:jwt"
	TokenTypeIDJAG       = "urn:ietf:params:oauth:token-type:id-jag"
)

// TypeIDJAG is the typ header of an identity assertion authorization grant.
const TypeIDJAG = "oauth-id-jag+jwt"

// Resource is an API that tokens are for (RFC 8707). Its URI is the audience
// of its tokens, in the form given here.
type Resource struct {
	// URI is absolute, without a fragment.
	URI string `json:"uri" yaml:"uri"`
	// Name is shown to people.
	Name string `json:"name,omitempty" yaml:"name"`
	// Scopes that exist at this resource, by name. A scope that a resource
	// does not list is not granted there.
	Scopes []string `json:"scopes,omitempty" yaml:"scopes"`
	// Aliases are other URIs by which clients name it, such as one with a query or
	// below its path. A request by one of them is a request for URI, which alone is
	// the audience. Spellings that differ in the case of scheme and host or by a lone
	// root slash need no alias.
	Aliases []string `json:"aliases,omitempty" yaml:"aliases"`
	// IgnoreQuery takes URI and Aliases for this resource whatever query a client
	// puts behind them.
	IgnoreQuery bool `json:"ignore_query,omitempty" yaml:"ignore_query"`
	// DefaultScopes are asked for where a request names the resource, and none of the
	// scopes it asks for exists there; of them, those that the client may have. Empty
	// is none: such a token opens what asks for no scope.
	DefaultScopes []string `json:"default_scopes,omitempty" yaml:"default_scopes"`
	// KeepsScopes answers a request for some scopes of this resource with what the
	// person has agreed to before for the same client there, too: for clients that
	// forget what they hold when they ask for more. Without it that is done only where
	// a person is asked about an addition to what is remembered.
	KeepsScopes bool `json:"keeps_scopes,omitempty" yaml:"keeps_scopes"`
	// Format of its access tokens; empty is opaque.
	Format TokenFormat `json:"format,omitempty" yaml:"format"`
	// Algorithm signs JWT access tokens: "ES256" (default), "EdDSA", "RS256".
	Algorithm string `json:"algorithm,omitempty" yaml:"algorithm"`
	// Lifetime of its access tokens; 0 is the provider's default. At most 1 h.
	Lifetime time.Duration `json:"lifetime,omitempty" yaml:"lifetime"`
}

// Scope describes a scope to people.
type Scope struct {
	// Name is the scope as clients ask for it.
	Name string `json:"name" yaml:"name"`
	// Text says what it allows, by language tag ("" for any).
	Text map[string]string `json:"text,omitempty" yaml:"text"`
	// Implies are scopes that this one includes: who is granted it is granted them,
	// and those that they imply, at the same resource, as far as they exist there and
	// the client may ask for them; by a rule or an assertion, as far as the rule lists
	// them, too.
	Implies []string `json:"implies,omitempty" yaml:"implies"`
	// Vetted scopes are never given to clients that registered themselves.
	Vetted bool `json:"vetted,omitempty" yaml:"vetted"`
}

// OpenIDScopes are the scopes of the provider itself (OpenID Connect Core
// sections 5.4 and 11).
func OpenIDScopes() []string {
	return []string{"openid", "profile", "email", "address", "phone", "offline_access"}
}

// Access is what a grant, a consent or a token allows at one resource. An
// empty Resource stands for the provider itself: openid, profile and so on.
type Access struct {
	Resource string   `json:"r,omitempty"`
	Scopes   []string `json:"s"`
}

// Scopes lists the scopes of all of access once each, in order.
func Scopes(access []Access) []string {
	var all []string
	for _, a := range access {
		for _, s := range a.Scopes {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// Within says whether everything in inner is in outer. A resource without
// scopes is something, too: a token for it opens what asks for no scope.
func Within(inner, outer []Access) bool {
	for _, a := range inner {
		if a.Resource != "" && !slices.ContainsFunc(outer, func(o Access) bool { return o.Resource == a.Resource }) {
			return false
		}
		for _, s := range a.Scopes {
			if !Allows(outer, a.Resource, s) {
				return false
			}
		}
	}
	return true
}

// Allows says whether access holds the scope at the resource.
func Allows(access []Access, resource, scope string) bool {
	for _, a := range access {
		if a.Resource == resource && slices.Contains(a.Scopes, scope) {
			return true
		}
	}
	return false
}

// Union is everything in a or b, a's order first. It shares nothing with them.
func Union(a, b []Access) []Access {
	out := make([]Access, 0, len(a)+len(b))
	for _, one := range slices.Concat(a, b) {
		at := slices.IndexFunc(out, func(o Access) bool { return o.Resource == one.Resource })
		if at < 0 {
			out = append(out, Access{Resource: one.Resource})
			at = len(out) - 1
		}
		for _, s := range one.Scopes {
			if !slices.Contains(out[at].Scopes, s) {
				out[at].Scopes = append(out[at].Scopes, s)
			}
		}
	}
	return out
}

// ScopesAt lists the scopes that access holds at the resource, once each.
func ScopesAt(access []Access, resource string) []string {
	most := 0
	for _, a := range access {
		if a.Resource == resource {
			most += len(a.Scopes)
		}
	}
	if most == 0 {
		return nil
	}
	at := make([]string, 0, most)
	for _, a := range access {
		if a.Resource != resource {
			continue
		}
		for _, s := range a.Scopes {
			if !slices.Contains(at, s) {
				at = append(at, s)
			}
		}
	}
	return at
}
