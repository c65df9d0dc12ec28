// Package core holds the words, ports and state machines of an OAuth 2.1 and
// OpenID Connect provider. It imports the standard library only and serves no
// HTTP: core/provider does.
package core
