package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

// grantValues are the places for a grant's columns.
type grantValues struct {
	id, state, account, client, session, userCode octets
	rowValues
}

func (v *grantValues) into() []any {
	return append([]any{&v.id, &v.state, &v.account, &v.client, &v.session, &v.userCode}, v.rowValues.into()...)
}

func (v *grantValues) grant() (core.Grant, error) {
	g := core.Grant{
		ID: v.id.id(), Row: v.row(), State: core.GrantState(v.state), Account: v.account.id(),
		Client: string(v.client), Session: v.session.id(), UserCode: v.userCode.hash(),
	}
	return g, g.UnmarshalPayload(v.payload)
}

// standingValues are the places for standingColumns.
type standingValues struct {
	accountOff, signIn, grants         number
	client                             clientStandingValues
	consent                            number
	ended, sessionEpoch, ends, idleEnd number
}

func (v *standingValues) into() []any {
	return []any{
		&v.accountOff, &v.signIn, &v.grants, &v.client.off, &v.client.epoch, &v.client.version, &v.consent,
		&v.ended, &v.sessionEpoch, &v.ends, &v.idleEnd,
	}
}

func (v *standingValues) standing() core.Standing {
	return core.Standing{
		Account: core.AccountStanding{
			Found: v.accountOff.has, Disabled: v.accountOff.flag(),
			SignInEpoch: v.signIn.count(), GrantsEpoch: v.grants.count(),
		},
		Client:  v.client.standing(),
		Consent: v.consent.count(),
		Session: core.SessionStanding{
			Found: v.ended.has, Ended: v.ended.flag(), SignInEpoch: v.sessionEpoch.count(),
			Ends: v.ends.instant(), IdleEnds: v.idleEnd.instant(),
		},
	}
}

// CreateGrant stores a new grant.
func (s *store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	return s.create(ctx, s.db.tables.grants, s.insertArgs(&g.Row, payload, idValue(g.ID), textValue(string(g.State)),
		idValue(g.Account), textValue(g.Client), idValue(g.Session), hashValue(g.UserCode)), events)
}

func (s *store) updateGrantArgs(g *core.Grant) ([]any, error) {
	payload, err := g.MarshalPayload()
	return s.updateArgs(&g.Row, payload, []any{idValue(g.ID)}, textValue(string(g.State)),
		idValue(g.Account), textValue(g.Client), idValue(g.Session), hashValue(g.UserCode)), err
}

// UpdateGrant replaces a grant under its version.
func (s *store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	args, err := s.updateGrantArgs(&g)
	if err != nil {
		return err
	}
	return s.update(ctx, s.db.tables.grants, args, events)
}

// Grant reads a grant and how all it depends on stands, in one statement.
func (s *store) Grant(ctx context.Context, id core.ID) (g core.Grant, st core.Standing, err error) {
	var v struct {
		grantValues
		standingValues
	}
	into := append(v.grantValues.into(), v.standingValues.into()...)
	err = s.db.one(ctx, s.db.hot.grant, []any{s.key, idValue(id)}, into, func() (err error) {
		g, err = v.grant()
		st = v.standing()
		return err
	})
	return g, st, err
}

// GrantAndAccount is Grant with the account, in one statement.
func (s *store) GrantAndAccount(
	ctx context.Context, id core.ID,
) (g core.Grant, a core.Account, st core.Standing, err error) {
	var v struct {
		grantValues
		standingValues
		account accountValues
	}
	into := append(append(v.grantValues.into(), v.standingValues.into()...), v.account.into()...)
	err = s.db.one(ctx, s.db.hot.grantAndAccount, []any{s.key, idValue(id)}, into, func() (err error) {
		st = v.standing()
		if g, err = v.grant(); err == nil && st.Account.Found {
			a, err = v.account.account()
		}
		return err
	})
	return g, a, st, err
}

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
	found, err := s.grants(ctx, s.db.reader.NewSelect().TableExpr("grants").ColumnExpr(s.db.tables.grants.columns).
		Where("tenant = ?", s.key).Where("user_code IN (?)", bun.List(keys)).Where("user_code <> ?", []byte{}).
		Where("state = ?", []byte(core.GrantWaiting)).OrderExpr("id").Limit(1))
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
	limit = int(bounded(limit))
	final := [][]byte{[]byte(core.GrantRevoked), []byte(core.GrantDenied)}
	q := s.db.reader.NewSelect().TableExpr("grants").ColumnExpr(s.db.tables.grants.columns).
		Where("tenant = ?", s.key).Where("state NOT IN (?)", bun.List(final)).OrderExpr("id").Limit(int64(limit) + 1)
	found, err := s.grants(ctx, filterGrants(q, f))
	if err != nil || len(found) == 0 {
		return 0, false, err
	}
	more := len(found) > limit
	found = found[:min(limit, len(found))]
	rows := make([][]any, len(found))
	for n, g := range found {
		ended := g.Revoke(reason).Grant
		ended.Change = change
		if rows[n], err = s.updateGrantArgs(&ended); err != nil {
			return 0, false, err
		}
	}
	n, err := s.updateEach(ctx, s.db.tables.grants, rows)
	return n, err == nil && (more || n < len(found)), err
}

// updateEach runs an update for every row in one transaction and counts those
// that were still what had been read.
func (s *store) updateEach(ctx context.Context, t *table, rows [][]any) (int, error) {
	var done int
	err := s.db.write(ctx, true, func(r runner) error {
		done = 0
		for _, args := range rows {
			n, err := r.exec(t.update, args...)
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
