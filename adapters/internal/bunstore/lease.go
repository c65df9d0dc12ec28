package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// Lease takes or keeps a lease: first by changing the row of one's own or of
// who let it lapse, then by adding a row. Each is atomic, so nothing more is
// needed.
func (db *DB) Lease(ctx context.Context, name string, holder core.ID, now, until time.Time) (bool, error) {
	who, key := idValue(holder), textValue(name)
	end, at := instantValue(until), instantValue(now)
	err := db.write(ctx, false, func(r runner) error {
		n, err := r.exec(db.hot.extendLease, who, end, key, who, at)
		if err != nil || n > 0 {
			return err
		}
		_, err = r.exec(db.hot.insertLease, who, end, key)
		return taken(err, "id")
	})
	if errors.Is(err, core.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
