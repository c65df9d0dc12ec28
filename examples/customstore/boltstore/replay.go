package boltstore

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// mark is something that was seen.
type mark struct {
	core.Row
	bare
	kind string
	hash core.Hash
}

var marks = table[mark, *mark]{
	bucket: "marks",
	key:    func(tenant core.ID, m *mark) key { return markKey(tenant, m.kind, m.hash) },
	row:    func(m *mark) *core.Row { return &m.Row },
	fields: func(f *fields, m *mark) {
		text(f, &m.kind)
		f.hash(&m.hash)
	},
}

func markKey(tenant core.ID, kind string, hash core.Hash) key {
	return tenantKey(tenant).text(kind).hash(hash)
}

// Mark remembers what it has not seen.
func (s *Store) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	return create(ctx, s, marks, mark{Row: core.Row{Change: change, KeepUntil: keepUntil}, kind: kind, hash: hash}, nil)
}

// Unmark takes a mark back from whoever made it with this change.
func (s *Store) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	return s.db.write(ctx, func(t *tx) error {
		m, _, err := marks.find(t, markKey(s.tenant, kind, hash))
		if errors.Is(err, core.ErrNotFound) {
			return nil
		}
		if err == nil && !change.IsZero() && m.Change == change {
			t.remove(marks.placed(s.tenant, &m))
		}
		return err
	})
}

// Marked says whether it was seen, and how the client stands.
func (s *Store) Marked(ctx context.Context, kind string, hash core.Hash, client string) (seen bool, now core.ClientStanding, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		seen = t.get("marks", markKey(s.tenant, kind, hash)) != nil
		now, err = t.clientStanding(s.tenant, client)
		return err
	})
	return seen, now, err
}
