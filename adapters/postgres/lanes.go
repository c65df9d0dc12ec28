package postgres

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/adapters/internal/gather"
)

// pipeline is bunstore.Pipeline over a few connections of the pool that callers
// share, some for reads and as many for writes: what is asked for while they are
// under way goes out as one batch in one round trip.
type pipeline struct {
	pool          *sql.DB
	timeout       time.Duration
	reads, writes *gather.Lanes[*request]
	// several holds statements for several rows by those for one; nil where they
	// would be planned anew each time.
	several *several
}

// request is one statement that a caller waits for.
type request struct {
	statement *bunstore.Statement
	key       string // of what is written
	args      []any
	began     time.Time
	rows      bunstore.Rows
	changed   int64
	err       error
}

// newPipeline makes lanes, as many for reads as for writes.
func newPipeline(pool *sql.DB, timeout time.Duration, several *several) *pipeline {
	n := gather.LanesOf(pool)
	p := &pipeline{pool: pool, timeout: timeout, several: several}
	p.reads = gather.New(n, timeout, func(batch []*request) { p.serve(batch[0], p.several.read(batch)) })
	p.writes = gather.New(n, timeout, func(batch []*request) {
		leader := batch[0]
		// Two batches lock the rows they share in the same order.
		slices.SortStableFunc(batch, func(a, b *request) int { return strings.Compare(a.key, b.key) })
		p.serve(leader, p.several.write(batch))
	})
	return p
}

// Takes says yes: any statement can be sent before the one before it is answered.
func (p *pipeline) Takes(*bunstore.Statement) bool { return true }

// Read runs a statement that only reads.
func (p *pipeline) Read(_ context.Context, s *bunstore.Statement, args []any) (bunstore.Rows, error) {
	r := &request{statement: s, args: args}
	if err := r.do(p.reads); err != nil {
		return bunstore.Rows{}, err // whose batch is under way still writes into r
	}
	return r.rows, nil
}

// Write runs a statement that changes at most the row that its key names.
func (p *pipeline) Write(_ context.Context, s *bunstore.Statement, args []any) (int64, error) {
	r := &request{statement: s, key: s.Key(args), args: args}
	if err := r.do(p.writes); err != nil {
		return 0, err
	}
	return r.changed, nil
}

// do answers r, in a batch of its own or somebody else's. Its caller's leaving does
// not end it: that would cost a connection.
func (r *request) do(lanes *gather.Lanes[*request]) error {
	r.began = time.Now()
	if lanes.Do(context.Background(), r) != gather.Answered {
		return context.DeadlineExceeded
	}
	return r.err
}

// serve runs a batch on a connection of the pool.
func (p *pipeline) serve(leader *request, batch []*passenger) {
	end := gather.Deadline(leader.began, p.timeout)
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	const tries = 3 // a connection may turn out to be dead before anything was sent on it
	for range tries {
		t := &train{end: end, batch: batch}
		t.take(ctx, p.pool)
		if !t.unsent {
			return
		}
	}
}
