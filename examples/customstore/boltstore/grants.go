package boltstore

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

var grants = table[core.Grant, *core.Grant]{
	bucket: "grants",
	key:    func(tenant core.ID, g *core.Grant) key { return tenantKey(tenant).id(g.ID) },
	row:    func(g *core.Grant) *core.Row { return &g.Row },
	kept:   (*core.Grant).Kept,
	fields: func(f *fields, g *core.Grant) {
		f.id(&g.ID)
		text(f, &g.State)
		f.id(&g.Account)
		text(f, &g.Client)
		f.id(&g.Session)
		f.hash(&g.UserCode)
	},
	entries: func(tenant core.ID, g *core.Grant) []entry {
		k := tenantKey(tenant)
		all := []entry{
			{"grants_by_account", k.id(g.Account).id(g.ID), "id"},
			{"grants_by_client", k.text(g.Client).id(g.ID), "id"},
			{"grants_by_session", k.id(g.Session).id(g.ID), "id"},
		}
		if g.State == core.GrantWaiting && !g.UserCode.IsZero() { // only while it waits
			all = append(all, entry{"grants_by_user_code", k.hash(g.UserCode), "user_code"})
		}
		return all
	},
}

// CreateGrant stores a new grant.
func (s *Store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return create(ctx, s, grants, g, events)
}

// UpdateGrant replaces a grant.
func (s *Store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return update(ctx, s, grants, g, events)
}

// Grant reads a grant and what it depends on.
func (s *Store) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, _, standing, err := s.GrantAndAccount(ctx, id)
	return g, standing, err
}

// GrantAndAccount reads all of it as of one moment.
func (s *Store) GrantAndAccount(ctx context.Context, id core.ID) (g core.Grant, a core.Account, now core.Standing, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		if g, err = grants.load(t, tenantKey(s.tenant).id(id)); err != nil {
			return err
		}
		a, now, err = t.standing(s.tenant, &g)
		return err
	})
	return g, a, now, err
}

// standing reads how everything stands that a grant depends on. What is not
// there leaves the zero value, which says so.
func (t *tx) standing(tenant core.ID, g *core.Grant) (a core.Account, now core.Standing, err error) {
	k := tenantKey(tenant)
	account, _, err := accounts.find(t, k.id(g.Account))
	if err != nil {
		return a, now, err
	}
	consent, _, err := consents.find(t, k.id(g.Account).rest(g.Client))
	if err != nil {
		return a, now, err
	}
	session, found, err := sessions.find(t, k.id(g.Session))
	if err != nil {
		return a, now, err
	}
	now.Account, now.Consent = account.Standing(), consent.Epoch
	now.Session = core.SessionStanding{
		Found: found, Ended: session.Ended, SignInEpoch: session.SignInEpoch,
		Ends: session.Ends, IdleEnds: session.IdleEnds,
	}
	now.Client, err = t.clientStanding(tenant, g.Client)
	return account.Account, now, err
}

// GrantByUserCode reads the grant that waits under one of the codes.
func (s *Store) GrantByUserCode(ctx context.Context, hashes []core.Hash) (g core.Grant, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		err = core.ErrNotFound
		for _, h := range hashes {
			g, err = grants.loadBy(t, "grants_by_user_code", tenantKey(s.tenant).hash(h))
			if !errors.Is(err, core.ErrNotFound) {
				return err
			}
		}
		return err
	})
	return g, err
}

// Grants lists what the filter names.
func (s *Store) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) ([]core.Grant, error) {
	return page(ctx, s, grants, s.grantSpan(f, p.After), p.Limit, func(g *core.Grant) bool { return named(f, g) })
}

// grantSpan is the index that leaves least to look through.
func (s *Store) grantSpan(f core.GrantFilter, from core.ID) span {
	k := tenantKey(s.tenant)
	switch {
	case !f.Session.IsZero():
		return span{"grants_by_session", k.id(f.Session), after(from)}
	case !f.Account.IsZero():
		return span{"grants_by_account", k.id(f.Account), after(from)}
	case f.Client != "":
		return span{"grants_by_client", k.text(f.Client), after(from)}
	}
	return span{"grants", k, after(from)}
}

// named says whether the filter names the grant.
func named(f core.GrantFilter, g *core.Grant) bool {
	return (f.Account.IsZero() || g.Account == f.Account) &&
		(f.Client == "" || g.Client == f.Client) && (f.Session.IsZero() || g.Session == f.Session)
}
