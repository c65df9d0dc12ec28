package bunstore

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

// Prepared is a text on a pool: prepared at its first use, since at start its tables
// may not be there yet; prepared anew where it no longer fits them; and sent as it
// is where the server has no room for one more.
type Prepared struct {
	pool  *sql.DB
	class func(error) Class
	text  func() string
	mu    sync.Mutex
	ready atomic.Pointer[sql.Stmt]
}

// NewPrepared prepares nothing yet. It asks for the text whenever that is sent, and
// what errors of the driver mean.
func NewPrepared(pool *sql.DB, class func(error) Class, text func() string) *Prepared {
	return &Prepared{pool: pool, class: class, text: text}
}

// on is the statement, prepared if need be on a connection of the pool: nobody who
// holds the only one may ask for it first.
func (p *Prepared) on(ctx context.Context) (*sql.Stmt, error) {
	if s := p.ready.Load(); s != nil {
		return s, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.ready.Load(); s != nil {
		return s, nil
	}
	s, err := p.pool.PrepareContext(ctx, p.text())
	if err == nil {
		p.ready.Store(s)
	}
	return s, err
}

// Heed lets the statement be prepared anew where err says that it no longer fits,
// and returns err. Calls that use it meanwhile end first.
func (p *Prepared) Heed(err error) error {
	if err == nil || p.class(err) != Stale {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.ready.Swap(nil); s != nil {
		_ = s.Close()
	}
	return err
}

// Query runs a statement that only reads.
func (p *Prepared) Query(ctx context.Context, args []any) (*sql.Rows, error) {
	rows, err := p.query(ctx, args)
	if err != nil && p.class(err) == Crowded {
		return p.pool.QueryContext(ctx, p.text(), args...)
	}
	return rows, p.Heed(err)
}

func (p *Prepared) query(ctx context.Context, args []any) (*sql.Rows, error) {
	s, err := p.on(ctx)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// Exec runs a statement that writes.
func (p *Prepared) Exec(ctx context.Context, args []any) (sql.Result, error) {
	result, err := p.exec(ctx, args)
	if err == nil || p.class(err) != Crowded {
		return result, p.Heed(err)
	}
	conn, err := connectionForText(ctx, p.pool)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return conn.ExecContext(ctx, p.text(), args...)
}

func (p *Prepared) exec(ctx context.Context, args []any) (sql.Result, error) {
	s, err := p.on(ctx)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// connectionForText is where a single statement that writes is sent by its text. A
// driver may take a lost answer for a connection that was never used, and a pool
// would then run the statement again on another.
func connectionForText(ctx context.Context, pool *sql.DB) (*sql.Conn, error) { return pool.Conn(ctx) }
