package recoverycode

import (
	"context"
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

// budgets is every limit there is. Nobody guesses 80 bits: what is counted is work,
// so nothing here shuts the owner out for long.
func budgets() []core.Budget {
	return []core.Budget{
		{What: triesHere, Max: maxTries, Window: 15 * time.Minute},
		{What: triesAccount, Max: 5, Window: time.Minute},
		{What: triesAccount, Max: 20, Window: 2 * time.Hour},
		{What: triesKnown, Max: 5, Window: time.Minute},
		{What: triesKnown, Max: 20, Window: 2 * time.Hour},
	}
}

// limit names the rows of one kind for one thing.
func limit(what string, parts ...string) []core.NamedLimit {
	return core.LimitsOf(budgets(), Method, what, parts...)
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
	return t.Wait(ctx, append(limit(triesHere, t.Interaction.String()), who...)...)
}
