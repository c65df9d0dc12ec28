package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// EndGrants revokes what the filter names and is not final yet. The reason is
// part of the payload, so core writes it.
func (s *Store) EndGrants(ctx context.Context, f core.GrantFilter, reason string, change core.ID, limit int) (n int, more bool, err error) {
	limit = bounded(limit)
	err = s.db.write(ctx, func(t *tx) error {
		rows, err := grants.collect(t, s.grantSpan(f, core.ID{}), limit+1, func(g *core.Grant) bool {
			return named(f, g) && g.Revoke(reason).Write
		})
		if err != nil {
			return err
		}
		n, more = min(len(rows), limit), len(rows) > limit
		for _, g := range rows[:n] {
			g = g.Revoke(reason).Grant
			g.Change = change
			g.Version++
			if err := grants.set(t, s.tenant, &g); err != nil {
				return err
			}
		}
		return nil
	})
	return n, more, err
}
