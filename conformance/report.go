package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Report is what a run of checks found.
type Report struct {
	// Err says why no check could run; nil if they did.
	Err     error
	Results []Result
}

// Result is one check that ran.
type Result struct {
	Check Check
	// Err is nil where the check passed.
	Err  error
	Took time.Duration
}

// Run opens a database, runs the checks on it, all of Store if none are named,
// and closes it.
func Run(ctx context.Context, open func() (core.Database, error), checks ...Check) (r Report) {
	db, err := open()
	if err != nil {
		return Report{Err: fmt.Errorf("conformance: open: %w", err)}
	}
	defer func() {
		if err := db.Close(); err != nil && r.Err == nil {
			r.Err = fmt.Errorf("conformance: Close: %w", err)
		}
	}()
	if err := prepare(ctx, db); err != nil {
		return Report{Err: err}
	}
	for _, c := range orAll(checks) {
		began := time.Now()
		err := c.Run(ctx, db)
		r.Results = append(r.Results, Result{Check: c, Err: err, Took: time.Since(began)})
	}
	return r
}

// Passed says that checks ran and none failed.
func (r Report) Passed() bool { return r.Err == nil && len(r.Results) > 0 && len(r.Failed()) == 0 }

// Failed lists the checks that did not pass.
func (r Report) Failed() []Result {
	var failed []Result
	for _, one := range r.Results {
		if one.Err != nil {
			failed = append(failed, one)
		}
	}
	return failed
}

// String gives a line for each check, and for one that failed what happened and
// why it matters.
func (r Report) String() string {
	var b strings.Builder
	for _, one := range r.Results {
		if one.Err == nil {
			fmt.Fprintf(&b, "pass  %s  %s\n", one.Check.Name, one.Took.Round(time.Microsecond))
			continue
		}
		fmt.Fprintf(&b, "FAIL  %s\n      %v\n      why it matters: %s\n", one.Check.Name, one.Err, one.Check.Why)
	}
	if r.Err != nil {
		fmt.Fprintf(&b, "%v\n", r.Err)
	}
	fmt.Fprintf(&b, "%d of %d checks passed\n", len(r.Results)-len(r.Failed()), len(r.Results))
	return b.String()
}
