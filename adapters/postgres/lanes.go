package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// lanes are a few connections of the pool that callers share: what is asked for
// while all of them are busy waits, and goes out as one batch in one round trip.
// With few callers nobody waits; with many a statement costs a third. There is
// no timer and no goroutine: whoever finds a free lane serves those who wait
// when it begins, and hands the lane to the first who came since.
type lanes struct {
	pool    *sql.DB
	timeout time.Duration
	// writes are one transaction, ordered by key so that two batches lock the
	// rows they share in the same order.
	writes bool

	mu      sync.Mutex
	free    int
	waiting []*request
}

// request is one statement that a caller waits for.
type request struct {
	text, key string
	args      []any
	began     time.Time
	rows      bunstore.Rows
	changed   int64
	err       error
	turn      chan turn // of one that waits
}

// turn is what a waiting caller is told.
type turn bool

const (
	served turn = false // it was answered
	lead   turn = true  // a lane is free: it serves itself and those that wait
)

// maxBatch is the most statements of one round trip.
const maxBatch = 64

// pipeline is bunstore.Pipeline over a pool.
type pipeline struct{ reads, writes *lanes }

// newPipeline makes two lanes for each purpose, or more for a large pool. Few
// lanes make large batches, which is what saves; the second goes on where the
// first waits for a row that somebody has locked, or for a server that is gone.
func newPipeline(pool *sql.DB, timeout time.Duration) *pipeline {
	n := max(2, pool.Stats().MaxOpenConnections/16)
	return &pipeline{
		reads:  &lanes{pool: pool, timeout: timeout, free: n},
		writes: &lanes{pool: pool, timeout: timeout, free: n, writes: true},
	}
}

// Read runs a statement that only reads.
func (p *pipeline) Read(_ context.Context, text string, args []any) (bunstore.Rows, error) {
	r := &request{text: text, args: args}
	if err := p.reads.do(r); err != nil {
		return bunstore.Rows{}, err // whose batch is under way still writes into r
	}
	return r.rows, nil
}

// Write runs a statement that changes at most the row that key names.
func (p *pipeline) Write(_ context.Context, text, key string, args []any) (int64, error) {
	r := &request{text: text, key: key, args: args}
	if err := p.writes.do(r); err != nil {
		return 0, err
	}
	return r.changed, nil
}

// do answers r, by a lane of its own or in somebody else's batch.
func (l *lanes) do(r *request) error {
	r.began = time.Now()
	l.mu.Lock()
	if l.free > 0 {
		l.free--
		l.mu.Unlock()
		return l.lead(r)
	}
	r.turn = make(chan turn, 1)
	l.waiting = append(l.waiting, r)
	l.mu.Unlock()
	patience := time.NewTimer(l.timeout)
	defer patience.Stop()
	select {
	case is := <-r.turn:
		return l.take(is, r)
	case <-patience.C:
		return l.leave(r)
	}
}

// take does what a waiting caller is told.
func (l *lanes) take(is turn, r *request) error {
	if is == served {
		return r.err
	}
	return l.lead(r)
}

// leave takes out a caller who has waited too long. One whose batch is under way
// does not know what comes of it.
func (l *lanes) leave(r *request) error {
	l.mu.Lock()
	if at := slices.Index(l.waiting, r); at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
		l.mu.Unlock()
		return context.DeadlineExceeded
	}
	l.mu.Unlock()
	select {
	case is := <-r.turn:
		return l.take(is, r)
	default:
		return context.DeadlineExceeded
	}
}

// lead serves r and all that wait by now.
func (l *lanes) lead(r *request) error {
	runtime.Gosched() // who is ready to run may have something to ask as well
	batch := l.join(r)
	defer l.next()
	over := false
	defer func() { // also after a panic: others wait
		for _, other := range batch {
			if !over {
				other.err = errPanicked
			}
			if other != r {
				other.turn <- served
			}
		}
	}()
	l.serve(r, batch)
	over = true
	return r.err
}

// errPanicked is a lost connection to those in the batch: it is closed, and nobody
// knows what was done.
var errPanicked = fmt.Errorf("postgres: a statement of the same batch panicked: %w", driver.ErrBadConn)

// join is the batch that r leads.
func (l *lanes) join(r *request) []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), maxBatch-1)
	batch := append([]*request{r}, l.waiting[:n]...)
	l.waiting = slices.Delete(l.waiting, 0, n)
	return batch
}

// next hands the lane to the first that waits, or leaves it free.
func (l *lanes) next() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.free++
		return
	}
	first := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	first.turn <- lead
}

// serve runs a batch on a connection of the pool. Its leader may have waited
// before; the batch has a quarter of the time at least.
func (l *lanes) serve(r *request, batch []*request) {
	end := r.began.Add(l.timeout)
	if least := time.Now().Add(l.timeout / 4); end.Before(least) {
		end = least
	}
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	if l.writes {
		slices.SortStableFunc(batch, func(a, b *request) int { return strings.Compare(a.key, b.key) })
	}
	const tries = 3 // a connection may turn out to be dead before anything was sent on it
	for range tries {
		t := &train{end: end, batch: batch}
		t.take(ctx, l.pool)
		if !t.unsent {
			return
		}
	}
}

func fail(batch []*request, err error) {
	for _, r := range batch {
		r.err = err
	}
}
