package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

var credentials = table[core.Credential, *core.Credential]{
	bucket: "credentials",
	key:    func(tenant core.ID, c *core.Credential) key { return credentialKey(tenant, c.CredentialKey) },
	row:    func(c *core.Credential) *core.Row { return &c.Row },
	fields: func(f *fields, c *core.Credential) {
		text(f, &c.Kind)
		text(f, &c.Handle)
		f.id(&c.Account)
	},
	entries: func(tenant core.ID, c *core.Credential) []entry {
		return []entry{{"credentials_by_account", tenantKey(tenant).id(c.Account).text(c.Kind).text(c.Handle), "credential"}}
	},
}

func credentialKey(tenant core.ID, k core.CredentialKey) key {
	return tenantKey(tenant).text(k.Kind).text(k.Handle)
}

// Credential reads a credential.
func (s *Store) Credential(ctx context.Context, k core.CredentialKey) (core.Credential, error) {
	return one(ctx, s, credentials, credentialKey(s.tenant, k))
}

// Credentials lists all of an account, by kind and handle.
func (s *Store) Credentials(ctx context.Context, account core.ID) (list []core.Credential, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		list, err = credentials.collect(t, span{"credentials_by_account", tenantKey(s.tenant).id(account), nil}, everything, nil)
		return err
	})
	return list, err
}

// UpdateCredential replaces a credential.
func (s *Store) UpdateCredential(ctx context.Context, c core.Credential, events ...core.Event) error {
	return update(ctx, s, credentials, c, events)
}
