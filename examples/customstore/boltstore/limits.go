package boltstore

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// window counts attempts against a key until it ends, which is its KeepUntil.
type window struct {
	core.Row
	bare
	key   core.Hash
	count int
}

var windows = table[window, *window]{
	bucket: "windows",
	key:    func(tenant core.ID, w *window) key { return tenantKey(tenant).hash(w.key) },
	row:    func(w *window) *core.Row { return &w.Row },
	fields: func(f *fields, w *window) {
		f.hash(&w.key)
		f.count(&w.count)
	},
}

// Take counts against every limit, in one transaction, so no attempt is counted
// against some of them only.
func (s *Store) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	taken := make([]core.Taken, len(limits))
	err := s.db.write(ctx, func(t *tx) error {
		for n, limit := range limits {
			w, _, err := windows.find(t, tenantKey(s.tenant).hash(limit.Key))
			if err != nil {
				return err
			}
			if !at.Before(w.KeepUntil) { // over, or there was none
				w = window{key: limit.Key, Row: core.Row{KeepUntil: core.Instant(at.Add(limit.Window))}}
			}
			w.count++
			if err := windows.set(t, s.tenant, &w); err != nil {
				return err
			}
			taken[n] = core.Taken{Count: w.count, Over: w.count > limit.Max, Resets: w.KeepUntil}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// Forgive takes one attempt back where a window is open.
func (s *Store) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	return s.db.write(ctx, func(t *tx) error {
		for _, k := range keys {
			w, _, err := windows.find(t, tenantKey(s.tenant).hash(k))
			if err != nil {
				return err
			}
			if !at.Before(w.KeepUntil) || w.count == 0 {
				continue
			}
			w.count--
			if err := windows.set(t, s.tenant, &w); err != nil {
				return err
			}
		}
		return nil
	})
}
