package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

// GrantByUserCode finds a waiting grant by any of the hashes.
func (s *store) GrantByUserCode(ctx context.Context, hashes []core.Hash) (core.Grant, error) {
	keys := make([][]byte, 0, len(hashes))
	for _, h := range hashes {
		if !h.IsZero() {
			keys = append(keys, h[:])
		}
	}
	if len(keys) == 0 {
		return core.Grant{}, errNotFound
	}
	found, err := s.grants(ctx, s.db.reader.NewSelect().TableExpr("grants").ColumnExpr(s.db.tables.grants.selected).
		Where("tenant = ?", s.key).Where("waiting_code IN (?)", bun.List(keys)).OrderExpr("id").Limit(1))
	if err == nil && len(found) == 0 {
		err = errNotFound
	}
	if err != nil {
		return core.Grant{}, err
	}
	return found[0], nil
}

// Grants lists grants in order of id.
func (s *store) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) ([]core.Grant, error) {
	q := s.page("grants", s.db.tables.grants.columns, "id", idValue(p.After), p.Limit)
	return s.grants(ctx, filterGrants(q, f))
}

func filterGrants(q *bun.SelectQuery, f core.GrantFilter) *bun.SelectQuery {
	if !f.Account.IsZero() {
		q = q.Where("account = ?", idValue(f.Account))
	}
	if f.Client != "" {
		q = q.Where("client = ?", textValue(f.Client))
	}
	if !f.Session.IsZero() {
		q = q.Where("session = ?", idValue(f.Session))
	}
	return q
}

func (s *store) grants(ctx context.Context, q *bun.SelectQuery) (list []core.Grant, err error) {
	var v grantValues
	err = s.db.list(ctx, q, v.into(), func() error {
		g, err := v.grant()
		list = append(list, g)
		return err
	})
	return list, err
}

// EndGrants revokes up to limit grants, each under its version.
func (s *store) EndGrants(
	ctx context.Context, f core.GrantFilter, reason string, change core.ID, limit int,
) (int, bool, error) {
	limit = int(limited(limit))
	final := [][]byte{[]byte(core.GrantRevoked), []byte(core.GrantDenied)}
	q := s.db.reader.NewSelect().TableExpr("grants").ColumnExpr(s.db.tables.grants.selected).
		Where("tenant = ?", s.key).Where("state NOT IN (?)", bun.List(final)).OrderExpr("id").Limit(int64(limit) + 1)
	found, err := s.grants(ctx, filterGrants(q, f))
	if err != nil || len(found) == 0 {
		return 0, false, err
	}
	more := len(found) > limit
	found = found[:min(limit, len(found))]
	updates := make([]grantUpdate, len(found))
	for n, g := range found {
		ended := g.Revoke(reason).Grant
		ended.Change = change
		if updates[n], err = s.grantUpdate(&ended); err != nil {
			return 0, false, err
		}
	}
	n, err := s.updateEach(ctx, updates)
	return n, err == nil && (more || n < len(found)), err
}

// updateEach runs an update for every row in one transaction and counts those
// that were still what had been read.
func (s *store) updateEach(ctx context.Context, updates []grantUpdate) (int, error) {
	var done int
	err := s.db.write(ctx, true, func(r runner) error {
		done = 0
		for _, u := range updates {
			n, err := r.updateGrant(u)
			if err != nil {
				return err
			}
			done += int(min(n, 1))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return done, nil
}
