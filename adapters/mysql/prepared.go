package mysql

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	driver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// prepared is a text that is prepared at its first use, on the pool: nobody who
// holds a connection waits for another.
type prepared struct {
	mu    sync.Mutex
	ready atomic.Pointer[sql.Stmt]
	rows  sync.Pool // of *row: places for what it reads
}

// on is the statement, prepared if need be.
func (p *prepared) on(ctx context.Context, pool *sql.DB, text func() string) (*sql.Stmt, error) {
	if s := p.ready.Load(); s != nil {
		return s, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.ready.Load(); s != nil {
		return s, nil
	}
	s, err := pool.PrepareContext(ctx, text())
	if err == nil {
		p.ready.Store(s)
	}
	return s, err
}

// heed lets the statement be prepared anew where err says that it no longer fits.
// Calls that use it meanwhile end first.
func (p *prepared) heed(err error) error {
	var refused *driver.MySQLError
	if err == nil || !errors.As(err, &refused) || classOf(refused.Number) != bunstore.Stale {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.ready.Swap(nil); s != nil {
		_ = s.Close()
	}
	return err
}

// closedMeanwhile says that somebody else let a statement go before it was run.
func closedMeanwhile(err error) bool { return err.Error() == "sql: statement is closed" }

// exec runs a statement that writes and says how many rows it met.
func (p *prepared) exec(ctx context.Context, pool *sql.DB, text func() string, args []any) (int64, error) {
	result, err := p.execPrepared(ctx, pool, text, args)
	if crowded(err) {
		result, err = execText(ctx, pool, text(), args)
	}
	if err != nil {
		return 0, p.heed(err)
	}
	return result.RowsAffected()
}

func (p *prepared) execPrepared(ctx context.Context, pool *sql.DB, text func() string, args []any) (sql.Result, error) {
	s, err := p.on(ctx, pool, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// execText runs a statement by its text, on a connection of its own: the pool could
// run it again on another where only the answer was lost.
func execText(ctx context.Context, pool *sql.DB, text string, args []any) (sql.Result, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return conn.ExecContext(ctx, text, args...)
}

// crowded says that the server has no room for another prepared statement: nothing
// was run, and by its text it can be.
func crowded(err error) bool {
	var refused *driver.MySQLError
	return errors.As(err, &refused) && classOf(refused.Number) == bunstore.Crowded
}

// query runs a statement that reads and gives its rows to each, whose cells are
// good for the one row.
func (p *prepared) query(
	ctx context.Context, pool *sql.DB, text func() string, args []any, each func(row []cell),
) error {
	rows, err := p.queryPrepared(ctx, pool, text, args)
	if crowded(err) {
		rows, err = pool.QueryContext(ctx, text(), args...)
	}
	if err != nil {
		return p.heed(err)
	}
	defer func() { _ = rows.Close() }()
	var places *row
	for rows.Next() {
		if places == nil {
			if places, err = p.places(rows); err != nil {
				return err
			}
			defer p.rows.Put(places)
		}
		if err := rows.Scan(places.into...); err != nil {
			return err
		}
		each(places.cells)
	}
	return p.heed(rows.Err())
}

func (p *prepared) queryPrepared(ctx context.Context, pool *sql.DB, text func() string, args []any) (*sql.Rows, error) {
	s, err := p.on(ctx, pool, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// row is where a row goes, and how the driver is told of it.
type row struct {
	cells []cell
	into  []any
}

// places are those for a row, kept for the next read.
func (p *prepared) places(rows *sql.Rows) (*row, error) {
	if kept, ok := p.rows.Get().(*row); ok {
		return kept, nil
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	r := &row{cells: make([]cell, len(names)), into: make([]any, len(names))}
	for n := range r.cells {
		r.into[n] = &r.cells[n]
	}
	return r, nil
}
