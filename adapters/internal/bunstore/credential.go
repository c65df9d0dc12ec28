package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

type credentialValues struct {
	kind, handle, account octets
	rowValues
}

func (v *credentialValues) into() []any {
	return append([]any{&v.kind, &v.handle, &v.account}, v.rowValues.into()...)
}

func (v *credentialValues) credential() (core.Credential, error) {
	c := core.Credential{
		CredentialKey: core.CredentialKey{Kind: string(v.kind), Handle: string(v.handle)},
		Row:           v.row(), Account: v.account.id(),
	}
	return c, c.UnmarshalPayload(v.payload)
}

// putCredential replaces the account's own credential, raising its version so
// that nothing read before can overwrite it, or adds a new one.
func (s *store) putCredential(account any, c *core.Credential, first uint64) (func(runner) error, error) {
	payload, err := c.MarshalPayload()
	if err != nil {
		return nil, err
	}
	kind, handle := textValue(c.Kind), textValue(c.Handle)
	change, keep := idValue(c.Change), endValue(c.KeepUntil)
	add := []any{s.key, kind, handle, account, countValue(first), change, keep, payload}
	return func(r runner) error {
		n, err := r.exec(s.db.hot.putCredential, change, keep, payload, s.key, kind, handle, account)
		if err != nil || n > 0 {
			return err
		}
		_, err = r.exec(s.db.hot.addCredential, add...)
		return taken(err, "credential")
	}, nil
}

// Credential reads a credential by its key.
func (s *store) Credential(ctx context.Context, k core.CredentialKey) (c core.Credential, err error) {
	var v credentialValues
	args := []any{s.key, textValue(k.Kind), textValue(k.Handle)}
	err = s.db.one(ctx, s.db.tables.credentials.get, args, v.into(), func() (err error) {
		c, err = v.credential()
		return err
	})
	return c, err
}

// Credentials lists an account's credentials in order of kind and handle.
func (s *store) Credentials(ctx context.Context, account core.ID) ([]core.Credential, error) {
	return s.credentials(ctx, s.db.reader.NewSelect().TableExpr("credentials").
		ColumnExpr(s.db.tables.credentials.selected).
		Where("tenant = ?", s.key).Where("account = ?", idValue(account)).OrderExpr("kind, handle"))
}

func (s *store) credentials(ctx context.Context, q *bun.SelectQuery) (list []core.Credential, err error) {
	var v credentialValues
	err = s.db.list(ctx, q, v.into(), func() error {
		c, err := v.credential()
		list = append(list, c)
		return err
	})
	return list, err
}

// UpdateCredential replaces a credential under its version.
func (s *store) UpdateCredential(ctx context.Context, c core.Credential, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&c.Row, payload, []any{textValue(c.Kind), textValue(c.Handle)}, idValue(c.Account))
	return s.update(ctx, s.db.tables.credentials, args, events)
}
