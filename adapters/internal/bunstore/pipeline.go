package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// Pipeline runs hot statements for several callers at once: in one round trip where
// a driver can send one before the one before it is answered, or as one statement
// for several rows. It bounds the time that a call takes by itself. The adapters for
// Postgres and MySQL have one.
type Pipeline interface {
	// Takes says whether it runs a statement. Others run on the pool.
	Takes(s *Statement) bool
	// Read runs a statement that only reads.
	Read(ctx context.Context, s *Statement, args []any) (Rows, error)
	// Write runs a statement that changes at most one row, and says how many it
	// changed. Those of several callers may be one transaction, in the order of
	// their keys; one that fails does not harm the others. The error is the
	// driver's.
	Write(ctx context.Context, s *Statement, args []any) (int64, error)
}

// single is where the key of the one row that a statement changes is found among
// its parameters.
type single struct {
	table string
	at    []int
}

// of writes the key: the table, then what the parameters say, each with its
// length before it so that no two keys are written alike.
func (k *single) of(args []any) string {
	b := append(make([]byte, 0, 64), k.table...)
	for _, n := range k.at {
		if part, ok := args[n].([]byte); ok {
			b = append(b, 0, byte(len(part)>>8), byte(len(part)))
			b = append(b, part...)
		}
	}
	return string(b)
}

// Key names the one row that a statement changes, by its parameters: no two rows
// alike.
func (s *Statement) Key(args []any) string { return s.single.of(args) }

// changes says that s changes the row whose key is at these parameters.
func (s *Statement) changes(table string, at ...int) { s.single = &single{table: table, at: at} }

// shared says whether s runs together with those of others.
func (s *Statement) shared(db *DB) bool {
	return db.options.Pipeline != nil && db.options.Pipeline.Takes(s)
}

// from lists n numbers from the first one.
func from(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}

// piped runs a single statement that writes together with those of others.
func (r runner) piped(s *statement, args []any) (sql.Result, error) {
	n, err := r.db.options.Pipeline.Write(r.ctx, &s.Statement, args)
	return driver.RowsAffected(n), err
}

// askPiped is readOnce through the pipeline.
func (db *DB) askPiped(ctx context.Context, s *statement, args, into []any, each func() error) (n int, err error) {
	rows, err := db.options.Pipeline.Read(ctx, &s.Statement, args)
	if err != nil {
		return 0, db.classified(err)
	}
	return rows.scan(into, each)
}
