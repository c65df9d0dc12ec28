package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/uptrace/bun/dialect/sqlitedialect"
)

var (
	errStale   = errors.New("no longer fits")
	errCrowded = errors.New("no room")
)

// desk is a server whose tables change and whose room for statements ends.
type desk struct {
	full     bool
	tables   int // how often they have changed
	prepared int // statements so far
	texts    []string
}

func (d *desk) Connect(context.Context) (driver.Conn, error) { return d, nil }
func (d *desk) Driver() driver.Driver                        { return nil }
func (d *desk) Close() error                                 { return nil }
func (d *desk) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }

func (d *desk) Prepare(string) (driver.Stmt, error) {
	if d.full {
		return nil, errCrowded
	}
	d.prepared++
	return sheet{d, d.tables}, nil
}

func (d *desk) ExecContext(_ context.Context, text string, _ []driver.NamedValue) (driver.Result, error) {
	d.texts = append(d.texts, text)
	return driver.RowsAffected(1), nil
}

func (d *desk) QueryContext(_ context.Context, text string, _ []driver.NamedValue) (driver.Rows, error) {
	d.texts = append(d.texts, text)
	return none{}, nil
}

// sheet is a statement that was prepared when the tables had changed so often.
type sheet struct {
	desk   *desk
	tables int
}

func (s sheet) Close() error  { return nil }
func (s sheet) NumInput() int { return -1 }

func (s sheet) Exec([]driver.Value) (driver.Result, error) {
	if s.tables != s.desk.tables {
		return nil, errStale
	}
	return driver.RowsAffected(1), nil
}

func (s sheet) Query([]driver.Value) (driver.Rows, error) {
	if s.tables != s.desk.tables {
		return nil, errStale
	}
	return none{}, nil
}

// none are no rows.
type none struct{}

func (none) Columns() []string         { return nil }
func (none) Close() error              { return nil }
func (none) Next([]driver.Value) error { return io.EOF }

func deskClass(err error) (Class, string) {
	switch {
	case errors.Is(err, errStale):
		return Stale, err.Error()
	case errors.Is(err, errCrowded):
		return Crowded, err.Error()
	}
	return Fault, err.Error()
}

// deskDB is a store at the desk, where each waits for its own.
func deskDB(d *desk) *DB {
	pool := sql.OpenDB(d)
	return New(Dialect{
		Bun: sqlitedialect.New(), Classify: deskClass,
		Text: func(text string) string { return text }, Take: func(int) string { return "" },
	}, pool, pool, Options{})
}

// What no longer fits its tables changed nothing: it is prepared anew, and neither
// who reads nor who writes is told of it.
func TestAStatementThatNoLongerFitsIsPreparedAnew(t *testing.T) {
	d := &desk{}
	db := deskDB(d)
	read := func() error {
		_, err := db.ask(t.Context(), db.hot.walk.load, nil, nil, func() error { return nil })
		return err
	}
	write := func() error {
		return db.write(t.Context(), false, func(r runner) error {
			_, err := r.exec(db.hot.mark)
			return err
		})
	}
	returning := func() error {
		return db.write(t.Context(), false, func(r runner) error {
			return r.returning(db.hot.take[0], nil, nil, func() error { return nil })
		})
	}
	for name, call := range map[string]func() error{"a read": read, "a write": write, "a write that gives rows": returning} {
		for range 2 {
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			d.tables++
		}
	}
	if d.prepared != 6 || len(d.texts) > 0 {
		t.Errorf("%d statements were prepared, want each twice; %q were sent as they are", d.prepared, d.texts)
	}
}

// Where the server has no room for one more prepared statement its text is sent.
func TestWhereTheServerIsFullTextsAreSent(t *testing.T) {
	d := &desk{full: true}
	class := func(err error) Class { class, _ := deskClass(err); return class }
	p := NewPrepared(sql.OpenDB(d), class, func() string { return "text" })
	for range 2 {
		if _, err := p.Exec(t.Context(), nil); err != nil {
			t.Error(err)
		}
		rows, err := p.Query(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
		d.full = false
	}
	if len(d.texts) != 2 || d.prepared != 1 {
		t.Errorf("%q were sent as they are, and %d prepared once there was room", d.texts, d.prepared)
	}
}
