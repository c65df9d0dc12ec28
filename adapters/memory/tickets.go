package memory

import (
	"context"

	"github.com/keywright/keywright/core"
)

func ticketKind() kind[core.ID, core.Ticket] {
	return kind[core.ID, core.Ticket]{
		table:   func(s *store) table[core.ID, core.Ticket] { return s.tickets },
		key:     func(t *core.Ticket) core.ID { return t.ID },
		compare: compareIDs,
		row:     func(t *core.Ticket) *core.Row { return &t.Row },
		columns: func(t *core.Ticket) core.Ticket {
			return core.Ticket{ID: t.ID, Account: t.Account, Spent: t.Spent}
		},
		check: func(t *core.Ticket) error { return checkID("id of a ticket", t.ID) },
	}
}

// CreateTicket stores a ticket.
func (s *store) CreateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return create(ctx, s, ticketKind(), t, events)
}

// Ticket reads a ticket.
func (s *store) Ticket(ctx context.Context, id core.ID) (core.Ticket, error) {
	return read(ctx, s, ticketKind(), id)
}

// UpdateTicket replaces a ticket under its version.
func (s *store) UpdateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return update(ctx, s, ticketKind(), t, events)
}
