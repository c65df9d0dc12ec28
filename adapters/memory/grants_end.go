package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// EndGrants revokes one batch. Each grant is read, revoked and written back
// under its version, as any other caller would: one that changed meanwhile is
// left for the next batch.
func (s *store) EndGrants(ctx context.Context, f core.GrantFilter, reason string, change core.ID, limit int) (int, bool, error) {
	if err := errors.Join(s.begin(ctx), checkLimit(limit)); err != nil {
		return 0, false, err
	}
	rows := s.unfinished(f, limit+1)
	n, more := 0, len(rows) > limit
	for _, r := range rows[:min(limit, len(rows))] {
		switch err := s.end(ctx, r, reason, change); {
		case err == nil:
			n++
		case errors.Is(err, core.ErrConflict):
			more = true
		default:
			return n, true, err
		}
	}
	return n, more, nil
}

// unfinished finds up to most grants that the filter names and that can still
// end.
func (s *store) unfinished(f core.GrantFilter, most int) []*row[core.Grant] {
	var rows []*row[core.Grant]
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.filtered(f)(func(r *row[core.Grant]) {
		final := r.columns.State == core.GrantRevoked || r.columns.State == core.GrantDenied
		if len(rows) < most && !final && names(f, &r.columns) {
			rows = append(rows, r)
		}
	})
	return rows
}

func (s *store) end(ctx context.Context, r *row[core.Grant], reason string, change core.ID) error {
	g, err := decode(r)
	if err != nil {
		return err
	}
	g = g.Revoke(reason).Grant
	g.Change = change
	return s.UpdateGrant(ctx, g)
}
