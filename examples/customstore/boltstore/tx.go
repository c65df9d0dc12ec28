package boltstore

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/keywright/keywright/core"
)

// tx is one transaction.
type tx struct {
	bolt  *bolt.Tx
	wrote bool
	err   error // the first that a write met; it undoes everything
}

// read runs f on what stands now. All that f reads is of one moment.
func (db *DB) read(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return core.Unavailable(err)
	}
	var answer error
	err := db.bolt.View(func(b *bolt.Tx) error {
		answer = begin(&tx{bolt: b}, f)
		return answer
	})
	return outcome(err, answer)
}

// write runs f and makes durable what it wrote, or nothing of it if it returns
// an error. Writes of several callers share a transaction, so f may run more
// than once: it assigns its results, and never adds to them.
func (db *DB) write(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return core.Unavailable(err)
	}
	var answer error
	err := db.bolt.Batch(func(b *bolt.Tx) error {
		t := tx{bolt: b}
		answer = begin(&t, f)
		if !t.wrote {
			return nil // nothing to undo, so the others need not begin again
		}
		return answer
	})
	return outcome(err, answer)
}

// begin runs f if the file has all that it needs.
func begin(t *tx, f func(*tx) error) error {
	if taken(t.bolt) < len(steps()) {
		return core.Unavailable(errBehind)
	}
	if err := f(t); err != nil {
		return err
	}
	return t.err
}

// outcome tells what bbolt said from what f answered. The former comes first:
// an answer may rest on what another caller wrote in the same transaction, and
// if that could not be made durable, it has never been true.
func outcome(err, answer error) error {
	if err != nil && !errors.Is(err, answer) {
		return core.Unavailable(err)
	}
	return answer
}

func (t *tx) get(bucket string, k []byte) []byte { return t.bolt.Bucket([]byte(bucket)).Get(k) }

func (t *tx) put(bucket string, k, value []byte) {
	t.wrote = true
	t.note(t.bolt.Bucket([]byte(bucket)).Put(k, value))
}

func (t *tx) delete(bucket string, k []byte) {
	t.wrote = true
	t.note(t.bolt.Bucket([]byte(bucket)).Delete(k))
}

func (t *tx) note(err error) {
	if err != nil && t.err == nil {
		t.err = core.Unavailable(err)
	}
}

// scan gives the keys that begin with prefix and come after it and after, in
// order, with their values. Nothing may be written meanwhile.
func (t *tx) scan(bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bolt.Bucket([]byte(bucket)).Cursor()
		from := slices.Concat(prefix, after)
		k, v := c.Seek(from)
		if len(after) > 0 && bytes.Equal(k, from) {
			k, v = c.Next()
		}
		for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}
