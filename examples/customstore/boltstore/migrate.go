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

// Migrate takes the steps that are pending, all or none. No other process has
// the file open meanwhile, so they never run twice.
func (db *DB) Migrate(ctx context.Context) error {
	pending, err := db.Pending(ctx)
	if err != nil || len(pending) == 0 {
		return err
	}
	err = db.bolt.Update(func(b *bolt.Tx) error {
		all := steps()
		for _, s := range all[min(taken(b), len(all)):] {
			if err := s.take(b); err != nil {
				return fmt.Errorf("boltstore: %s: %w", s.name, err)
			}
		}
		return b.Bucket([]byte(metaBucket)).Put([]byte("steps"), binary.BigEndian.AppendUint64(nil, uint64(len(all))))
	})
	return outcome(err, nil)
}

// Pending lists the steps that Migrate would take. There is no SQL to run by
// hand. A file that a later release has migrated is an error.
func (db *DB) Pending(ctx context.Context) (pending []core.Migration, err error) {
	if err := ctx.Err(); err != nil {
		return nil, core.Unavailable(err)
	}
	all, n := steps(), 0
	err = db.bolt.View(func(b *bolt.Tx) error {
		n = taken(b)
		return nil
	})
	if err != nil {
		return nil, core.Unavailable(err)
	}
	if n > len(all) {
		return nil, fmt.Errorf("boltstore: a later release has migrated the file (step %d, this one knows %d): run that release", n, len(all))
	}
	for i := n; i < len(all); i++ {
		pending = append(pending, core.Migration{Number: i + 1, Name: all[i].name})
	}
	return pending, nil
}

// Ready makes a write durable, though of nothing: the only way to know that it
// could be one of something.
func (db *DB) Ready(ctx context.Context) error {
	return db.write(ctx, func(*tx) error { return nil })
}
