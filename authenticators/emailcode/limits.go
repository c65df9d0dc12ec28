package emailcode

import (
	"context"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// What is counted.
const (
	lettersTo     = "to"      // letters to one address, asked for by browsers new to its account
	lettersKnown  = "known"   // the same, by browsers that have signed in to it
	lettersSender = "letters" // letters asked for from one network address
	codeTries     = "code"    // guesses at one code
	triesAddress  = "tries"   // guesses from one network address
)

// budgets is every limit there is. Who floods an address of somebody else's uses
// up what strangers may ask for, not what its owner may, at a browser that has
// signed in before (MAG06, PWD02). Ten letters a day of five tries each are fifty
// guesses at a million codes.
func budgets() []core.Budget {
	const day = 24 * time.Hour
	return []core.Budget{
		{What: lettersTo, Max: 5, Window: time.Hour},
		{What: lettersTo, Max: 10, Window: day},
		{What: lettersKnown, Max: 5, Window: time.Hour},
		{What: lettersKnown, Max: 10, Window: day},
		{What: lettersSender, Max: 30, Window: time.Hour},
		{What: codeTries, Max: maxTries, Window: longest},
		{What: triesAddress, Max: 50, Window: 15 * time.Minute},
		{What: triesAddress, Max: 300, Window: day},
	}
}

// limit names the rows of one kind for one thing.
func limit(what string, parts ...string) []core.NamedLimit {
	return core.LimitsOf(budgets(), Method, what, parts...)
}

// reserve counts one attempt. wait is how long until the next one may be made;
// zero if this one may.
func reserve(ctx context.Context, t core.Turn, limits ...[]core.NamedLimit) (wait time.Duration, err error) {
	return t.Wait(ctx, slices.Concat(limits...)...)
}
