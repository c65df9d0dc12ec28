package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func sessionKind() kind[core.ID, core.Session] {
	return kind[core.ID, core.Session]{
		table:   func(s *store) table[core.ID, core.Session] { return s.sessions },
		key:     sessionKey,
		compare: compareIDs,
		row:     func(v *core.Session) *core.Row { return &v.Row },
		columns: func(v *core.Session) core.Session {
			return core.Session{
				ID: v.ID, Account: v.Account, SignInEpoch: v.SignInEpoch, Ended: v.Ended,
				Ends: core.Instant(v.Ends), IdleEnds: core.Instant(v.IdleEnds),
			}
		},
		check: func(v *core.Session) error {
			return errors.Join(checkID("id of a session", v.ID), checkID("account of a session", v.Account))
		},
		index: func(s *store, was, is *core.Session) {
			move(s.sessionsByAccount, was, is, sessionKey, func(v *core.Session) core.ID { return v.Account })
		},
	}
}

func sessionKey(v *core.Session) core.ID { return v.ID }

// CreateSession stores a session.
func (s *store) CreateSession(ctx context.Context, v core.Session, events ...core.Event) error {
	return create(ctx, s, sessionKind(), v, events)
}

// UpdateSession replaces a session under its version.
func (s *store) UpdateSession(ctx context.Context, v core.Session, events ...core.Event) error {
	return update(ctx, s, sessionKind(), v, events)
}

// Sessions reads the sessions named that are there, in the order named, each
// with its account; the account is zero where there is none.
func (s *store) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	sessions, accounts := s.sessionRows(ids)
	all := make([]core.SignedIn, len(sessions))
	for n, r := range sessions {
		var err error
		if all[n].Session, err = decode(r); err != nil {
			return nil, err
		}
		if accounts[n] == nil {
			continue
		}
		if all[n].Account, err = decode(accounts[n]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// sessionRows finds the rows under one lock, so that they stood together.
func (s *store) sessionRows(ids []core.ID) (sessions []*row[core.Session], accounts []*row[core.Account]) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, id := range ids {
		if r := s.sessions[id]; r != nil {
			sessions = append(sessions, r)
			accounts = append(accounts, s.accounts[r.columns.Account])
		}
	}
	return sessions, accounts
}

// SessionsOf lists the sessions of an account in order of id.
func (s *store) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) ([]core.Session, error) {
	return list(ctx, s, sessionKind(), p.After, p.Limit, rowsOf(s.sessions, s.sessionsByAccount, account))
}
