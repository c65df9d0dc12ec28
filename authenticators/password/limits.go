package password

import (
	"context"
	"slices"
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

// budgets is every limit there is. Windows of one kind make the delay grow: who
// goes on guessing comes up against the next longer one. Successes are given
// back by the provider, so these are failures. Known and unknown browsers
// together get at most 100 in a month for one account (PW-08, NIST SP 800-63B
// section 3.2.2); then a browser new to the account needs a mailed link.
func budgets() []core.Budget {
	const day = 24 * time.Hour
	return []core.Budget{
		{What: triesAccount, Max: 5, Window: time.Minute},
		{What: triesAccount, Max: 10, Window: 15 * time.Minute},
		{What: triesAccount, Max: 20, Window: 2 * time.Hour},
		{What: totalAccount, Max: 50, Window: 30 * day},
		{What: triesKnown, Max: 10, Window: 5 * time.Minute},
		{What: triesKnown, Max: 20, Window: 2 * time.Hour},
		{What: totalKnown, Max: 50, Window: 30 * day},
		{What: triesAddress, Max: 50, Window: 15 * time.Minute},
		{What: triesAddress, Max: 300, Window: day},
		{What: triesAll, Max: 5000, Window: 10 * time.Minute},
		{What: formsAddress, Max: 60, Window: 15 * time.Minute},
		{What: formsAccount, Max: 20, Window: 15 * time.Minute},
		{What: codeTries, Max: maxTries, Window: 10 * time.Minute},
		{What: codesTo, Max: 5, Window: time.Hour},
		{What: codesTo, Max: 10, Window: day},
		{What: resetsTo, Max: 3, Window: 15 * time.Minute},
		{What: resetsTo, Max: 10, Window: day},
		{What: lettersSender, Max: 30, Window: time.Hour},
	}
}

// limit names the rows of one kind for one thing. Free ones count and never refuse.
func limit(what string, free bool, parts ...string) []core.NamedLimit {
	limits := core.LimitsOf(budgets(), Method, what, parts...)
	for n := range limits {
		limits[n].Free = free
	}
	return limits
}

// reserve counts one attempt. wait is how long until the next one may be made;
// zero if this one may.
func reserve(ctx context.Context, t core.Turn, limits ...[]core.NamedLimit) (wait time.Duration, err error) {
	return t.Wait(ctx, slices.Concat(limits...)...)
}
