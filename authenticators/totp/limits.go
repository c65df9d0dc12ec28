package totp

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
)

// What is counted.
const (
	triesHere    = "here"        // codes in one interaction: it asks for another one afterwards
	triesAccount = "account"     // codes for one account, from browsers new to it
	totalAccount = "total"       // the same, until only a recovery code or a new password helps
	everAccount  = "ever"        // the same, whatever was changed in between
	triesKnown   = "known"       // codes for one account, from browsers that have signed in to it
	totalKnown   = "known-total" // the same
)

// budgets is every limit there is. Whoever guesses has shown the first factor
// already; each guess fits with a chance of three in a million. Successes are given
// back by the provider, so these are failures: at most 100 in a month (MF-01, NIST
// SP 800-63B section 3.2.2).
func budgets() []core.Budget {
	const day = 24 * time.Hour
	return []core.Budget{
		{What: triesHere, Max: maxTries, Window: 15 * time.Minute},
		{What: triesAccount, Max: 5, Window: time.Minute},
		{What: triesAccount, Max: 10, Window: 15 * time.Minute},
		{What: triesAccount, Max: 20, Window: 2 * time.Hour},
		{What: totalAccount, Max: 50, Window: 30 * day},
		{What: everAccount, Max: 100, Window: 30 * day},
		{What: triesKnown, Max: 5, Window: time.Minute},
		{What: triesKnown, Max: 20, Window: 2 * time.Hour},
		{What: totalKnown, Max: 50, Window: 30 * day},
	}
}

const maxTries = 5

// limit names the rows of one kind for one thing.
func limit(what string, parts ...string) []core.NamedLimit {
	return core.LimitsOf(budgets(), Method, what, parts...)
}

// reserveTry counts one guess; the long windows count only what gets past the
// short ones. wait is how long until the next one may be made; zero if this one
// may. Ending all sessions, as a new password does, starts the counters afresh, but
// for one: who reads the mail of somebody sets a new password whenever they like, and
// must not guess on and on with it.
func reserveTry(ctx context.Context, t core.Turn) (wait time.Duration, err error) {
	who := []string{t.Account.ID.String(), strconv.FormatUint(t.Account.SignInEpoch, 10)}
	tries, total := triesAccount, totalAccount
	if slices.Contains(t.KnownFor, t.Account.ID) {
		tries, total = triesKnown, totalKnown
	}
	wait, err = t.Wait(ctx, append(limit(triesHere, t.Interaction.String()), limit(tries, who...)...)...)
	if wait > 0 || err != nil {
		return wait, err
	}
	all := limit(total, who...)
	if total == totalAccount {
		all = append(all, limit(everAccount, who[0])...)
	}
	return t.Wait(ctx, all...)
}
