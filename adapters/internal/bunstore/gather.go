package bunstore

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
)

// maxBatch is the most jobs that one commit takes.
const maxBatch = 64

// gatherer lets one caller write at a time. One that finds nobody writing runs
// its own job at once; the others queue, and whoever finishes hands the writing
// to the first of them, who takes along all that have queued until it runs. There
// is no timer and no goroutine.
type gatherer struct {
	db      *DB
	mu      sync.Mutex
	busy    bool
	waiting []*job
}

// do runs j and answers after the commit. A caller that is cancelled while it
// queues has written nothing; one that is cancelled while another writes its
// job does not know.
func (g *gatherer) do(j *job) error {
	g.mu.Lock()
	if !g.busy {
		g.busy = true
		g.mu.Unlock()
		return g.lead(j)
	}
	j.turn = make(chan turn, 1)
	g.waiting = append(g.waiting, j)
	g.mu.Unlock()
	select {
	case is := <-j.turn:
		return g.take(is, j)
	case <-j.ctx.Done():
		return g.leave(j)
	}
}

// take does what a waiting job is told.
func (g *gatherer) take(is turn, j *job) error {
	if is == written {
		return j.err
	}
	return g.lead(j)
}

// lead writes j and all that queue by now. Who is ready to run goes first: if it
// has something to write, one commit serves both; where nobody is, this costs
// nothing.
func (g *gatherer) lead(j *job) error {
	runtime.Gosched()
	batch := g.join(j)
	defer g.next()
	over := false
	defer func() { // also after a panic: others wait
		for _, other := range batch[1:] {
			if !over {
				// What it wrote may have been undone with the rest.
				other.err = core.ErrUnavailable
			}
			other.turn <- written
		}
	}()
	g.run(batch)
	over = true
	return j.err
}

// join is the batch that j leads.
func (g *gatherer) join(j *job) []*job {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxBatch-1)
	batch := append([]*job{j}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	return batch
}

// next hands the writing to the first that waits, or ends it.
func (g *gatherer) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.busy = false
		return
	}
	first := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	first.turn <- lead
}

// leave takes a cancelled caller out. If its turn to lead has come it leads, since
// others wait for it.
func (g *gatherer) leave(j *job) error {
	g.mu.Lock()
	at := slices.Index(g.waiting, j)
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
		g.mu.Unlock()
		return j.ctx.Err()
	}
	g.mu.Unlock()
	select {
	case is := <-j.turn:
		return g.take(is, j)
	default:
		return core.Unavailable(j.ctx.Err())
	}
}

// run writes a batch as one transaction. If that fails before the commit nothing
// was changed, and each job is run by itself, so that one cannot harm another.
func (g *gatherer) run(batch []*job) {
	if len(batch) > 1 {
		ctx := context.WithoutCancel(batch[0].ctx)
		err := g.db.transaction(ctx, batch)
		if err == nil {
			return
		}
		if lost(err) {
			for _, j := range batch {
				j.err = err
			}
			return
		}
	}
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err == nil {
			j.err = g.db.alone(context.WithoutCancel(j.ctx), j)
		}
	}
}
