package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

var tickets = table[core.Ticket, *core.Ticket]{
	bucket: "tickets",
	key:    func(tenant core.ID, v *core.Ticket) key { return tenantKey(tenant).id(v.ID) },
	row:    func(v *core.Ticket) *core.Row { return &v.Row },
	fields: func(f *fields, v *core.Ticket) {
		f.id(&v.ID)
		f.id(&v.Account)
		f.flag(&v.Spent)
	},
}

// CreateTicket stores a new ticket.
func (s *Store) CreateTicket(ctx context.Context, v core.Ticket, events ...core.Event) error {
	return create(ctx, s, tickets, v, events)
}

// Ticket reads a ticket.
func (s *Store) Ticket(ctx context.Context, id core.ID) (core.Ticket, error) {
	return one(ctx, s, tickets, tenantKey(s.tenant).id(id))
}

// UpdateTicket replaces a ticket.
func (s *Store) UpdateTicket(ctx context.Context, v core.Ticket, events ...core.Event) error {
	return update(ctx, s, tickets, v, events)
}
