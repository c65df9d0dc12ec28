package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Clients are kept under the bytes of their id, which come last in the key, so
// that they are in order.
var clients = table[core.Client, *core.Client]{
	bucket: "clients",
	key:    func(tenant core.ID, c *core.Client) key { return clientKey(tenant, c.ID) },
	row:    func(c *core.Client) *core.Row { return &c.Row },
	fields: func(f *fields, c *core.Client) {
		text(f, &c.ID)
		text(f, &c.Lane)
		f.flag(&c.Disabled)
		f.flag(&c.Deleted)
		f.number(&c.Epoch)
	},
}

func clientKey(tenant core.ID, id string) key { return tenantKey(tenant).rest(id) }

// CreateClient stores a new client.
func (s *Store) CreateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return create(ctx, s, clients, c, events)
}

// Client reads a client.
func (s *Store) Client(ctx context.Context, id string) (core.Client, error) {
	return one(ctx, s, clients, clientKey(s.tenant, id))
}

// UpdateClient replaces a client.
func (s *Store) UpdateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return update(ctx, s, clients, c, events)
}

// Clients lists by id.
func (s *Store) Clients(ctx context.Context, after string, limit int) ([]core.Client, error) {
	return page(ctx, s, clients, span{"clients", tenantKey(s.tenant), key(after)}, limit, nil)
}

// clientStanding is how a client stands; one without a row stands, too.
func (t *tx) clientStanding(tenant core.ID, id string) (core.ClientStanding, error) {
	c, _, err := clients.find(t, clientKey(tenant, id))
	return c.Standing(), err
}
