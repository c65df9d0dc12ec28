package core

import "time"

// Invitation asks somebody by mail to join. It works once, for the address it was
// sent to alone, also where people cannot sign up by themselves; who comes by it has
// proven the address.
type Invitation struct {
	// Email is where it is sent. A newer invitation to the same address replaces
	// this one.
	Email string
	// Organization to become a member of, with these roles; zero for none.
	Organization ID
	Roles        []string
	// Lifetime is 7 days where zero, at most 30.
	Lifetime time.Duration
	// Locales are language tags for the letter, in order of preference.
	Locales []string
}
