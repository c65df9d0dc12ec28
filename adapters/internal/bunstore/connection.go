package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

type connectionValues struct {
	id, organization, kind   octets
	disabled, deleted, epoch number
	rowValues
}

func (v *connectionValues) into() []any {
	return append([]any{&v.id, &v.organization, &v.kind, &v.disabled, &v.deleted, &v.epoch}, v.rowValues.into()...)
}

func (v *connectionValues) connection() (core.Connection, error) {
	c := core.Connection{
		ID: v.id.id(), Row: v.row(), Organization: v.organization.id(), Kind: string(v.kind),
		Disabled: v.disabled.flag(), Deleted: v.deleted.flag(), Epoch: v.epoch.count(),
	}
	return c, c.UnmarshalPayload(v.payload)
}

func connectionArgs(c *core.Connection) []any {
	return []any{
		idValue(c.Organization), textValue(c.Kind), flagValue(c.Disabled), flagValue(c.Deleted), countValue(c.Epoch),
	}
}

// CreateConnection stores a new connection.
func (s *store) CreateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(c.ID)}, connectionArgs(&c)...)
	return s.create(ctx, s.db.tables.connections, s.insertArgs(&c.Row, payload, own...), events)
}

// UpdateConnection replaces a connection under its version.
func (s *store) UpdateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&c.Row, payload, []any{idValue(c.ID)}, connectionArgs(&c)...)
	return s.update(ctx, s.db.tables.connections, args, events)
}

// Connection reads a connection.
func (s *store) Connection(ctx context.Context, id core.ID) (c core.Connection, err error) {
	var v connectionValues
	err = s.db.one(ctx, s.db.tables.connections.get, []any{s.key, idValue(id)}, v.into(), func() (err error) {
		c, err = v.connection()
		return err
	})
	return c, err
}

// Connections lists the connections of an organization, or of the tenant itself,
// in order of id.
func (s *store) Connections(
	ctx context.Context, organization core.ID, p core.PageOf,
) (list []core.Connection, err error) {
	var v connectionValues
	q := s.page("connections", s.db.tables.connections.columns, "id", idValue(p.After), p.Limit).
		Where("organization = ?", idValue(organization))
	err = s.db.list(ctx, q, v.into(), func() error {
		c, err := v.connection()
		list = append(list, c)
		return err
	})
	return list, err
}
