package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Connections of the tenant itself are those of the organization with the zero
// id.
var connections = table[core.Connection, *core.Connection]{
	bucket: "connections",
	key:    func(tenant core.ID, c *core.Connection) key { return tenantKey(tenant).id(c.ID) },
	row:    func(c *core.Connection) *core.Row { return &c.Row },
	fields: func(f *fields, c *core.Connection) {
		f.id(&c.ID)
		f.id(&c.Organization)
		text(f, &c.Kind)
		f.flag(&c.Disabled)
		f.flag(&c.Deleted)
		f.number(&c.Epoch)
	},
	entries: func(tenant core.ID, c *core.Connection) []entry {
		return []entry{{"connections_by_organization", tenantKey(tenant).id(c.Organization).id(c.ID), "id"}}
	},
}

// CreateConnection stores a new connection.
func (s *Store) CreateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return create(ctx, s, connections, c, events)
}

// UpdateConnection replaces a connection.
func (s *Store) UpdateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return update(ctx, s, connections, c, events)
}

// Connection reads a connection.
func (s *Store) Connection(ctx context.Context, id core.ID) (core.Connection, error) {
	return one(ctx, s, connections, tenantKey(s.tenant).id(id))
}

// Connections lists those of an organization by id.
func (s *Store) Connections(ctx context.Context, organization core.ID, p core.PageOf) ([]core.Connection, error) {
	return page(ctx, s, connections, connectionsOf(s.tenant, organization, p.After), p.Limit, nil)
}

func connectionsOf(tenant, organization, from core.ID) span {
	return span{"connections_by_organization", tenantKey(tenant).id(organization), after(from)}
}
