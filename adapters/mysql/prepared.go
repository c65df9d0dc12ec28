package mysql

import (
	"context"
	"database/sql"
	"sync"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// prepared is a text that is prepared at its first use, on the pool: nobody who
// holds a connection waits for another.
type prepared struct {
	*bunstore.Prepared
	rows sync.Pool // of *row: places for what it reads
}

// prepare says what is prepared, and where.
func (p *prepared) prepare(pool *sql.DB, text func() string) {
	p.Prepared = bunstore.NewPrepared(pool, func(err error) bunstore.Class {
		class, _ := classify(err)
		return class
	}, text)
}

// closedMeanwhile says that somebody else let a statement go before it was run.
func closedMeanwhile(err error) bool { return err.Error() == "sql: statement is closed" }

// exec runs a statement that writes and says how many rows it met.
func (p *prepared) exec(ctx context.Context, args []any) (int64, error) {
	result, err := p.Exec(ctx, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement that reads and gives its rows to each, whose cells are
// good for the one row.
func (p *prepared) query(ctx context.Context, args []any, each func(row []cell)) error {
	rows, err := p.Query(ctx, args)
	if err != nil {
		return err
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
	return p.Heed(rows.Err())
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
