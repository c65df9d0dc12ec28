package password

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// What is counted.
const (
	triesAccount  = "account"       // passwords for one account, from browsers new to it
	totalAccount  = "account-total" // the same, until the account is gated
	triesKnown    = "known"         // passwords for one account, from browsers that have signed in to it
	totalKnown    = "known-total"   // the same, until those are gated too
	triesAddress  = "address"       // passwords from one network address
	triesAll      = "all"           // passwords from browsers new to the account, for all accounts
	formsAddress  = "forms"         // other forms that cost a hash or a look at the store, from one address
	formsAccount  = "forms-own"     // new passwords for one account
	codeTries     = "code"          // guesses at one code
	codesTo       = "codes"         // codes mailed to one address
	resetsTo      = "resets"        // links mailed to one address
	lettersSender = "letters"       // letters asked for from one network address
)

// budget is one row of the table of limits.
type budget struct {
	what   string
	max    int
	window time.Duration
}

// budgets is every limit there is. Windows of one kind make the delay grow: who
// goes on guessing comes up against the next longer one. Successes are given
// back by the provider, so these are failures. Known and unknown browsers
// together get at most 100 in a month for one account (PW-08, NIST SP 800-63B
// section 3.2.2); then a browser new to the account needs a mailed link.
func budgets() []budget {
	const day = 24 * time.Hour
	return []budget{
		{triesAccount, 5, time.Minute}, {triesAccount, 10, 15 * time.Minute}, {triesAccount, 20, 2 * time.Hour},
		{totalAccount, 50, 30 * day},
		{triesKnown, 10, 5 * time.Minute}, {triesKnown, 20, 2 * time.Hour}, {totalKnown, 50, 30 * day},
		{triesAddress, 50, 15 * time.Minute}, {triesAddress, 300, day},
		{triesAll, 5000, 10 * time.Minute},
		{formsAddress, 60, 15 * time.Minute}, {formsAccount, 20, 15 * time.Minute},
		{codeTries, maxTries, 10 * time.Minute},
		{codesTo, 5, time.Hour}, {codesTo, 10, day},
		{resetsTo, 3, 15 * time.Minute}, {resetsTo, 10, day},
		{lettersSender, 30, time.Hour},
	}
}

// limit names the rows of one kind for one thing. Each row counts under a name of
// its own. Free ones count and never refuse.
func limit(what string, free bool, parts ...string) []core.NamedLimit {
	var out []core.NamedLimit
	for _, b := range budgets() {
		if b.what == what {
			key := append([]string{Method, what, b.window.String()}, parts...)
			out = append(out, core.NamedLimit{Parts: key, Max: b.max, Window: b.window, Free: free})
		}
	}
	return out
}

// reserve counts one attempt. wait is how long until the next one may be made;
// zero if this one may.
func reserve(ctx context.Context, t core.Turn, limits ...[]core.NamedLimit) (wait time.Duration, err error) {
	var all []core.NamedLimit
	for _, l := range limits {
		all = append(all, l...)
	}
	err = t.Reserve(ctx, all...)
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
