package recoverycode

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
)

// What is counted.
const (
	triesHere    = "here"    // codes in one interaction
	triesAccount = "account" // codes for one account, from browsers new to it
	triesKnown   = "known"   // codes for one account, from browsers that have signed in to it
)

const maxTries = 5

// budget is one row of the table of limits.
type budget struct {
	what   string
	max    int
	window time.Duration
}

// budgets is every limit there is. Nobody guesses 80 bits: what is counted is work,
// so nothing here shuts the owner out for long.
func budgets() []budget {
	return []budget{
		{triesHere, maxTries, 15 * time.Minute},
		{triesAccount, 5, time.Minute}, {triesAccount, 20, 2 * time.Hour},
		{triesKnown, 5, time.Minute}, {triesKnown, 20, 2 * time.Hour},
	}
}

// limit names the rows of one kind for one thing.
func limit(what string, parts ...string) []core.NamedLimit {
	var out []core.NamedLimit
	for _, b := range budgets() {
		if b.what == what {
			key := append([]string{Method, what, b.window.String()}, parts...)
			out = append(out, core.NamedLimit{Parts: key, Max: b.max, Window: b.window})
		}
	}
	return out
}

// reserveTry counts one guess. wait is how long until the next one may be made;
// zero if this one may. Ending all sessions, as a new password does, starts the
// counters afresh.
func reserveTry(ctx context.Context, t core.Turn) (wait time.Duration, err error) {
	tries := triesAccount
	if slices.Contains(t.KnownFor, t.Account.ID) {
		tries = triesKnown
	}
	who := limit(tries, t.Account.ID.String(), strconv.FormatUint(t.Account.SignInEpoch, 10))
	err = t.Reserve(ctx, append(limit(triesHere, t.Interaction.String()), who...)...)
	var throttled *core.Throttled
	if errors.As(err, &throttled) {
		return max(throttled.Until.Sub(t.At), time.Second), nil
	}
	return 0, err
}

// manyTries says how long to wait.
func manyTries(wait time.Duration) *core.Problem {
	return &core.Problem{ID: "many_tries", Args: map[string]any{"duration": wait}}
}
