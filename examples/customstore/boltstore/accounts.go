package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// account is an account with what it can be found by: one row, so that both
// change together.
type account struct {
	core.Account
	identifiers []core.Identifier
}

var accounts = table[account, *account]{
	bucket: "accounts",
	key:    func(tenant core.ID, a *account) key { return tenantKey(tenant).id(a.ID) },
	row:    func(a *account) *core.Row { return &a.Row },
	fields: func(f *fields, a *account) {
		f.id(&a.ID)
		f.flag(&a.Disabled)
		f.flag(&a.Deleted)
		f.number(&a.SignInEpoch)
		f.number(&a.GrantsEpoch)
		list(f, &a.identifiers, func(i *core.Identifier) {
			text(f, &i.Kind)
			text(f, &i.Value)
		})
	},
	entries: func(tenant core.ID, a *account) []entry {
		var all []entry
		for _, i := range a.identifiers {
			all = append(all, entry{"identifiers", identifierKey(tenant, i), "identifier"})
		}
		return all
	},
}

func identifierKey(tenant core.ID, i core.Identifier) key {
	return tenantKey(tenant).text(i.Kind).text(i.Value)
}

// Account reads an account.
func (s *Store) Account(ctx context.Context, id core.ID) (core.Account, error) {
	a, err := one(ctx, s, accounts, tenantKey(s.tenant).id(id))
	return a.Account, err
}

// AccountByIdentifier reads the account that holds an identifier.
func (s *Store) AccountByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	a, err := oneBy(ctx, s, accounts, "identifiers", identifierKey(s.tenant, i))
	return a.Account, err
}

// Identifiers lists in order of kind and value.
func (s *Store) Identifiers(ctx context.Context, id core.ID) ([]core.Identifier, error) {
	var a account
	err := s.db.read(ctx, func(t *tx) (err error) {
		a, _, err = accounts.find(t, tenantKey(s.tenant).id(id))
		return err
	})
	return a.identifiers, err
}

// Accounts lists by id.
func (s *Store) Accounts(ctx context.Context, p core.PageOf) ([]core.Account, error) {
	rows, err := page(ctx, s, accounts, span{"accounts", tenantKey(s.tenant), after(p.After)}, p.Limit, nil)
	var all []core.Account
	for _, a := range rows {
		all = append(all, a.Account)
	}
	return all, err
}
