// Package resource puts core/resource before an API and a whole provider behind it: tokens as they are really issued, revoked, and
// signed with keys that turn.
package resource
