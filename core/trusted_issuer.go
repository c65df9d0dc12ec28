package core

import (
	"encoding/json"
	"time"
)

// TrustedIssuer is another party whose signed assertions are taken at the token
// endpoint in place of a sign-in (RFC 7523 section 2.1): about people, which is
// what an identity provider of an organization writes, or about workloads, which
// is what a platform writes that runs them. Each is trusted for one of the two.
type TrustedIssuer struct {
	// Issuer is the iss claim, byte for byte.
	Issuer string
	// Tenant is the tenant claim, byte for byte, of an issuer that serves several
	// under one name; each is an issuer of its own here. Empty takes assertions
	// without that claim alone. It is for People.
	Tenant string
	// Keys is a JWK Set by value, or KeysURI the https address of one: exactly one
	// of them. A set at an address is fetched when it is first needed, kept, and
	// fetched again for a key that is not in it.
	Keys    json.RawMessage
	KeysURI string
	// Algorithms that may sign: "ES256", "ES384", "EdDSA", "RS256", "PS256"; empty
	// is all of them.
	Algorithms []string
	// Audiences are values of aud that are taken beside the provider's issuer
	// identifier and the address of its token endpoint. An aud of several values is
	// refused, and one of an ID-JAG is the issuer identifier alone. Name nothing
	// here that is also used with anybody else.
	Audiences []string
	// MaxAge is the longest life, from iat to exp, that an assertion may have; 0 is
	// 5 min for People and 1 h for Workloads. At most 1 h and 24 h.
	MaxAge time.Duration
	// People says how it is trusted for people; nil not at all.
	People *TrustedPeople
	// Workloads are its rules for workloads, in order: the first that fits counts.
	Workloads []TrustedWorkload
}

// TrustedPeople is how an issuer is trusted to say who a person is and what a
// client may do for them. It takes identity assertion authorization grants
// (ID-JAG, draft-ietf-oauth-identity-assertion-authz-grant section 4.4).
type TrustedPeople struct {
	// Access is the most that its assertions can give, resource by resource. What
	// the client may have, and what the assertion says, narrow it further. A
	// resource without scopes is for tokens that say no more than who it is.
	Access []Access
	// Plain also takes assertions that are no ID-JAG: a JWT without a typ, or of the
	// typ "JWT" (RFC 7523 section 3). They need not name client, resource or scope.
	Plain bool

	// Method is that of an upstream authenticator configured in code, such as
	// "upstream:okta", that signs people in by the same issuer: its subjects and
	// those of the assertions are then the same people. Other kinds of authenticators
	// name people in their own way, and are refused at start.
	Method string
	// Connection is one, kept for an organization or for everybody, that signs people
	// in by the same issuer. While it is switched off its assertions are refused;
	// its JustInTime, its roles and its organization's domains count as they do for
	// a sign-in.
	Connection ID
	// Domains are those whose addresses the issuer may speak for (RP-14): an account
	// with a proven address in one of them is linked to the subject who first comes
	// with it. With a connection of an organization they must be the
	// organization's, too.
	Domains []string
	// InsecureAssumeEmailVerified takes an address in one of Domains for proven
	// where the assertion has no email_verified.
	InsecureAssumeEmailVerified bool
	// JustInTime makes accounts for people who are not known yet. With a connection
	// its own setting counts instead. Config.NoSignUp closes both.
	JustInTime bool
	// TrustAMR are values of amr or acr that are believed to mean several factors.
	TrustAMR []string
}

// TrustedWorkload lets the workloads that its claims describe act as a client
// that the operator wrote down.
type TrustedWorkload struct {
	// Client is the client_id of a seeded client with the grant type
	// GrantJWTBearer.
	Client string
	// Claims have to be there as strings with exactly these values. sub, or another
	// claim that tells the workloads of one tenant from everybody else's, must be
	// among them.
	Claims map[string]string
	// Access is the most that it may have, resource by resource.
	Access []Access
	// Reusable takes an assertion any number of times until it expires, and without
	// a jti: for platforms that put one into a file and renew it now and then, such
	// as Kubernetes. Otherwise each works once.
	Reusable bool
}

// CredentialAssertion is the kind of the link between an account and a subject of
// a TrustedIssuer that no authenticator signs people in by.
const CredentialAssertion = "assertion"

// Lives is MaxAge, or its default.
func (i *TrustedIssuer) Lives() time.Duration {
	switch {
	case i.MaxAge > 0:
		return i.MaxAge
	case i.People != nil:
		return 5 * time.Minute
	}
	return time.Hour
}

// ProfileIDJAG is the name of the ID-JAG profile in metadata
// (draft-ietf-oauth-identity-assertion-authz-grant section 7.2).
const ProfileIDJAG = "urn:ietf:params:oauth:grant-profile:id-jag"
