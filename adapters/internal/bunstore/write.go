package bunstore

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"github.com/keywright/keywright/core"
)

// job is one method's write: one statement, or several that stand or fall
// together. Everything it writes is encoded before, so that nobody waits for
// that.
type job struct {
	ctx     context.Context
	several bool
	run     func(r runner) error
	err     error
}

// runner is where the statements of a job run: a transaction, or for a single
// statement one connection or the pool itself.
type runner struct {
	ctx  context.Context
	db   *DB
	tx   *sql.Tx
	conn *sql.Conn
	// direct takes the place of all these.
	direct Connection
}

// write runs a job, alone or in a batch with others.
func (db *DB) write(ctx context.Context, several bool, run func(r runner) error) error {
	if err := ctx.Err(); err != nil {
		return outward(err)
	}
	j := &job{ctx: ctx, several: several, run: run, err: core.ErrUnavailable}
	if db.dialect.Gather {
		return outward(db.gathered(j))
	}
	bounded, cancel := db.bounded(ctx)
	defer cancel()
	return outward(db.alone(bounded, j))
}

// attempts a unit has against deadlocks, lost races for a lock and lost
// connections.
const attempts = 4

// alone runs one job by itself.
func (db *DB) alone(ctx context.Context, j *job) (err error) {
	for n := range max(attempts, db.dialect.Attempts) {
		if n > 0 && !pause(ctx, min(n, 4)) {
			return err
		}
		if !j.several {
			err = db.single(ctx, j)
		} else {
			err = db.transaction(ctx, []*job{j})
			if err == nil {
				err = j.err
			}
		}
		if !writeAgain(err, j.several) {
			return err
		}
	}
	return err
}

// single runs a job of one statement.
func (db *DB) single(ctx context.Context, j *job) error {
	if db.options.Direct != nil {
		return db.directly(ctx, j.run)
	}
	r := runner{ctx: ctx, db: db}
	if db.options.Unprepared {
		conn, err := connectionForText(ctx, db.writer.DB)
		if err != nil {
			return db.classified(err)
		}
		defer func() { _ = conn.Close() }()
		r.conn = conn
	}
	return j.run(r)
}

// pause waits before the n-th repetition, so that those who met do not meet
// again.
func pause(ctx context.Context, n int) bool {
	wait := time.NewTimer(time.Duration(1+rand.IntN(10<<n)) * time.Millisecond) //nolint:gosec // jitter
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// transaction runs the jobs as one. Refusals are left in each job; the error
// is for all.
func (db *DB) transaction(ctx context.Context, jobs []*job) error {
	if db.options.Direct != nil {
		return db.directly(ctx, func(r runner) error { return r.committed(jobs) })
	}
	if err := db.prepareWrites(ctx); err != nil {
		return db.classified(err)
	}
	tx, err := db.writer.DB.BeginTx(ctx, &sql.TxOptions{Isolation: db.dialect.Isolation})
	if err != nil {
		return db.classified(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := (runner{ctx: ctx, db: db, tx: tx}).jobs(jobs); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return db.uncommitted(err)
	}
	return nil
}

// jobs runs each in the transaction that r is.
func (r runner) jobs(jobs []*job) error {
	for _, j := range jobs {
		if len(jobs) > 1 {
			r.ctx = context.WithoutCancel(j.ctx)
		}
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if j.several && len(jobs) > 1 {
			j.err = r.saved(j.run)
		} else {
			j.err = j.run(r)
		}
		if j.err != nil && (!refused(j.err) || len(jobs) == 1) {
			return j.err
		}
	}
	return nil
}

// saved runs a job of several statements inside a batch.
func (r runner) saved(run func(runner) error) error {
	if err := r.plain("SAVEPOINT job"); err != nil {
		return err
	}
	err := run(r)
	if err != nil {
		if undo := r.plain("ROLLBACK TO SAVEPOINT job"); undo != nil {
			return undo
		}
	}
	if end := r.plain("RELEASE SAVEPOINT job"); end != nil {
		return end
	}
	return err
}

func (r runner) plain(text string) error {
	if r.direct != nil {
		return r.db.classified(r.direct.Do(text))
	}
	_, err := r.tx.ExecContext(r.ctx, text)
	return r.db.classified(err)
}

// exec runs a statement and says how many rows it changed.
func (r runner) exec(s *statement, args ...any) (int64, error) {
	r.db.heard(r.ctx, s.Text)
	if r.direct != nil {
		n, err := r.direct.Exec(&s.Statement, args)
		return n, r.db.classified(err)
	}
	return r.affected(r.run(s, args))
}

func (r runner) run(s *statement, args []any) (sql.Result, error) {
	switch {
	case r.conn != nil:
		return r.conn.ExecContext(r.ctx, s.Text, args...)
	case r.tx == nil && s.single != nil && s.shared(r.db):
		return r.piped(s, args)
	case r.tx == nil:
		return s.Exec(r.ctx, args)
	case r.byText():
		return r.tx.ExecContext(r.ctx, s.Text, args...)
	}
	p, err := s.on(r.ctx)
	if err != nil {
		return nil, err
	}
	result, err := r.tx.StmtContext(r.ctx, p).ExecContext(r.ctx, args...)
	return result, s.Heed(err)
}

func (r runner) byText() bool { return r.db.dialect.ByText || r.db.options.Unprepared }

// affected counts rows: only none or some means the same everywhere.
func (r runner) affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, r.db.classified(err)
	}
	n, err := res.RowsAffected()
	return n, r.db.classified(err)
}

// returning runs a statement that gives rows.
func (r runner) returning(s *statement, args, into []any, each func() error) error {
	r.db.heard(r.ctx, s.Text)
	if r.direct != nil {
		rows, err := r.direct.Query(&s.Statement, args)
		if err != nil {
			return r.db.classified(err)
		}
		_, err = rows.scan(into, each)
		return err
	}
	rows, err := r.rows(s, args)
	if err != nil {
		return r.db.classified(err)
	}
	_, err = r.db.drain(rows, into, each)
	return err
}

func (r runner) rows(s *statement, args []any) (*sql.Rows, error) {
	switch {
	case r.conn != nil:
		return r.conn.QueryContext(r.ctx, s.Text, args...)
	case r.tx != nil && r.byText():
		return r.tx.QueryContext(r.ctx, s.Text, args...)
	}
	p, err := s.on(r.ctx)
	if err != nil {
		return nil, err
	}
	if r.tx != nil {
		p = r.tx.StmtContext(r.ctx, p)
	}
	rows, err := p.QueryContext(r.ctx, args...)
	return rows, s.Heed(err)
}
