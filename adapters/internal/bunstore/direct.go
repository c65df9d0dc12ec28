package bunstore

import "context"

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

// askDirect runs a hot read. A connection that writes keeps its cache of pages,
// while every commit makes the others lose theirs, so it is asked first; but only
// while it is idle, since nobody waits for a commit in order to read. Where there is
// none, others may read all the same.
func (db *DB) askDirect(s *statement, args, into []any, each func() error) (n int, err error) {
	var rows Rows
	read := func(c Connection) { rows, err = c.Query(&s.Statement, args) }
	var none error
	if !db.gather.Try(func() { none = db.options.Direct.Write(read) }) || none != nil {
		none = db.options.Direct.Read(read)
	}
	if none != nil {
		err = none
	}
	if err != nil {
		return 0, db.classified(err)
	}
	return rows.scan(into, each)
}

// directly lends a job the connection that writes.
func (db *DB) directly(ctx context.Context, run func(runner) error) (err error) {
	none := db.options.Direct.Write(func(c Connection) { err = run(runner{ctx: ctx, db: db, direct: c}) })
	if none != nil {
		return db.classified(none)
	}
	return err
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
