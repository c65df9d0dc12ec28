// Package core holds the words, ports and state machines of an OAuth 2.1 and
// OpenID Connect provider. It imports the standard library only and serves no
// HTTP: core/provider does. Who writes a store, an authenticator, a lane or
// pages of their own needs this package and no other.
//
// One request, from "Sign in" to tokens, told in the files of this package;
// docs/walk.md tells it with those of core/provider.
//
//  1. GET /authorize: a ClientLane (lane.go) finds the Client (client.go,
//     client_view.go), and what it asks for becomes an AuthorizationRequest
//     (authorization_request.go) for Access to resources (token.go).
//  2. Next (interaction_next.go) is asked what is needed. It judges Facts
//     (interaction.go): the Sessions of the browser (session.go), the Account in
//     question (account.go, interaction_account.go) and its Consent (consent.go).
//  3. A need is a page (page.go) of an Interaction (interaction.go). To show who
//     they are, people meet an Authenticator (authenticator.go), which gets a
//     Turn, looks at a Credential (credential.go), counts tries (limits.go) and
//     gives a Reply; a mailed link is a Ticket (ticket.go).
//  4. Nothing is needed: the Outcome is fixed, and a Grant holds the code
//     (grant.go). The operator's Hooks may refuse it (hooks.go).
//  5. POST /token: Redeem or Rotate decide (grant_transition.go), ApplyGrant
//     writes what they decided and settles races (grant_apply.go). A Key signs
//     the tokens (key.go). Without a person there, tokens come by exchange
//     (exchange.go) or by the assertion of a TrustedIssuer (trusted_issuer.go).
//  6. What goes wrong is an OAuthError for the client (oauth_error.go), a
//     PageError for the person (page_error.go), or one of the three answers of a
//     store (store_error.go).
//
// A client that asks for more than it was granted steps up: the person decides on
// the addition (interaction_stepup.go), what scopes imply counts with them
// (scope_hierarchy.go), and the narrower Grant ends with the first use of the new
// one (grant_replace.go). What operators decide about a client is in its
// ClientRecord (client_record.go), whatever the lane.
//
// An Account may be a member (membership.go) of an Organization
// (organization.go) and of a Group (group.go); an organization's people may come
// by way of a Connection (connection.go).
//
// Under all of it lies the store contract (store.go): rows with a version
// (row.go) under ids that sort by time (id.go), and the events written with
// them (event.go). Their payloads are JSON, those of the hot ones by a list of
// members in place of reflection (members_hot.go).
package core
