package totp

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
	triesHere    = "here"        // codes in one interaction: it asks for another one afterwards
	triesAccount = "account"     // codes for one account, from browsers new to it
	totalAccount = "total"       // the same, until only a recovery code or a new password helps
	everAccount  = "ever"        // the same, whatever was changed in between
	triesKnown   = "known"       // codes for one account, from browsers that have signed in to it
	totalKnown   = "known-total" // the same
)

// budget is one row of the table of limits.
type budget struct {
	what   string
	max    int
	window time.Duration
}

// budgets is every limit there is. Whoever guesses has shown the first factor
// already; each guess fits with a chance of three in a million. Successes are given
// back by the provider, so these are failures: at most 100 in a month (MF-01, NIST
// SP 800-63B section 3.2.2).
func budgets() []budget {
	const day = 24 * time.Hour
	return []budget{
		{triesHere, maxTries, 15 * time.Minute},
		{triesAccount, 5, time.Minute}, {triesAccount, 10, 15 * time.Minute}, {triesAccount, 20, 2 * time.Hour},
		{totalAccount, 50, 30 * day}, {everAccount, 100, 30 * day},
		{triesKnown, 5, time.Minute}, {triesKnown, 20, 2 * time.Hour}, {totalKnown, 50, 30 * day},
	}
}

const maxTries = 5

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
	wait, err = reserve(ctx, t, append(limit(triesHere, t.Interaction.String()), limit(tries, who...)...))
	if wait > 0 || err != nil {
		return wait, err
	}
	all := limit(total, who...)
	if total == totalAccount {
		all = append(all, limit(everAccount, who[0])...)
	}
	return reserve(ctx, t, all)
}

func reserve(ctx context.Context, t core.Turn, limits []core.NamedLimit) (time.Duration, error) {
	err := t.Reserve(ctx, limits...)
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
