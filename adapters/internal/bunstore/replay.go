package bunstore

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// Mark remembers that something was seen; the second time is a conflict.
func (s *store) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	args := []any{s.key, textValue(kind), hash[:], endValue(keepUntil), changeValue(change)}
	return s.db.write(ctx, false, func(r runner) error {
		n, err := r.exec(s.db.hot.mark, args...)
		if err == nil && n == 0 {
			return &core.ConflictError{Key: "id"}
		}
		return taken(err, "id")
	})
}

// Unmark takes a mark back from whoever made it with this change.
func (s *store) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	if change.IsZero() {
		return nil
	}
	args := []any{s.key, textValue(kind), hash[:], idValue(change)}
	return s.db.write(ctx, false, func(r runner) error {
		_, err := r.exec(s.db.hot.unmark, args...)
		return err
	})
}

// changeValue is NULL for what nobody takes back, as in rows of releases that
// knew no change of a mark.
func changeValue(change core.ID) any {
	if change.IsZero() {
		return nil
	}
	return idValue(change)
}

// Marked says whether something was seen and how the client stands, in one
// statement that always gives a row.
func (s *store) Marked(
	ctx context.Context, kind string, hash core.Hash, client string,
) (seen bool, st core.ClientStanding, err error) {
	var v clientStandingValues
	var found octets
	args := []any{s.key, textValue(client), s.key, textValue(kind), hash[:]}
	into := []any{&v.off, &v.epoch, &v.version, &found}
	err = s.db.one(ctx, s.db.hot.marked, args, into, func() error {
		seen, st = found != nil, v.standing()
		return nil
	})
	return seen, st, err
}
