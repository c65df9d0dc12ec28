package bunstore

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"
)

// statement is a text with its place among the prepared ones. It is prepared
// at first use, since at start its tables may not be there yet.
type statement struct {
	text  string
	pool  *sql.DB
	mu    sync.Mutex
	ready atomic.Pointer[sql.Stmt]
}

// newStatement writes the dialect's placeholders into text.
func newStatement(db *DB, pool *sql.DB, text string) *statement {
	var b strings.Builder
	for n, part := range strings.Split(text, "?") {
		if n > 0 {
			b.WriteString(db.dialect.Placeholder(n))
		}
		b.WriteString(part)
	}
	s := &statement{text: b.String(), pool: pool}
	if pool == db.writer.DB {
		db.writes = append(db.writes, s)
	}
	return s
}

// prepareWrites prepares what transactions use, before the first of them: inside
// one, a pool of one connection has none left to prepare on.
func (db *DB) prepareWrites(ctx context.Context) error {
	if db.prepared.Load() {
		return nil
	}
	for _, s := range db.writes {
		if _, err := s.prepared(ctx); err != nil {
			return err
		}
	}
	db.prepared.Store(true)
	return nil
}

func (s *statement) prepared(ctx context.Context) (*sql.Stmt, error) {
	if p := s.ready.Load(); p != nil {
		return p, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.ready.Load(); p != nil {
		return p, nil
	}
	p, err := s.pool.PrepareContext(context.WithoutCancel(ctx), s.text)
	if err == nil {
		s.ready.Store(p)
	}
	return p, err
}

// ask runs a hot read and gives its rows to each, one after another.
func (db *DB) ask(ctx context.Context, s *statement, args []any, into []any, each func() error) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	p, err := s.prepared(ctx)
	if err != nil {
		return 0, db.readError(ctx, err)
	}
	db.heard(ctx, s.text)
	if db.dialect.Detached {
		ctx = context.WithoutCancel(ctx)
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return 0, db.readError(ctx, err)
	}
	return db.drain(ctx, rows, into, each)
}

// one is ask for a row that must be there.
func (db *DB) one(ctx context.Context, s *statement, args []any, into []any, each func() error) error {
	n, err := db.ask(ctx, s, args, into, each)
	if err == nil && n == 0 {
		return errNotFound
	}
	return err
}

// drain scans every row into the same places and closes rows.
func (db *DB) drain(ctx context.Context, rows *sql.Rows, into []any, each func() error) (n int, err error) {
	defer func() { _ = rows.Close() }()
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, db.readError(ctx, err)
		}
		if err := each(); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, db.readError(ctx, err)
	}
	return n, nil
}

func (db *DB) heard(ctx context.Context, text string) {
	if db.onStatement != nil {
		db.onStatement(ctx, text)
	}
}
