package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func clientKind() kind[string, core.Client] {
	return kind[string, core.Client]{
		table:   func(s *store) table[string, core.Client] { return s.clients },
		key:     func(c *core.Client) string { return c.ID },
		compare: compareText,
		row:     func(c *core.Client) *core.Row { return &c.Row },
		columns: func(c *core.Client) core.Client {
			return core.Client{ID: c.ID, Lane: c.Lane, Disabled: c.Disabled, Deleted: c.Deleted, Epoch: c.Epoch}
		},
		check: func(c *core.Client) error {
			return errors.Join(
				checkText("id of a client", c.ID, core.MaxClientID),
				checkLength("lane of a client", string(c.Lane), core.MaxKind),
			)
		},
	}
}

// CreateClient stores a client.
func (s *store) CreateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return create(ctx, s, clientKind(), c, events)
}

// Client reads a client by the bytes of its id.
func (s *store) Client(ctx context.Context, id string) (core.Client, error) {
	return read(ctx, s, clientKind(), id)
}

// UpdateClient replaces a client under its version.
func (s *store) UpdateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return update(ctx, s, clientKind(), c, events)
}

// Clients lists in order of id.
func (s *store) Clients(ctx context.Context, after string, limit int) ([]core.Client, error) {
	return list(ctx, s, clientKind(), after, limit, rowsIn(s.clients))
}

// clientStanding of a client, with a row or without; the lock is held.
func (s *store) clientStanding(id string) core.ClientStanding {
	if c := s.clients[id]; c != nil {
		return c.columns.Standing()
	}
	return core.ClientStanding{}
}
