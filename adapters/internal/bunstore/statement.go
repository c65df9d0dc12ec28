package bunstore

import (
	"context"
	"database/sql"
)

// statement is one that callers repeat, with its place among the prepared ones.
type statement struct {
	Statement
	*Prepared
	plain bool // is run by its text
}

// newStatement writes text as the dialect wants it.
func newStatement(db *DB, pool *sql.DB, text string) *statement {
	s := &statement{Statement: Statement{Text: db.dialect.Text(text)}, plain: db.options.Unprepared}
	s.Prepared = NewPrepared(pool, db.class, func() string { return s.Text })
	if pool == db.writer.DB {
		db.writes = append(db.writes, s)
	}
	return s
}

// prepareWrites prepares what transactions use, before the first of them: inside
// one, a pool of one connection has none left to prepare on.
func (db *DB) prepareWrites(ctx context.Context) error {
	if db.prepared.Load() || db.dialect.ByText || db.options.Unprepared {
		return nil
	}
	for _, s := range db.writes {
		if _, err := s.on(ctx); err != nil {
			return err
		}
	}
	db.prepared.Store(true)
	return nil
}

// ask runs a hot read and gives its rows to each, one after another. doc.go says where.
func (db *DB) ask(ctx context.Context, s *statement, args []any, into []any, each func() error) (n int, err error) {
	if s.shared(db) {
		return db.askAgain(ctx, func() (int, error) {
			db.heard(ctx, s.Text)
			return db.askPiped(ctx, s, args, into, each)
		})
	}
	if db.options.Direct != nil {
		return db.askAgain(ctx, func() (int, error) {
			db.heard(ctx, s.Text)
			return db.askDirect(s, args, into, each)
		})
	}
	return db.askPool(ctx, s, args, into, each)
}

// askPool runs a hot read on a connection of its pool.
func (db *DB) askPool(ctx context.Context, s *statement, args []any, into []any, each func() error) (int, error) {
	return db.read(ctx, func(ctx context.Context) (*sql.Rows, error) {
		db.heard(ctx, s.Text)
		if s.plain {
			return s.pool.QueryContext(ctx, s.Text, args...)
		}
		return s.Query(ctx, args)
	}, into, each)
}

// one is ask for a row that must be there.
func (db *DB) one(ctx context.Context, s *statement, args []any, into []any, each func() error) error {
	n, err := db.ask(ctx, s, args, into, each)
	if err == nil && n == 0 {
		return errNotFound
	}
	return err
}

// read asks for rows and gives each of them to each. What is lost before the
// first row came is asked again.
func (db *DB) read(
	ctx context.Context, rows func(context.Context) (*sql.Rows, error), into []any, each func() error,
) (n int, err error) {
	bounded, cancel := db.bounded(ctx)
	defer cancel()
	return db.askAgain(ctx, func() (int, error) { return db.readOnce(bounded, rows, into, each) })
}

// askAgain reads until there is an answer or no hope of one.
func (db *DB) askAgain(ctx context.Context, once func() (int, error)) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, outward(err)
	}
	for range attempts {
		if n, err = once(); n > 0 || !readAgain(err) {
			break
		}
	}
	return n, outward(err)
}

func (db *DB) readOnce(
	ctx context.Context, query func(context.Context) (*sql.Rows, error), into []any, each func() error,
) (int, error) {
	rows, err := query(ctx)
	if err != nil {
		return 0, db.classified(err)
	}
	return db.drain(rows, into, each)
}

// drain scans every row into the same places and closes rows.
func (db *DB) drain(rows *sql.Rows, into []any, each func() error) (n int, err error) {
	defer func() { _ = rows.Close() }()
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, db.classified(err)
		}
		if err := each(); err != nil {
			return n + 1, err
		}
	}
	return n, db.classified(rows.Err())
}

func (db *DB) heard(ctx context.Context, text string) {
	if db.options.OnStatement != nil {
		db.options.OnStatement(ctx, text)
	}
}
