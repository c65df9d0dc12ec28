package mysql

import (
	"context"
	"errors"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// read answers a batch. Those who ask for the same row share it, as nobody changes
// what was read.
func (k *kind) read(batch []*request) {
	ctx, cancel := k.bounded(batch[0])
	defer cancel()
	if len(batch) == 1 {
		k.readOne(ctx, batch[0])
		return
	}
	first, heads := make(map[string]*request, len(batch)), make([]*request, 0, len(batch))
	for _, r := range batch {
		r.key = keyOf(r.args)
		if first[r.key] == nil {
			first[r.key] = r
			heads = append(heads, r)
		}
	}
	if len(heads) == 1 {
		k.readOne(ctx, heads[0])
	} else {
		k.readSeveral(ctx, heads, first)
	}
	for _, r := range batch {
		if head := first[r.key]; r != head {
			r.rows, r.err, r.alone = head.rows, head.err, head.alone
		}
	}
}

// readOne runs the statement for one key.
func (k *kind) readOne(ctx context.Context, r *request) {
	r.rows, r.alone = bunstore.Rows{}, false
	r.err = k.one.query(ctx, r.args, func(row []cell) { r.add(row) })
}

// readSeveral runs the statement for several keys. Each row says first whose it is.
func (k *kind) readSeveral(ctx context.Context, heads []*request, by map[string]*request) {
	at, rows := padded(heads)
	keys := len(k.statement.Lookup.Key)
	args := make([]any, 0, len(rows)*keys)
	for _, r := range rows {
		args = append(args, r.args...)
	}
	stray := false
	err := k.several[at].query(ctx, args, func(row []cell) {
		r := by[keyOfRow(row[:keys])]
		if r == nil {
			stray = true
			return
		}
		r.add(row[keys:])
	})
	if err == nil && stray {
		err = errStray
	}
	if err == nil {
		return
	}
	for _, r := range heads {
		r.rows = bunstore.Rows{}
	}
	leave(heads, err)
}

// errStray is of a row that nobody asked for.
var errStray = errors.New("mysql: a row that was not asked for")

// add keeps a row.
func (r *request) add(row []cell) {
	r.rows.Begin(len(row))
	for n := range row {
		r.rows.Values = append(r.rows.Values, row[n].Value)
	}
	r.rows.Keep()
}

// keyOfRow is keyOf for a key that was read.
func keyOfRow(row []cell) string {
	args := make([]any, len(row))
	for n := range row {
		args[n] = row[n].Bytes
	}
	return keyOf(args)
}

// cell is the place for a column.
type cell struct{ bunstore.Value }

var errCell = errors.New("mysql: a column of another type than this adapter writes")

// Scan reads a column. Bytes are good until the next row.
func (c *cell) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		c.Value = bunstore.Value{}
	case []byte:
		c.Value = bunstore.Value{Bytes: v}
	case int64:
		c.Value = bunstore.Value{Number: v, IsNumber: true}
	case uint64: // of the bit operators
		c.Value = bunstore.Value{Number: int64(v), IsNumber: true}
	default:
		return errCell
	}
	return nil
}
