package core

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"
)

// Event is something that happens in this turn: now, asked for from this address,
// to the account given, which may be zero.
func (t Turn) Event(name EventName, account ID, reason string) Event {
	return Event{
		ID: NewID(t.At), At: t.At, Name: name, Account: account,
		EventTerms: EventTerms{Reason: reason, Address: t.Address},
	}
}

// Wait counts an attempt as Reserve does. wait is how long until the next one may be
// made, at least a second; zero if this one may.
func (t Turn) Wait(ctx context.Context, limits ...NamedLimit) (wait time.Duration, err error) {
	err = t.Reserve(ctx, limits...)
	var throttled *Throttled
	if errors.As(err, &throttled) {
		return max(throttled.Until.Sub(t.At), time.Second), nil
	}
	return 0, err
}

// ManyTries is what a page says while no attempt may be made.
func ManyTries(wait time.Duration) *Problem {
	return &Problem{ID: "many_tries", Args: map[string]any{"duration": wait}}
}

// Budget is one row of an authenticator's table of limits.
type Budget struct {
	What   string // is counted, in a word
	Max    int
	Window time.Duration
}

// LimitsOf names the rows about one kind of attempts, against one thing that the
// parts tell. Each row counts under a name of its own.
func LimitsOf(table []Budget, method, what string, parts ...string) []NamedLimit {
	var out []NamedLimit
	for _, b := range table {
		if b.What == what {
			key := append([]string{method, what, b.Window.String()}, parts...)
			out = append(out, NamedLimit{Parts: key, Max: b.Max, Window: b.Window})
		}
	}
	return out
}

// In says whether a hash that was kept is among those that Turn.Hash gives for what
// was typed, in the same time for all. A zero hash is among none.
func (h Hash) In(given []Hash) bool {
	found := 0
	for _, g := range given {
		found |= subtle.ConstantTimeCompare(h[:], g[:])
	}
	return found == 1 && !h.IsZero()
}
