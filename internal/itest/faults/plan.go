// Package faults loses store calls on purpose: the n-th, before or after it took
// effect, for every n. What the provider promises must hold through each.
package faults

import (
	"context"
	"sync"

	"github.com/keywright/keywright/core"
)

// Plan says which call is lost. The zero value loses none and counts.
type Plan struct {
	// Marked leaves alone, and uncounted, what is not done for a context that Mark
	// made: work beside the requests of a test, which comes when it likes.
	Marked bool

	mu     sync.Mutex
	armed  bool
	at     int // the first call to lose, from 1; 0 for none
	run    int // how many one after another
	after  bool
	count  int
	struck string
}

// Always is a run that ends with Disarm: an outage.
const Always = 1 << 30

// Arm begins to count, and loses run calls from number at: before they are made,
// or their answers after they took effect. 0 loses none. Of an outage only the
// first call takes effect.
func (p *Plan) Arm(at, run int, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.at, p.run, p.after, p.count, p.struck = true, at, run, after, 0, ""
}

// Disarm lets every call through and keeps what was counted.
func (p *Plan) Disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
}

// Struck names the calls that were lost, each after a blank; empty while none was.
func (p *Plan) Struck() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// Calls is how many calls were made since Arm.
func (p *Plan) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// next says whether this call is the one to lose.
func (p *Plan) next(name string) (lose, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.armed {
		return false, false
	}
	p.count++
	if p.count < p.at || p.count >= p.at+p.run || p.at == 0 {
		return false, false
	}
	p.struck += " " + name
	return true, p.after && (p.run < Always || p.count == p.at)
}

type mark struct{}

// Mark says of a context that what is done for it counts.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, mark{}, true) }

func (p *Plan) call(ctx context.Context, name string, run func() error) error {
	if p.Marked && ctx.Value(mark{}) == nil {
		return run()
	}
	lose, after := p.next(name)
	if !lose {
		return run()
	}
	if after {
		if err := run(); err != nil {
			return err // it failed by itself: nothing to lose
		}
	}
	return core.ErrUnavailable
}

// Database is a database whose tenants lose calls by the plan.
func Database(db core.Database, p *Plan) core.Database { return database{db, p} }

type database struct {
	core.Database
	plan *Plan
}

// Tenant wraps the store of a tenant.
func (d database) Tenant(id core.ID) core.Store { return &store{d.Database.Tenant(id), d.plan} }
