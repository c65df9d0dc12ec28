package bench

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Options are how a run is made.
type Options struct {
	Stores   []string // of those that All names
	Postgres string   // DSN of a server to measure on; empty starts a private one
	MySQL    string   // the same for MySQL or MariaDB
	// Settings of private servers; none are their makers'.
	Settings map[string]string
	// Connections that a provider has to its server.
	Connections int
	Callers     []int         // how many at once, one round of measurements for each
	Crowds      []Crowd       // who the callers are
	Duration    time.Duration // of each operation
	Only        string        // operations whose name contains it; empty is all
	Profiles    string        // a folder for CPU profiles of the provider, one per operation, made if it is not there; empty is none
	Out         io.Writer
}

// All are the stores that can be measured.
func All() []string { return []string{"memory", "sqlite", "postgres", "mysql"} }

// Crowd says who the callers are to the provider.
type Crowd string

// The crowds.
const (
	People Crowd = "people" // each caller has an account, a session and grants of its own
	Person Crowd = "person" // one account and one session, each caller with a grant of its own
	Grant  Crowd = "grant"  // one grant: all hold the same tokens and use them at the same time
)

// Crowds are all of them.
func Crowds() []Crowd { return []Crowd{People, Person, Grant} }

// Check names what is wrong with them.
func (o *Options) Check() error {
	for _, s := range o.Stores {
		if !slices.Contains(All(), s) {
			return fmt.Errorf("bench: no store is called %q: choose from %v", s, All())
		}
	}
	for _, c := range o.Crowds {
		if !slices.Contains(Crowds(), c) {
			return fmt.Errorf("bench: no crowd is called %q: choose from %v", c, Crowds())
		}
	}
	for _, n := range o.Callers {
		if n < 1 || n > people {
			return fmt.Errorf("bench: %d callers: choose from 1 to %d", n, people)
		}
	}
	return nil
}
