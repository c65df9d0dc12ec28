// Package upstream signs people in by way of other identity providers that run: a second one of our own, and one that is
// somebody else's work.
package upstream
