package core

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"
)

// The model: callers of ApplyGrant over one row with compare-and-swap, every
// interleaving of their store calls and every loss of an answer explored. What
// runs is the code itself; only the order and the faults are chosen.

// chooser walks all sequences of choices, depth first.
type chooser struct{ taken, sizes []int }

func (c *chooser) pick(depth *int, n int) int {
	if *depth == len(c.taken) {
		c.taken, c.sizes = append(c.taken, 0), append(c.sizes, n)
	}
	*depth++
	return c.taken[*depth-1]
}

// next moves to the next sequence; false when all were walked.
func (c *chooser) next() bool {
	for i := len(c.taken) - 1; i >= 0; i-- {
		if c.taken[i]++; c.taken[i] < c.sizes[i] {
			c.taken, c.sizes = c.taken[:i+1], c.sizes[:i+1]
			return true
		}
	}
	return false
}

// fate is what becomes of a store call.
type fate int

const (
	done     fate = iota // took effect, answered
	lost                 // took effect, the answer was lost
	dropped              // no effect, no answer
	delayed              // no answer; takes effect later, or never
	numFates = 4
)

var errLost = Unavailable(errors.New("connection lost"))

// modelRow is the one row, as a store that keeps the contract.
type modelRow struct {
	grant    Grant
	standing Standing
	history  []Grant // every value that stood
	late     []Grant // writes under way whose callers have no answer
}

func (r *modelRow) update(g Grant) error {
	if g.Version != r.grant.Version {
		return ErrConflict
	}
	g.Version++
	r.grant = g
	r.history = append(r.history, g)
	return nil
}

// modelCaller is one caller: a request from its first read to its answer.
type modelCaller struct {
	GrantStore // nil: ApplyGrant needs two methods
	row        *modelRow
	fate       func(write bool) fate
	yield      func(struct{}) bool
	decide     func(Grant, Standing) Decision
	began, end int // steps of the run
	decision   Decision
	err        error
}

func (c *modelCaller) Grant(context.Context, ID) (Grant, Standing, error) {
	c.yield(struct{}{})
	if c.fate(false) != done {
		return Grant{}, Standing{}, errLost
	}
	return c.row.grant, c.row.standing, nil
}

func (c *modelCaller) UpdateGrant(_ context.Context, g Grant, _ ...Event) error {
	c.yield(struct{}{})
	switch c.fate(true) {
	case lost:
		_ = c.row.update(g)
		return errLost
	case dropped:
		return errLost
	case delayed:
		c.row.late = append(c.row.late, g)
		return errLost
	}
	return c.row.update(g)
}

// run is the request, a coroutine that pauses before each store call.
func (c *modelCaller) run(yield func(struct{}) bool) {
	c.yield = yield
	g, s, err := c.Grant(context.Background(), ID{})
	if err != nil {
		c.err = err
		return
	}
	a := grantApplication{
		now: func() time.Time { return modelTime }, decide: c.decide,
		pause: func(context.Context, int) error { return nil },
	}
	c.decision, c.err = a.apply(context.Background(), c, g, s)
}

// ok says that the caller was given what it asked.
func (c *modelCaller) ok() bool { return c.err == nil && c.decision.Refusal == "" }

var modelTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// modelRun is one interleaving, as far as it went.
type modelRun struct {
	row     modelRow
	callers []*modelCaller
	clean   bool // no fault happened
}

// model explores. after names for each caller the one it waits for, or -1.
type model struct {
	grant    Grant
	standing Standing
	callers  []func(Grant, Standing) Decision
	after    map[int]int
	faults   int // at most so many in a run
	check    func(*modelRun) error
}

// explore runs every interleaving and gives how many there were.
func (m model) explore(t *testing.T) int {
	t.Helper()
	for c, runs := (&chooser{}), 1; ; runs++ {
		r := m.run(c)
		err := errors.Join(r.invariants(), m.check(r))
		if err != nil {
			t.Fatalf("run %d, choices %v: %v\n%s", runs, c.taken, err, r)
		}
		if !c.next() {
			return runs
		}
	}
}

func (m model) run(choices *chooser) *modelRun {
	r := &modelRun{row: modelRow{grant: m.grant, standing: m.standing, history: []Grant{m.grant}}, clean: true}
	depth, faults := 0, m.faults
	fates := func(write bool) fate {
		n := 1
		if faults > 0 {
			if n = 2; write {
				n = numFates
			}
		}
		f := fate(choices.pick(&depth, n))
		if f != done {
			faults--
			r.clean = false
		}
		return f
	}
	var steps []func() (struct{}, bool)
	for _, decide := range m.callers {
		c := &modelCaller{row: &r.row, fate: fates, decide: decide, began: -1, end: -1}
		step, stop := iter.Pull(c.run)
		defer stop()
		step() // up to its first read
		r.callers, steps = append(r.callers, c), append(steps, step)
	}
	for step := 0; ; step++ {
		ready := m.ready(r)
		if len(ready) == 0 {
			return r
		}
		// A late write may land before any step, or never.
		if n := len(r.row.late); n > 0 && choices.pick(&depth, 2) == 1 {
			_ = r.row.update(r.row.late[n-1])
			r.row.late = r.row.late[:n-1]
			continue
		}
		i := ready[choices.pick(&depth, len(ready))]
		if c := r.callers[i]; c.began < 0 {
			c.began = step
		}
		if _, more := steps[i](); !more {
			r.callers[i].end = step
		}
	}
}

// ready lists the callers that can take a step.
func (m model) ready(r *modelRun) []int {
	var ready []int
	for i, c := range r.callers {
		waits, ordered := m.after[i]
		if c.end < 0 && (!ordered || r.callers[waits].end >= 0) {
			ready = append(ready, i)
		}
	}
	return ready
}

// invariants hold in every run of every scenario.
func (r *modelRun) invariants() error {
	last := r.row.history[0]
	for i, g := range r.row.history[1:] {
		switch {
		case last.final():
			return fmt.Errorf("INV-F6, INV-A1: write %d changed a final grant", i+1)
		case g.Generation < last.Generation || g.Generation > last.Generation+1:
			return fmt.Errorf("INV-F1: generation went from %d to %d", last.Generation, g.Generation)
		case !g.Ends.Equal(last.Ends) || !Within(g.Access, last.Access):
			return fmt.Errorf("INV-F3: write %d moved the end or widened the access", i+1)
		case last.State == GrantActive && g.State == GrantCode:
			return errors.New("INV-A1: a redeemed code is out again")
		}
		last = g
	}
	for i, c := range r.callers {
		if c.err != nil && !errors.Is(c.err, ErrUnavailable) {
			return fmt.Errorf("caller %d: %w", i, c.err)
		}
		if c.err == nil && c.decision.Write && !r.stood(c.decision.Grant.Change) {
			return fmt.Errorf("INV-A5: caller %d was answered what was never written", i)
		}
		if r.clean && c.err != nil {
			return fmt.Errorf("RFR12: caller %d got %w without a fault", i, c.err)
		}
	}
	return nil
}

func (r *modelRun) stood(change ID) bool {
	for _, g := range r.row.history {
		if g.Change == change {
			return true
		}
	}
	return false
}

// granted counts the callers that were given what they asked.
func (r *modelRun) granted(callers ...int) int {
	n := 0
	for _, i := range callers {
		if r.callers[i].ok() {
			n++
		}
	}
	return n
}

// revoked says how the row ended.
func (r *modelRun) revoked() bool { return r.row.grant.State == GrantRevoked }

// String tells the run for a failure.
func (r *modelRun) String() string {
	s := ""
	for _, g := range r.row.history {
		s += fmt.Sprintf("  v%d %s generation %d %s\n", g.Version, g.State, g.Generation, g.Reason)
	}
	for i, c := range r.callers {
		s += fmt.Sprintf("  caller %d, steps %d to %d: refusal %q, error %v\n", i, c.began, c.end, c.decision.Refusal, c.err)
	}
	return s
}
