package bunstore

import (
	"cmp"
	"context"
)

// Direct lends connections that are spoken to without database/sql: one that
// writes, and others that read. What it returns is why it lent none. The adapter for
// SQLite has one.
type Direct interface {
	// Read lends one that only reads. It may wait for another to come back.
	Read(do func(Connection)) error
	// Write lends the one that writes, to one caller at a time.
	Write(do func(Connection)) error
	// Close ends all of them. Who asks later gets none.
	Close() error
}

// Connection is one caller's until it goes back. Its errors are the driver's.
type Connection interface {
	// Query gives all rows of a statement.
	Query(s *Statement, args []any) (Rows, error)
	// Exec says how many rows a statement changed.
	Exec(s *Statement, args []any) (int64, error)
	// Do runs the text of what gives nothing and takes no parameters.
	Do(text string) error
	// Begin, Commit and Rollback are the limits of a transaction. Rollback does
	// nothing where there is none.
	Begin() error
	Commit() error
	Rollback() error
}

// question is a hot read, in one piece of memory with what is answered.
type question struct {
	db        *DB
	statement *statement
	args      []any
	rows      Rows
	err, none error
}

func (q *question) ask(c Connection) { q.rows, q.err = c.Query(&q.statement.Statement, q.args) }

// askWriter asks the connection that writes, which is idle.
func (q *question) askWriter() { q.none = q.db.options.Direct.Write(q.ask) }

// askDirect runs a hot read. A connection that writes keeps its cache of pages,
// while every commit makes the others lose theirs, so it is asked first; but only
// while it is idle, since nobody waits for a commit in order to read. Where there is
// none, others may read all the same.
func (db *DB) askDirect(s *statement, args, into []any, each func() error) (int, error) {
	q := &question{db: db, statement: s, args: args}
	if !db.gather.Try(q.askWriter) || q.none != nil {
		q.none = db.options.Direct.Read(q.ask)
	}
	if err := cmp.Or(q.none, q.err); err != nil {
		return 0, db.classified(err)
	}
	return q.rows.scan(into, each)
}

// lent is what runs on the connection that writes, and what became of it.
type lent struct {
	runner runner
	run    func(runner) error
	err    error
}

func (l *lent) on(c Connection) {
	l.runner.direct = c
	l.err = l.run(l.runner)
}

// directly lends a job the connection that writes.
func (db *DB) directly(ctx context.Context, run func(runner) error) error {
	l := &lent{runner: runner{ctx: ctx, db: db}, run: run}
	if none := db.options.Direct.Write(l.on); none != nil {
		return db.classified(none)
	}
	return l.err
}

// committed runs jobs as one transaction.
func (r runner) committed(jobs []*job) error {
	if err := r.direct.Begin(); err != nil {
		return r.db.classified(err)
	}
	defer func() { _ = r.direct.Rollback() }() // does nothing after a commit
	if err := r.jobs(jobs); err != nil {
		return err
	}
	if err := r.direct.Commit(); err != nil {
		return r.db.uncommitted(err)
	}
	return nil
}
