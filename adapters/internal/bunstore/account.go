package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

type accountValues struct {
	id                                  octets
	disabled, deleted, signIn, grantsEp number
	rowValues
}

func (v *accountValues) into() []any {
	return append([]any{&v.id, &v.disabled, &v.deleted, &v.signIn, &v.grantsEp}, v.rowValues.into()...)
}

func (v *accountValues) account() (core.Account, error) {
	a := core.Account{
		ID: v.id.id(), Row: v.row(), Disabled: v.disabled.flag(), Deleted: v.deleted.flag(),
		SignInEpoch: v.signIn.count(), GrantsEpoch: v.grantsEp.count(),
	}
	return a, a.UnmarshalPayload(v.payload)
}

func accountArgs(a *core.Account) []any {
	return []any{
		flagValue(a.Disabled), flagValue(a.Deleted), countValue(a.SignInEpoch), countValue(a.GrantsEpoch),
	}
}

// CreateAccount stores a new account with its identifiers and credentials.
func (s *store) CreateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	payload, err := c.Account.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(c.Account.ID)}, accountArgs(&c.Account)...)
	args := s.insertArgs(&c.Account.Row, payload, own...)
	c.Account.Version = 0 // whatever its row says
	return s.change(ctx, &c, events, func(r runner) error {
		_, err := r.exec(s.db.tables.accounts.insert, args...)
		return taken(err, "id")
	})
}

// UpdateAccount changes an account and its parts under the account's version.
func (s *store) UpdateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	payload, err := c.Account.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&c.Account.Row, payload, []any{idValue(c.Account.ID)}, accountArgs(&c.Account)...)
	return s.change(ctx, &c, events, func(r runner) error {
		return changed(r.exec(s.db.tables.accounts.update, args...))
	})
}

// change writes the account's row first, then its parts, then the events.
func (s *store) change(
	ctx context.Context, c *core.AccountChange, events []core.Event, first func(runner) error,
) error {
	rows, err := s.eventRows(events)
	if err != nil {
		return err
	}
	parts, err := s.partWrites(c)
	if err != nil {
		return err
	}
	return s.db.write(ctx, len(rows)+len(parts) > 0, func(r runner) error {
		if err := first(r); err != nil {
			return err
		}
		for _, part := range parts {
			if err := part(r); err != nil {
				return err
			}
		}
		return r.append(rows)
	})
}

// partWrites are the writes to an account's parts: what goes away first, so
// that it may be put anew.
func (s *store) partWrites(c *core.AccountChange) (parts []func(runner) error, err error) {
	account := idValue(c.Account.ID)
	for _, i := range c.RemoveIdentifiers {
		kind, value := textValue(i.Kind), textValue(i.Value)
		parts = append(parts, func(r runner) error {
			_, err := r.exec(s.db.hot.deleteIdentifier, s.key, kind, value, account)
			return err
		})
	}
	for _, k := range c.RemoveCredentials {
		kind, handle := textValue(k.Kind), textValue(k.Handle)
		parts = append(parts, func(r runner) error {
			_, err := r.exec(s.db.hot.deleteCredential, s.key, kind, handle, account)
			return err
		})
	}
	for _, i := range c.PutIdentifiers {
		parts = append(parts, s.putIdentifier(account, i))
	}
	for n := range c.PutCredentials {
		if c.PutCredentials[n].Account != c.Account.ID {
			return nil, errForeign
		}
		put, err := s.putCredential(account, &c.PutCredentials[n], c.FirstVersion())
		if err != nil {
			return nil, err
		}
		parts = append(parts, put)
	}
	memberships, err := s.membershipWrites(c)
	return append(parts, memberships...), err
}

// putIdentifier gives the account a name, or leaves it with one it has.
func (s *store) putIdentifier(account any, i core.Identifier) func(runner) error {
	kind, value := textValue(i.Kind), textValue(i.Value)
	return func(r runner) error {
		n, err := r.exec(s.db.hot.ownIdentifier, account, s.key, kind, value, account)
		if err != nil || n > 0 {
			return err
		}
		_, err = r.exec(s.db.hot.insertIdentifier, account, s.key, kind, value)
		return taken(err, "identifier")
	}
}

// Account reads an account.
func (s *store) Account(ctx context.Context, id core.ID) (core.Account, error) {
	return s.account(ctx, s.db.tables.accounts.get, s.key, idValue(id))
}

// AccountByIdentifier reads the account that a name belongs to.
func (s *store) AccountByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	return s.account(ctx, s.db.hot.accountByIdentifier, s.key, textValue(i.Kind), textValue(i.Value))
}

func (s *store) account(ctx context.Context, by *statement, args ...any) (a core.Account, err error) {
	var v accountValues
	err = s.db.one(ctx, by, args, v.into(), func() (err error) {
		a, err = v.account()
		return err
	})
	return a, err
}

// Identifiers lists what the account can be found by, in order of kind and
// value.
func (s *store) Identifiers(ctx context.Context, account core.ID) (list []core.Identifier, err error) {
	var kind, value octets
	q := s.db.reader.NewSelect().TableExpr("identifiers").ColumnExpr("kind, value").
		Where("tenant = ?", s.key).Where("account = ?", idValue(account)).OrderExpr("kind, value")
	err = s.db.list(ctx, q, []any{&kind, &value}, func() error {
		list = append(list, core.Identifier{Kind: string(kind), Value: string(value)})
		return nil
	})
	return list, err
}

// Accounts lists accounts in order of id.
func (s *store) Accounts(ctx context.Context, p core.PageOf) (list []core.Account, err error) {
	var v accountValues
	q := s.page("accounts", s.db.tables.accounts.columns, "id", idValue(p.After), p.Limit)
	err = s.db.list(ctx, q, v.into(), func() error {
		a, err := v.account()
		list = append(list, a)
		return err
	})
	return list, err
}
