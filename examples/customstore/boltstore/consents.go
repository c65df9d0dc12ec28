package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Consents are kept by account and then client, so that a key finds one and the
// beginning of a key lists those of an account.
var consents = table[core.Consent, *core.Consent]{
	bucket: "consents",
	key:    func(tenant core.ID, c *core.Consent) key { return consentKey(tenant, c.Account, c.Client) },
	row:    func(c *core.Consent) *core.Row { return &c.Row },
	fields: func(f *fields, c *core.Consent) {
		f.id(&c.Account)
		text(f, &c.Client)
		f.number(&c.Epoch)
	},
}

func consentKey(tenant, account core.ID, client string) key {
	return tenantKey(tenant).id(account).rest(client)
}

// CreateConsent stores the first consent of an account for a client.
func (s *Store) CreateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return create(ctx, s, consents, c, events)
}

// Consent reads a consent, which may be none, and how the client stands.
func (s *Store) Consent(ctx context.Context, account core.ID, client string) (c core.Consent, now core.ClientStanding, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		if c, _, err = consents.find(t, consentKey(s.tenant, account, client)); err != nil {
			return err
		}
		now, err = t.clientStanding(s.tenant, client)
		return err
	})
	return c, now, err
}

// UpdateConsent replaces a consent.
func (s *Store) UpdateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return update(ctx, s, consents, c, events)
}

// Consents lists what an account agreed to, by client.
func (s *Store) Consents(ctx context.Context, account core.ID, after string, limit int) ([]core.Consent, error) {
	return page(ctx, s, consents, span{"consents", tenantKey(s.tenant).id(account), key(after)}, limit, nil)
}
