package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func grantKind() kind[core.ID, core.Grant] {
	return kind[core.ID, core.Grant]{
		table:   func(s *store) table[core.ID, core.Grant] { return s.grants },
		key:     grantKey,
		compare: compareIDs,
		row:     func(g *core.Grant) *core.Row { return &g.Row },
		kept:    (*core.Grant).Kept,
		columns: func(g *core.Grant) core.Grant {
			return core.Grant{
				ID: g.ID, State: g.State, Account: g.Account, Client: g.Client,
				Session: g.Session, UserCode: g.UserCode,
				GrantTerms: core.GrantTerms{CodeEnds: g.CodeEnds}, // which Kept asks for
			}
		},
		check: func(g *core.Grant) error {
			return errors.Join(
				checkID("id of a grant", g.ID),
				checkText("state of a grant", string(g.State), core.MaxKind),
				checkText("client of a grant", g.Client, core.MaxClientID),
			)
		},
		taken: func(s *store, g *core.Grant) string {
			if holder, found := s.grantByUserCode[g.UserCode]; found && typeable(g) && holder != g.ID {
				return "user_code"
			}
			return ""
		},
		index: indexGrant,
	}
}

func grantKey(g *core.Grant) core.ID { return g.ID }

func indexGrant(s *store, was, is *core.Grant) {
	move(s.grantsByAccount, was, is, grantKey, func(g *core.Grant) core.ID { return g.Account })
	move(s.grantsByClient, was, is, grantKey, func(g *core.Grant) string { return g.Client })
	move(s.grantsBySession, was, is, grantKey, func(g *core.Grant) core.ID { return g.Session })
	// Only a code that somebody may still type is taken.
	if was != nil && typeable(was) {
		delete(s.grantByUserCode, was.UserCode)
	}
	if is != nil && typeable(is) {
		s.grantByUserCode[is.UserCode] = is.ID
	}
}

func typeable(g *core.Grant) bool { return g.State == core.GrantWaiting && !g.UserCode.IsZero() }

// CreateGrant stores a grant; a user code that waits elsewhere is a conflict.
func (s *store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return create(ctx, s, grantKind(), g, events)
}

// UpdateGrant replaces a grant under its version.
func (s *store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return update(ctx, s, grantKind(), g, events)
}

// Grant reads a grant and how everything it depends on stands.
func (s *store) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, _, standing, err := s.grantWith(ctx, id)
	if err != nil {
		return core.Grant{}, core.Standing{}, err
	}
	grant, err := decode(g)
	return grant, standing, err
}

// GrantAndAccount is Grant together with the account.
func (s *store) GrantAndAccount(ctx context.Context, id core.ID) (core.Grant, core.Account, core.Standing, error) {
	g, a, standing, err := s.grantWith(ctx, id)
	if err != nil {
		return core.Grant{}, core.Account{}, core.Standing{}, err
	}
	grant, err := decode(g)
	if err != nil || a == nil {
		return grant, core.Account{}, standing, err
	}
	account, err := decode(a)
	return grant, account, standing, err
}

// grantWith finds the rows under one lock, so that they stood together.
func (s *store) grantWith(ctx context.Context, id core.ID) (*row[core.Grant], *row[core.Account], core.Standing, error) {
	if err := s.begin(ctx); err != nil {
		return nil, nil, core.Standing{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	g := s.grants[id]
	if g == nil {
		return nil, nil, core.Standing{}, core.ErrNotFound
	}
	return g, s.accounts[g.columns.Account], s.standing(&g.columns), nil
}

// standing of what the grant depends on; the lock is held.
func (s *store) standing(g *core.Grant) core.Standing {
	standing := core.Standing{Client: s.clientStanding(g.Client)}
	if a := s.accounts[g.Account]; a != nil {
		standing.Account = a.columns.Standing()
	}
	if c := s.consents[consentKey{g.Account, g.Client}]; c != nil {
		standing.Consent = c.columns.Epoch
	}
	if r := s.sessions[g.Session]; r != nil {
		standing.Session = core.SessionStanding{
			Found: true, Ended: r.columns.Ended, SignInEpoch: r.columns.SignInEpoch,
			Ends: r.columns.Ends, IdleEnds: r.columns.IdleEnds,
		}
	}
	return standing
}

// GrantByUserCode finds the waiting grant that holds one of the hashes.
func (s *store) GrantByUserCode(ctx context.Context, hashes []core.Hash) (core.Grant, error) {
	if err := s.begin(ctx); err != nil {
		return core.Grant{}, err
	}
	return decode(s.waiting(hashes))
}

func (s *store) waiting(hashes []core.Hash) *row[core.Grant] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, h := range hashes {
		if id, found := s.grantByUserCode[h]; found {
			return s.grants[id]
		}
	}
	return nil
}

// Grants lists grants in order of id.
func (s *store) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) ([]core.Grant, error) {
	return list(ctx, s, grantKind(), p.After, p.Limit, func(yield func(*row[core.Grant])) {
		s.filtered(f)(func(r *row[core.Grant]) {
			if names(f, &r.columns) {
				yield(r)
			}
		})
	})
}

// filtered yields at least the grants that the filter names, by the narrowest
// index; the lock is held.
func (s *store) filtered(f core.GrantFilter) func(yield func(*row[core.Grant])) {
	switch {
	case !f.Session.IsZero():
		return rowsOf(s.grants, s.grantsBySession, f.Session)
	case !f.Account.IsZero():
		return rowsOf(s.grants, s.grantsByAccount, f.Account)
	case f.Client != "":
		return rowsOf(s.grants, s.grantsByClient, f.Client)
	}
	return rowsIn(s.grants)
}

func names(f core.GrantFilter, g *core.Grant) bool {
	return (f.Account.IsZero() || f.Account == g.Account) &&
		(f.Client == "" || f.Client == g.Client) &&
		(f.Session.IsZero() || f.Session == g.Session)
}
