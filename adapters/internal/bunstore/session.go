package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

type sessionValues struct {
	id, account                  octets
	epoch, ended, ends, idleEnds number
	rowValues
}

func (v *sessionValues) into() []any {
	return append([]any{&v.id, &v.account, &v.epoch, &v.ended, &v.ends, &v.idleEnds}, v.rowValues.into()...)
}

func (v *sessionValues) session() (core.Session, error) {
	s := core.Session{
		ID: v.id.id(), Row: v.row(), Account: v.account.id(), SignInEpoch: v.epoch.count(), Ended: v.ended.flag(),
		Ends: v.ends.instant(), IdleEnds: v.idleEnds.instant(),
	}
	return s, s.UnmarshalPayload(v.payload)
}

func sessionArgs(n *core.Session) []any {
	return []any{
		idValue(n.Account), countValue(n.SignInEpoch), flagValue(n.Ended), endValue(n.Ends), endValue(n.IdleEnds),
	}
}

// CreateSession stores a new session.
func (s *store) CreateSession(ctx context.Context, n core.Session, events ...core.Event) error {
	payload, err := n.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(n.ID)}, sessionArgs(&n)...)
	return s.create(ctx, s.db.tables.sessions, s.insertArgs(&n.Row, payload, own...), events)
}

// UpdateSession replaces a session under its version.
func (s *store) UpdateSession(ctx context.Context, n core.Session, events ...core.Event) error {
	payload, err := n.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&n.Row, payload, []any{idValue(n.ID)}, sessionArgs(&n)...)
	return s.update(ctx, s.db.tables.sessions, args, events)
}

// Sessions reads the sessions named, with their accounts, in the order they are
// named, each once.
func (s *store) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	var v struct {
		session sessionValues
		account accountValues
	}
	into := append(v.session.into(), v.account.into()...)
	found := make(map[core.ID]core.SignedIn, len(ids))
	each := func() (err error) {
		var n core.SignedIn
		if n.Session, err = v.session.session(); err == nil && v.account.version.has {
			n.Account, err = v.account.account()
		}
		found[n.Session.ID] = n
		return err
	}
	var err error
	switch len(ids) {
	case 0:
		return nil, nil
	case 1:
		_, err = s.db.ask(ctx, s.db.hot.session, []any{s.key, idValue(ids[0])}, into, each)
	default:
		err = s.db.list(ctx, s.sessionsNamed(ids), into, each)
	}
	if err != nil {
		return nil, err
	}
	return inOrder(ids, found), nil
}

func (s *store) sessionsNamed(ids []core.ID) *bun.SelectQuery {
	return s.db.reader.NewSelect().ColumnExpr(s.db.dialect.Text(sessionColumns(s.db))).TableExpr("sessions AS s").
		Join("LEFT JOIN accounts AS a ON a.tenant = s.tenant AND a.id = s.account").
		Where("s.tenant = ?", s.key).Where("s.id IN (?)", bun.List(idValues(ids)))
}

func inOrder(ids []core.ID, found map[core.ID]core.SignedIn) []core.SignedIn {
	list := make([]core.SignedIn, 0, len(found))
	for _, id := range ids {
		if n, ok := found[id]; ok {
			list = append(list, n)
			delete(found, id)
		}
	}
	return list
}

// SessionsOf lists an account's sessions in order of id.
func (s *store) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) (list []core.Session, err error) {
	var v sessionValues
	q := s.page("sessions", s.db.tables.sessions.columns, "id", idValue(p.After), p.Limit).
		Where("account = ?", idValue(account))
	err = s.db.list(ctx, q, v.into(), func() error {
		n, err := v.session()
		list = append(list, n)
		return err
	})
	return list, err
}
