// Package saml signs people in by a SAML 2.0 identity provider: Keywright is the
// service provider of the Web Browser SSO Profile (SAML-P section 4.1), with
// requests by redirect or by post and answers by post.
//
// New is for an identity provider that is configured in code, Connections for
// those that are kept in the store. Both refuse whatever they do not fully
// understand. What a person is known by is read from bytes whose signature was
// verified with a key of the identity provider's metadata, and from nothing else.
//
// Messages are made with github.com/crewjam/saml and signatures are checked with
// github.com/russellhaering/goxmldsig. The checks of the profile are this
// package's own: see docs/adr for why.
package saml
