package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

var sessions = table[core.Session, *core.Session]{
	bucket: "sessions",
	key:    func(tenant core.ID, s *core.Session) key { return tenantKey(tenant).id(s.ID) },
	row:    func(s *core.Session) *core.Row { return &s.Row },
	fields: func(f *fields, s *core.Session) {
		f.id(&s.ID)
		f.id(&s.Account)
		f.number(&s.SignInEpoch)
		f.flag(&s.Ended)
		f.time(&s.Ends)
		f.time(&s.IdleEnds)
	},
	entries: func(tenant core.ID, s *core.Session) []entry {
		return []entry{{"sessions_by_account", tenantKey(tenant).id(s.Account).id(s.ID), "id"}}
	},
}

// CreateSession stores a new session.
func (s *Store) CreateSession(ctx context.Context, v core.Session, events ...core.Event) error {
	return create(ctx, s, sessions, v, events)
}

// UpdateSession replaces a session.
func (s *Store) UpdateSession(ctx context.Context, v core.Session, events ...core.Event) error {
	return update(ctx, s, sessions, v, events)
}

// Sessions reads sessions with their accounts, in the order asked for.
func (s *Store) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	var all []core.SignedIn
	err := s.db.read(ctx, func(t *tx) error {
		for _, id := range ids {
			session, found, err := sessions.find(t, tenantKey(s.tenant).id(id))
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			a, _, err := accounts.find(t, tenantKey(s.tenant).id(session.Account))
			if err != nil {
				return err
			}
			all = append(all, core.SignedIn{Session: session, Account: a.Account})
		}
		return nil
	})
	return all, err
}

// SessionsOf lists the sessions of an account by id.
func (s *Store) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) ([]core.Session, error) {
	at := span{"sessions_by_account", tenantKey(s.tenant).id(account), after(p.After)}
	return page(ctx, s, sessions, at, p.Limit, nil)
}
