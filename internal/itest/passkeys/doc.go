// Package passkeys holds tests of passkeys in a real browser with a virtual
// authenticator. Nobody imports it, so it may use what would weigh on importers.
package passkeys
