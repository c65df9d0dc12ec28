package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func connectionKind() kind[core.ID, core.Connection] {
	return kind[core.ID, core.Connection]{
		table:   func(s *store) table[core.ID, core.Connection] { return s.connections },
		key:     connectionKey,
		compare: compareIDs,
		row:     func(c *core.Connection) *core.Row { return &c.Row },
		columns: func(c *core.Connection) core.Connection {
			return core.Connection{
				ID: c.ID, Organization: c.Organization, Kind: c.Kind,
				Disabled: c.Disabled, Deleted: c.Deleted, Epoch: c.Epoch,
			}
		},
		check: func(c *core.Connection) error {
			return errors.Join(
				checkID("id of a connection", c.ID),
				checkText("kind of a connection", c.Kind, core.MaxKind),
			)
		},
		index: func(s *store, was, is *core.Connection) {
			move(s.connectionsByOrganization, was, is, connectionKey, func(c *core.Connection) core.ID { return c.Organization })
		},
	}
}

func connectionKey(c *core.Connection) core.ID { return c.ID }

// CreateConnection stores a connection.
func (s *store) CreateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return create(ctx, s, connectionKind(), c, events)
}

// UpdateConnection replaces a connection under its version.
func (s *store) UpdateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return update(ctx, s, connectionKind(), c, events)
}

// Connection reads a connection.
func (s *store) Connection(ctx context.Context, id core.ID) (core.Connection, error) {
	return read(ctx, s, connectionKind(), id)
}

// Connections lists those of an organization, or of the tenant itself, in order
// of id.
func (s *store) Connections(ctx context.Context, organization core.ID, p core.PageOf) ([]core.Connection, error) {
	return list(ctx, s, connectionKind(), p.After, p.Limit,
		rowsOf(s.connections, s.connectionsByOrganization, organization))
}
