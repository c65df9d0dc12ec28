package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/keywright/keywright/core"
)

// metaBucket says how many of the steps were taken.
const metaBucket = "meta"

// steps bring a file up to date, in order. A step that was released stays as it
// is; what is to change is a further step, which leaves the file readable for
// the release before.
func steps() []step {
	return []step{
		{"make the buckets", func(b *bolt.Tx) error {
			for _, name := range buckets() {
				if _, err := b.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

type step struct {
	name string
	take func(*bolt.Tx) error
}

// errBehind is a file that Migrate has not brought up to date.
var errBehind = errors.New("boltstore: the file has not been migrated")

// taken is how many steps a file has seen.
func taken(b *bolt.Tx) int {
	if meta := b.Bucket([]byte(metaBucket)); meta != nil {
		if n := meta.Get([]byte("steps")); len(n) == 8 {
			return int(binary.BigEndian.Uint64(n))
		}
	}
	return 0
}

// Migrate takes the steps that are pending, all or none. A second process has
// to wait until the first closes the file, so they never run twice.
func (db *DB) Migrate(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return core.Unavailable(err)
	}
	var later error
	err := db.bolt.Update(func(b *bolt.Tx) error {
		all, n := steps(), taken(b)
		if n > len(all) {
			later = fmt.Errorf("boltstore: a later release has migrated the file (step %d, this one knows %d): run that release", n, len(all))
			return later
		}
		for _, s := range all[n:] {
			if err := s.take(b); err != nil {
				return fmt.Errorf("boltstore: %s: %w", s.name, err)
			}
		}
		return b.Bucket([]byte(metaBucket)).Put([]byte("steps"), binary.BigEndian.AppendUint64(nil, uint64(len(all))))
	})
	return outcome(err, later)
}

// Pending lists the steps that Migrate would take. There is no SQL to run by
// hand.
func (db *DB) Pending(ctx context.Context) ([]core.Migration, error) {
	if err := ctx.Err(); err != nil {
		return nil, core.Unavailable(err)
	}
	var pending []core.Migration
	err := db.bolt.View(func(b *bolt.Tx) error {
		for n, s := range steps() {
			if n >= taken(b) {
				pending = append(pending, core.Migration{Number: n + 1, Name: s.name})
			}
		}
		return nil
	})
	return pending, outcome(err, nil)
}

// Ready makes a write durable, though of nothing: the only way to know that it
// could be one of something.
func (db *DB) Ready(ctx context.Context) error {
	return db.write(ctx, func(*tx) error { return nil })
}
