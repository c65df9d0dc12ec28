package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

type clientValues struct {
	id, lane                 octets
	disabled, deleted, epoch number
	rowValues
}

func (v *clientValues) into() []any {
	return append([]any{&v.id, &v.lane, &v.disabled, &v.deleted, &v.epoch}, v.rowValues.into()...)
}

func (v *clientValues) client() (core.Client, error) {
	c := core.Client{
		ID: string(v.id), Row: v.row(), Lane: core.Lane(v.lane),
		Disabled: v.disabled.flag(), Deleted: v.deleted.flag(), Epoch: v.epoch.count(),
	}
	return c, c.UnmarshalPayload(v.payload)
}

// clientStandingValues are the places for how a client stands: zero where it
// has no row.
type clientStandingValues struct{ off, epoch, version number }

func (v *clientStandingValues) standing() core.ClientStanding {
	return core.ClientStanding{Disabled: v.off.flag(), Epoch: v.epoch.count(), Version: v.version.count()}
}

func clientArgs(c *core.Client) []any {
	return []any{
		textValue(string(c.Lane)), flagValue(c.Disabled), flagValue(c.Deleted), countValue(c.Epoch),
	}
}

// CreateClient stores a new client.
func (s *store) CreateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{textValue(c.ID)}, clientArgs(&c)...)
	return s.create(ctx, s.db.tables.clients, s.insertArgs(&c.Row, payload, own...), events)
}

// Client reads a client by the bytes of its id.
func (s *store) Client(ctx context.Context, id string) (c core.Client, err error) {
	var v clientValues
	err = s.db.one(ctx, s.db.tables.clients.get, []any{s.key, textValue(id)}, v.into(), func() (err error) {
		c, err = v.client()
		return err
	})
	return c, err
}

// UpdateClient replaces a client under its version.
func (s *store) UpdateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&c.Row, payload, []any{textValue(c.ID)}, clientArgs(&c)...)
	return s.update(ctx, s.db.tables.clients, args, events)
}

// Clients lists clients in order of the bytes of their ids.
func (s *store) Clients(ctx context.Context, after string, limit int) (list []core.Client, err error) {
	var v clientValues
	q := s.page("clients", s.db.tables.clients.columns, "id", textValue(after), limit)
	err = s.db.list(ctx, q, v.into(), func() error {
		c, err := v.client()
		list = append(list, c)
		return err
	})
	return list, err
}
