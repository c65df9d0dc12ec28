package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// bounded is how many rows one call touches: 1 to 1000.
func bounded(limit int) int { return min(max(limit, 1), 1000) }

// find reads a row; false says that there is none.
func (tb table[T, P]) find(t *tx, k key) (v T, found bool, err error) {
	value := t.get(tb.bucket, k)
	if value == nil {
		return v, false, nil
	}
	v, err = tb.decode(value)
	return v, true, err
}

// peek is find without the payload, where nothing of it says when the row goes.
func (tb table[T, P]) peek(t *tx, k key) (v T, found bool, err error) {
	value := t.get(tb.bucket, k)
	if value == nil {
		return v, false, nil
	}
	if tb.kept != nil {
		return tb.find(t, k)
	}
	v, _, err = tb.decodeFields(value)
	return v, true, err
}

// load reads a row that has to be there.
func (tb table[T, P]) load(t *tx, k key) (T, error) {
	v, found, err := tb.find(t, k)
	if err == nil && !found {
		err = core.ErrNotFound
	}
	return v, err
}

// loadBy reads the row that an entry leads to.
func (tb table[T, P]) loadBy(t *tx, index string, k key) (T, error) {
	row := t.get(index, k)
	if row == nil {
		var none T
		return none, core.ErrNotFound
	}
	return tb.load(t, row)
}

// one is load in a transaction of its own.
func one[T any, P stored[T]](ctx context.Context, s *Store, tb table[T, P], k key) (v T, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		v, err = tb.load(t, k)
		return err
	})
	return v, err
}

// oneBy is loadBy in a transaction of its own.
func oneBy[T any, P stored[T]](ctx context.Context, s *Store, tb table[T, P], index string, k key) (v T, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		v, err = tb.loadBy(t, index, k)
		return err
	})
	return v, err
}

// span is part of a bucket: what begins with prefix and comes after it and
// after. The bucket is the table's own, or an index whose values are row keys.
type span struct {
	bucket        string
	prefix, after key
}

// everything is a limit that is never reached.
const everything = -1

// collect reads up to limit rows of a span which match; nil matches each.
func (tb table[T, P]) collect(t *tx, at span, limit int, match func(P) bool) ([]T, error) {
	var rows []T
	for _, value := range t.scan(at.bucket, at.prefix, at.after) {
		if len(rows) == limit {
			break
		}
		if at.bucket != tb.bucket {
			value = t.get(tb.bucket, value)
		}
		v, err := tb.decode(value)
		if err != nil {
			return nil, err
		}
		if match == nil || match(&v) {
			rows = append(rows, v)
		}
	}
	return rows, nil
}

// page is collect in a transaction of its own.
func page[T any, P stored[T]](ctx context.Context, s *Store, tb table[T, P], at span, limit int, match func(P) bool) (rows []T, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		rows, err = tb.collect(t, at, bounded(limit), match)
		return err
	})
	return rows, err
}

// after is where a page begins: nowhere in particular for the zero id.
func after(id core.ID) key {
	if id.IsZero() {
		return nil
	}
	return key(nil).id(id)
}
