package bunstore

import (
	"context"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
)

// maxBatch is the most jobs that one commit takes.
const maxBatch = 64

// gatherer lets one caller write at a time. One that finds nobody writing runs
// its own job at once; the others queue, and whoever finishes hands all of them
// to the first as the next batch. There is no timer and no goroutine.
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
		return g.lead([]*job{j}, j)
	}
	j.turn = make(chan []*job, 1)
	g.waiting = append(g.waiting, j)
	g.mu.Unlock()
	select {
	case batch := <-j.turn:
		return g.lead(batch, j)
	case <-j.ctx.Done():
		return g.leave(j)
	}
}

// lead writes a batch that was handed over; for nil, j is done already.
func (g *gatherer) lead(batch []*job, j *job) error {
	if batch == nil {
		return j.err
	}
	defer g.next()
	defer func() { // also after a panic: others wait
		for _, other := range batch {
			if other != j {
				other.turn <- nil
			}
		}
	}()
	g.run(batch)
	return j.err
}

// next hands what has queued to its first, or ends the writing.
func (g *gatherer) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxBatch)
	if n == 0 {
		g.busy = false
		return
	}
	batch := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	batch[0].turn <- batch
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
	case batch := <-j.turn:
		return g.lead(batch, j)
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
