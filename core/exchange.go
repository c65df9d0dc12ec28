package core

import "time"

// Exchange says which clients may exchange tokens (RFC 8693), and for what. The
// zero value lets nobody: the grant is then not offered. What no rule names is
// refused, and only confidential clients that the operator wrote down are asked
// for at all.
type Exchange struct {
	// Rules give access tokens for one API in exchange for those of another.
	Rules []ExchangeRule
	// Assertions are what other authorization servers may be told of people.
	Assertions []AssertionRule
}

// Offered says whether anybody may exchange anything.
func (e *Exchange) Offered() bool { return len(e.Rules) > 0 || len(e.Assertions) > 0 }

// Clients lists the client_ids that a rule names.
func (e *Exchange) Clients() []string {
	var all []string
	for _, r := range e.Rules {
		all = append(all, r.Client)
	}
	for _, r := range e.Assertions {
		all = append(all, r.Client)
	}
	return all
}

// ExchangeRule lets one client exchange access tokens of people for access
// tokens at one resource. What it gets lives no longer than what it brings, ends
// with the grant behind it, and has no refresh token. For one client, source and
// target there is at most one rule.
type ExchangeRule struct {
	// Client is the client_id of who exchanges.
	Client string
	// From lists the resources whose access tokens it may bring: those it serves,
	// and tokens that were issued to itself. The issuer's own URL stands for
	// tokens for userinfo.
	From []string
	// To is the resource that it gets tokens for; not one of From.
	To string
	// Scopes are the most that it gets there. Empty: a token without scopes.
	Scopes []string
	// OtherScopes gives Scopes whatever the token brought has. Without it only
	// those of Scopes are given which that token has, too, under the same name.
	OtherScopes bool
	// Needs are scopes that the token brought has to have.
	Needs []string
	// ACR lists the acr values of which the sign-in behind the token has to have
	// one: all that will do. Empty: any.
	ACR []string
	// Impersonate leaves the client out of act (RFC 8693 section 1.1): the API
	// sees it as client_id alone. Without it the client, or the actor whose token
	// it brings, is named as acting for the person.
	Impersonate bool
	// Actors are the client_ids whose own access tokens (client_credentials) it may
	// bring as actor_token; the client itself always may be the actor.
	Actors []string
	// Exchanged also takes tokens that come from an exchange themselves. A chain
	// never returns to a resource that it has left.
	Exchanged bool
	// MaxLifetime of what it gets; 0: that of the client and the resource. At most
	// 1 h.
	MaxLifetime time.Duration
}

// AssertionRule lets one client have an identity assertion for another
// authorization server (draft-ietf-oauth-identity-assertion-authz-grant), in
// exchange for an ID token of its own. The client takes it there and gets access
// tokens of that server. For one client, audience and resource there is at most
// one rule.
type AssertionRule struct {
	// Client is the client_id of who asks here, ClientID what the other server
	// calls it; empty: the same.
	Client, ClientID string
	// Audience is the issuer identifier of the other server, byte for byte.
	Audience string
	// Resource is the API behind it, in the form that goes into the assertion.
	// Empty: the assertion names none, and a request for one is refused.
	Resource string
	// Scopes are the most that are asserted.
	Scopes []string
	// Who may: members of one of the Organizations, by name; of one of the Groups,
	// by name, or "organization/group" for one of an organization; People, by
	// subject. One of them is enough. Nobody may where all are empty. A group with a
	// slash in its own name cannot be named.
	Organizations, Groups, People []string
	// Everybody may, in place of the lists.
	Everybody bool
	// ACR lists the acr values of which the sign-in has to have one: all that will
	// do. Another is answered insufficient_user_authentication. Empty: any.
	ACR []string
	// Email also tells the address, where it is proven.
	Email bool
	// Algorithm signs: "RS256" (default), "ES256" or "EdDSA".
	Algorithm string
	// Lifetime of the assertion; 0 is 5 min, which is also the most. It is never
	// longer than that of the ID token brought.
	Lifetime time.Duration
}

// MaxAssertion is how long an identity assertion may live.
const MaxAssertion = 5 * time.Minute

// ExchangeQuestion is what Hooks.Exchange is asked, after the rules have allowed
// it: what would be given.
type ExchangeQuestion struct {
	// Grant behind the token that was brought, Client that brings it.
	Grant  Grant
	Client Client
	// Source is the audience of the token that was brought; empty for an ID token.
	Source string
	// Resource is the target; Audience is set for assertions alone.
	Resource, Audience string
	// Actors are those that act will name, the current one first.
	Actors   []string
	Scopes   []string
	Lifetime time.Duration
}

// ExchangeAnswer narrows what is given; the zero value leaves it as it is. It
// cannot widen: other scopes and a longer life have no effect.
type ExchangeAnswer struct {
	// Scopes that remain; nil: all.
	Scopes []string
	// Lifetime that remains; 0: all.
	Lifetime time.Duration
}
