// Package keywright composes an OAuth 2.1 authorization server and OpenID Provider from parts: a store, ways to
// sign in, client lanes and pages. A company fills in one Config, calls New, and serves the handler it gets.
package keywright
