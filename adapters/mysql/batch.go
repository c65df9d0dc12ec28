package mysql

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/adapters/internal/gather"
)

// errUnknown is of a write that nobody knows the outcome of.
var errUnknown = errors.New("mysql: outcome unknown")

// pipeline is bunstore.Pipeline: callers who meet share one statement for the rows
// of all. A round trip carries one statement here, so each statement has lanes of
// its own.
type pipeline struct {
	pool    *sql.DB
	timeout time.Duration
	spare   *gather.Spare // lanes after the first of each statement
	kinds   sync.Map      // of *kind by *bunstore.Statement
}

// request is what one caller waits for.
type request struct {
	ctx   context.Context // for what is written for this caller alone
	args  []any
	key   string // once it shares a batch
	began time.Time
	// alone says that nothing was done: its caller runs it by itself.
	alone   bool
	rows    bunstore.Rows
	changed int64
	err     error
}

// Takes says whether s can be said for several rows at once. Of an update in which
// some rows were refused, the version and the change tell which.
func (p *pipeline) Takes(s *bunstore.Statement) bool {
	if u := s.Update; u != nil {
		return slices.Contains(u.Set, "change") && slices.Contains(u.Where, "version = ?")
	}
	return s.Lookup != nil || s.Insert != nil
}

// Read runs a statement that only reads.
func (p *pipeline) Read(ctx context.Context, s *bunstore.Statement, args []any) (bunstore.Rows, error) {
	k, r := p.kind(s), &request{args: args}
	if err := r.do(k.lanes); err != nil {
		return bunstore.Rows{}, err // whose batch is under way still writes into r
	}
	if r.alone {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), r.began.Add(p.timeout))
		defer cancel()
		k.readOne(ctx, r)
	}
	return r.rows, r.err
}

// Write runs a statement that changes at most the row that its key names. ctx ends
// in time.
func (p *pipeline) Write(ctx context.Context, s *bunstore.Statement, args []any) (int64, error) {
	k, r := p.kind(s), &request{ctx: ctx, args: args}
	if err := r.do(k.lanes); err != nil {
		return 0, err
	}
	if r.alone {
		k.writeOne(r)
	}
	return r.changed, r.err
}

// keyOf writes parameters one after another, each with its length, so that no two
// keys are written alike.
func keyOf(args []any) string {
	b := make([]byte, 0, 64)
	for _, arg := range args {
		part, _ := arg.([]byte)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(part))), part...)
	}
	return string(b)
}

// kind is one statement, those who ask for it, and what is prepared for so many
// rows at once.
type kind struct {
	timeout   time.Duration
	statement *bunstore.Statement
	lanes     *gather.Lanes[*request]
	several   [len(sizes)]prepared // by the place of the size
	standing  [len(sizes)]prepared // tells who has changed which row
	one       prepared
}

// kind finds that of a statement.
func (p *pipeline) kind(s *bunstore.Statement) *kind {
	if k, ok := p.kinds.Load(s); ok {
		return k.(*kind)
	}
	k := &kind{timeout: p.timeout, statement: s}
	k.one.prepare(p.pool, func() string { return s.Text })
	for at, size := range sizes {
		k.several[at].prepare(p.pool, func() string { return k.text(size) })
		k.standing[at].prepare(p.pool, func() string { return standingText(s.Update, size) })
	}
	serve := k.write
	if s.Lookup != nil {
		serve = k.read
	}
	k.lanes = gather.NewAmong(p.spare, p.timeout, serve)
	kept, _ := p.kinds.LoadOrStore(s, k)
	return kept.(*kind)
}

// do answers r, in a batch of its own or somebody else's. Its caller's leaving does
// not end it: that would cost a connection.
func (r *request) do(lanes *gather.Lanes[*request]) error {
	r.began = time.Now()
	if lanes.Do(context.Background(), r) != gather.Answered {
		return context.DeadlineExceeded
	}
	return nil
}

// bounded is the time of a batch.
func (k *kind) bounded(leader *request) (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.Background(), gather.Deadline(leader.began, k.timeout))
}

// sizes are for how many rows statements are prepared; what is missing is filled up
// with the last row once more.
var sizes = [...]int{2, 4, 8, 16, 32, gather.MaxBatch}

// sizeFor is the place of the smallest size for n rows.
func sizeFor(n int) int {
	at, _ := slices.BinarySearch(sizes[:], n)
	return at
}

// padded repeats the last row up to the size.
func padded(rows []*request) (at int, list []*request) {
	at = sizeFor(len(rows))
	list = slices.Clip(rows)
	for len(list) < sizes[at] {
		list = append(list, rows[len(rows)-1])
	}
	return at, list
}

// undone says that the server refused a statement, so that it changed nothing and
// each may run by itself. Of the rest nobody knows, or it would end all alike.
func undone(err error) bool {
	if closedMeanwhile(err) {
		return true
	}
	var refused *driver.MySQLError
	if !errors.As(err, &refused) {
		return false
	}
	switch classOf(refused.Number) {
	case bunstore.Broken, bunstore.Unavailable:
		return false
	}
	return true
}

// leave lets each run by itself if what happened to all has changed nothing.
func leave(requests []*request, err error) {
	apart := undone(err)
	for _, r := range requests {
		if apart {
			r.alone = true
		} else {
			r.err = err
		}
	}
}
