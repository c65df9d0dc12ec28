package bunstore

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/keywright/keywright/core"
)

// Ready says whether reads and writes work, on a schema that has all this
// release needs. What it writes it removes, and commits: a database that is full
// may find out only then. A later one is fine: steps only add, so that a release serves
// on while the next one starts. The schema is looked at until it was right once.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.fits(ctx); err != nil {
		return core.Unavailable(err)
	}
	name := []byte("ready " + rand.Text()) // its own, so that nobody waits for another's
	return db.write(ctx, true, func(r runner) error {
		if _, err := r.exec(db.hot.insertLease, []byte{}, int64(0), name); err != nil {
			return err
		}
		_, err := r.exec(db.hot.deleteLease, name)
		return err
	})
}

func (db *DB) fits(ctx context.Context) error {
	if db.fit.Load() {
		return nil
	}
	steps, err := db.steps()
	if err != nil {
		return err
	}
	bounded, cancel := db.bounded(ctx)
	defer cancel()
	at, err := db.taken(bounded, db.reader.DB)
	if err != nil {
		return err
	}
	if at < len(steps) {
		return fmt.Errorf("%w: at step %d of %d: call Migrate, or run what Pending lists", errSchema, at, len(steps))
	}
	return db.checkShape(bounded, db.reader.DB, steps)
}
