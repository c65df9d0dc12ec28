package bench

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// result is one measured operation.
type result struct {
	operation
	callers     int
	crowd       Crowd
	ops, failed int64
	took        time.Duration
	spent       usage
	median, p99 time.Duration
	trips       float64 // round trips between provider and database; negative is not known
	first       error   // of those that failed
	bare        float64 // CPU µs of the bare handler just before and after
}

// rate is how many a second.
func (r *result) rate() float64 { return float64(r.ops) / max(r.took.Seconds(), 1e-9) }

// stocked is how many a phase uses up of what was made before: two for each
// millisecond that is measured, within bounds.
func stocked(d time.Duration) int { return int(min(max(2*d/time.Millisecond, 16), 2048)) }

// meter measures on one provider's process and its database.
type meter struct {
	hello  hello
	target *target
	wire   *wire // that counts; nil is none
}

func (m *meter) usage() (u usage, err error) {
	if err = fetch(m.hello.Control+"/usage", &u); err != nil {
		return u, err
	}
	if m.wire != nil {
		u.Trips = m.wire.trips.Load()
	}
	u.Server, err = m.target.server()
	return u, err
}

// measure has the callers repeat an operation for some time, in phases where
// something has to be made before that is used up.
func (m *meter) measure(op operation, kind Crowd, list []*caller, d time.Duration) (result, error) {
	r := result{operation: op, callers: len(list), crowd: kind, trips: -1}
	var times []time.Duration
	for r.took < d {
		repeat, err := ready(op, kind, list, stocked(d))
		if err != nil {
			return r, err
		}
		before, err := m.usage()
		if err != nil {
			return r, err
		}
		var p phase
		if op.together(kind) {
			p = together(list, repeat, d-r.took)
		} else {
			p = apart(repeat, d-r.took)
		}
		after, err := m.usage()
		if err != nil {
			return r, err
		}
		times = append(times, p.times...)
		r.took, r.spent, r.failed = r.took+p.took, r.spent.plus(after.minus(before)), r.failed+p.failed
		if r.first == nil {
			r.first = p.first
		}
		if p.failed > 0 {
			break // the report says so; going on would measure something else
		}
	}
	slices.Sort(times)
	r.ops = int64(len(times))
	r.median, r.p99 = quantile(times, 0.5), quantile(times, 0.99)
	return r, nil
}

// ready prepares every caller, off the clock: with a share of the stock if the
// operation uses one up.
func ready(op operation, kind Crowd, list []*caller, stock int) ([]func() error, error) {
	repeat := make([]func() error, len(list))
	for i, c := range list {
		repeat[i] = op.prepare(c)
	}
	if op.stock != nil {
		list[0].codes.clear()
		return repeat, each(list, 16, func(c *caller) error { return op.stock(c, max(stock/len(list), 1)) })
	}
	if !op.together(kind) {
		for _, do := range repeat {
			_ = do() // warm: connections, caches
		}
	}
	return repeat, nil
}

// phase is what came of a while.
type phase struct {
	took   time.Duration
	times  []time.Duration // of those that did not fail
	failed int64
	first  error
}

func (p *phase) add(q phase) {
	p.times, p.failed = append(p.times, q.times...), p.failed+q.failed
	if p.first == nil {
		p.first = q.first
	}
}

// once runs do and writes down how it went; false if there is nothing left.
func (p *phase) once(do func() error) bool {
	began := time.Now()
	switch err := do(); {
	case errors.Is(err, errSpent):
		return false
	case err != nil:
		p.add(phase{failed: 1, first: err})
	default:
		p.times = append(p.times, time.Since(began))
	}
	return true
}

// apart has each caller repeat at its own pace.
func apart(repeat []func() error, d time.Duration) (all phase) {
	parts := make([]phase, len(repeat))
	began := time.Now()
	var wait sync.WaitGroup
	for i, do := range repeat {
		wait.Go(func() {
			for time.Since(began) < d && parts[i].once(do) {
			}
		})
	}
	wait.Wait()
	all.took = time.Since(began)
	for _, p := range parts {
		all.add(p)
	}
	return all
}

// errForked says that one refresh token had two successors.
var errForked = errors.New("bench: callers with the same refresh token were given different ones")

// together has all callers act at the same time, round by round. Those who hold
// the same token must be given the same one.
func together(list []*caller, repeat []func() error, d time.Duration) (all phase) {
	began := time.Now()
	for time.Since(began) < d && all.failed == 0 {
		parts := make([]phase, len(repeat))
		var wait sync.WaitGroup
		for i, do := range repeat {
			wait.Go(func() { parts[i].once(do) })
		}
		wait.Wait()
		for i, p := range parts {
			all.add(p)
			if list[i].tokens.Refresh != list[0].tokens.Refresh {
				all.add(phase{failed: 1, first: errForked})
			}
		}
	}
	all.took = time.Since(began)
	return all
}

// quantile of what is sorted; 0 of nothing.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
