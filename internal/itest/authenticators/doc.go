// Package authenticators runs the conformance suite of authenticators on all of
// ours.
package authenticators
