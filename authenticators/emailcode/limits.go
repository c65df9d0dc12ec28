package emailcode

import (
	"context"
	"errors"
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

// budget is one row of the table of limits.
type budget struct {
	what   string
	max    int
	window time.Duration
}

// budgets is every limit there is. Who floods an address of somebody else's uses
// up what strangers may ask for, not what its owner may, at a browser that has
// signed in before (MAG06, PWD02). Ten letters a day of five tries each are fifty
// guesses at a million codes.
func budgets() []budget {
	const day = 24 * time.Hour
	return []budget{
		{lettersTo, 5, time.Hour}, {lettersTo, 10, day},
		{lettersKnown, 5, time.Hour}, {lettersKnown, 10, day},
		{lettersSender, 30, time.Hour},
		{codeTries, maxTries, longest},
		{triesAddress, 50, 15 * time.Minute}, {triesAddress, 300, day},
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
