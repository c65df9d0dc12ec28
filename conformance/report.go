package conformance

import (
	"context"
	"errors"
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

// patience is how long one check may take, and grace how long a store may go on
// once its context has ended.
const (
	patience = 2 * time.Minute
	grace    = time.Second
)

// Run opens a database, runs the checks on it, all of Store if none are named,
// and closes it. It ends early with ctx, or if a check does not return within
// two minutes: Report.Err then says so, and a store that does not heed its
// context either is left as it is.
func Run(ctx context.Context, open func() (core.Database, error), checks ...Check) Report {
	db, err := open()
	if err != nil {
		return Report{Err: fmt.Errorf("conformance: open: %w", err)}
	}
	if err := caught(func() { err = prepare(ctx, db) }); err != nil {
		return Report{Err: err}
	}
	if err != nil {
		return Report{Err: errors.Join(err, db.Close())}
	}
	var r Report
	for _, c := range orAll(checks) {
		began := time.Now()
		returned, err := within(ctx, c, db)
		if !returned {
			r.Err = fmt.Errorf("conformance: %s does not return; what comes after it was not run", c.Name)
			return r
		}
		if ctx.Err() != nil {
			r.Err = fmt.Errorf("conformance: ended early: %w", ctx.Err())
			break
		}
		r.Results = append(r.Results, Result{Check: c, Err: err, Took: time.Since(began)})
	}
	if err := db.Close(); err != nil {
		r.Err = errors.Join(r.Err, fmt.Errorf("conformance: Close: %w", err))
	}
	return r
}

// within runs a check under a context that ends. returned is false for one that
// goes on nevertheless.
func within(ctx context.Context, c Check, db core.Database) (returned bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, db) }()
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return true, err
	case <-time.After(grace):
		return false, nil
	}
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
