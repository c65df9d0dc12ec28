package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// CreateTicket stores a new ticket.
func (s *store) CreateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	payload, err := t.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.insertArgs(&t.Row, payload, idValue(t.ID), idValue(t.Account), flagValue(t.Spent))
	return s.create(ctx, s.db.tables.tickets, args, events)
}

// Ticket reads a ticket.
func (s *store) Ticket(ctx context.Context, id core.ID) (t core.Ticket, err error) {
	var key, account octets
	var spent number
	var v rowValues
	into := append([]any{&key, &account, &spent}, v.into()...)
	err = s.db.one(ctx, s.db.tables.tickets.get, []any{s.key, idValue(id)}, into, func() error {
		t = core.Ticket{ID: key.id(), Row: v.row(), Account: account.id(), Spent: spent.flag()}
		return t.UnmarshalPayload(v.payload)
	})
	return t, err
}

// UpdateTicket replaces a ticket under its version.
func (s *store) UpdateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	payload, err := t.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&t.Row, payload, []any{idValue(t.ID)}, idValue(t.Account), flagValue(t.Spent))
	return s.update(ctx, s.db.tables.tickets, args, events)
}
