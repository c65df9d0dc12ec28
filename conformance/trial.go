package conformance

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// noon is when checks happen. It has microseconds and no more. It is long past,
// since checks purge by it, and what is past by then was no provider's.
var noon = time.Date(2001, 3, 25, 12, 0, 0, 123456000, time.UTC)

// callers are how many meet where a check is about racing.
const callers = 64

// trial is one check under way, in a tenant of its own.
type trial struct {
	ctx    context.Context
	db     core.Database
	tenant core.ID
	s      core.Store
}

// failure ends a check at once. It never leaves this package.
type failure struct{ err error }

// check makes a Check of a function that fails through the trial.
func check(name, why string, run func(*trial)) Check {
	return Check{Name: name, Why: why, Run: func(ctx context.Context, db core.Database) error {
		return caught(func() { run(newTrial(ctx, db)) })
	}}
}

// caught turns a failure, or a panic of the store, into an error.
func caught(run func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			err = p.err
		default:
			err = fmt.Errorf("the store panicked: %v (%s)", p, culprit())
		}
	}()
	run()
	return nil
}

// culprit names the function that panicked, which may be a method that an
// embedded interface only promises. It is for the function that recovers.
func culprit() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return f.Function
		}
	}
}

// newTrial makes a tenant to try things in.
func newTrial(ctx context.Context, db core.Database) *trial {
	t := &trial{ctx: ctx, db: db, tenant: core.NewID(noon)}
	tenant := core.Tenant{ID: t.tenant, Name: "conformance " + t.tenant.String(), Row: core.Row{Change: newID()}}
	t.ok(db.CreateTenant(ctx, tenant), "CreateTenant")
	t.s = db.Tenant(t.tenant)
	return t
}

// neighbour is another tenant of the same database.
func (t *trial) neighbour() *trial { return newTrial(t.ctx, t.db) }

func newID() core.ID { return core.NewID(noon) }

func (t *trial) failf(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}

func (t *trial) ok(err error, what string) {
	if err != nil {
		t.failf("%s: %w", what, err)
	}
}

func (t *trial) that(holds bool, what string, args ...any) {
	if !holds {
		t.failf(what, args...)
	}
}

func (t *trial) conflict(err error, what string) {
	t.that(errors.Is(err, core.ErrConflict), "%s: want core.ErrConflict, got %v", what, err)
}

// taken wants a conflict that names the key.
func (t *trial) taken(err error, key, what string) {
	t.conflict(err, what)
	var named *core.ConflictError
	t.that(errors.As(err, &named), "%s: want a *core.ConflictError that names %q, got %v", what, key, err)
	t.that(named.Key == key, "%s: the conflict names %q, want %q", what, named.Key, key)
}

func (t *trial) notFound(err error, what string) {
	t.that(errors.Is(err, core.ErrNotFound), "%s: want core.ErrNotFound, got %v", what, err)
}

// race calls f from many callers at once and gives what each returned.
func (t *trial) race(n int, f func(caller int) error) []error {
	errs, start := make([]error, n), make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			if err := caught(func() { errs[i] = f(i) }); err != nil {
				errs[i] = err
			}
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// oneWinner wants one caller to have succeeded and all others to have met a
// conflict, and says who won.
func (t *trial) oneWinner(errs []error, what string) int {
	winner, won := -1, 0
	for i, err := range errs {
		if err == nil {
			winner, won = i, won+1
			continue
		}
		t.conflict(err, what+", a caller that lost")
	}
	t.that(won == 1, "%s: %d of %d callers succeeded, want exactly one", what, won, len(errs))
	return winner
}
