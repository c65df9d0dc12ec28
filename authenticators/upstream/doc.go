// Package upstream signs people in by way of another identity provider: any OpenID Connect issuer found by discovery, and
// OAuth 2.0 providers that say who somebody is by an API of theirs.
//
// New makes the authenticator of one provider that is configured in code ("upstream:google"); Connections makes the one
// that speaks to providers kept as data ("upstream"), whose settings MakeSettings writes.
//
// It promises:
//
//   - A browser is sent away with a state that leads back to its own interaction alone, a nonce and a PKCE challenge
//     (S256), each used once (requirements RP-01, RP-02).
//   - What comes back is believed only from the provider that this attempt began with: a callback address of its own for
//     each, iss compared where it is sent and demanded where it is announced (RFC 9207, RP-03).
//   - An ID token is checked as OpenID Connect Core section 3.1.3.7 asks, with the algorithm of the configuration and not
//     of the token (RP-04), and userinfo is about the same subject (RP-08).
//   - A person is told apart by issuer and subject, never by an address or a name (RP-07). An address counts as verified
//     only where the provider says so by the JSON value true (RP-14).
//   - What goes out goes through the guarded client, is bounded in time and size, and asked for once however many wait.
//     A provider that is away costs a page that says so.
//
// It decides; what account an identity leads to is the provider's matter, in one place for all.
package upstream
