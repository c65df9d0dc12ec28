// Package heard tells the observer what a store has written. Stored events and
// those that are only heard then reach it alike, from one place.
package heard

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Store gives s with an observer that hears every event once it is stored. A
// write whose answer was lost is not told, even where it is recognised later:
// the event log is the record, the observer is for metrics.
func Store(s core.Store, o core.Observer) core.Store { return &store{s, o} }

type store struct {
	core.Store
	observer core.Observer
}

// tell passes on the events of a write that succeeded, and its error.
func (s *store) tell(ctx context.Context, err error, events []core.Event) error {
	if err == nil {
		for _, e := range events {
			s.observer.Observe(ctx, e)
		}
	}
	return err
}

// CreateGrant is that of the store beneath.
func (s *store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateGrant(ctx, g, events...), events)
}

// UpdateGrant is that of the store beneath.
func (s *store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateGrant(ctx, g, events...), events)
}

// CreateClient is that of the store beneath.
func (s *store) CreateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateClient(ctx, c, events...), events)
}

// UpdateClient is that of the store beneath.
func (s *store) UpdateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateClient(ctx, c, events...), events)
}

// CreateAccount is that of the store beneath.
func (s *store) CreateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateAccount(ctx, c, events...), events)
}

// UpdateAccount is that of the store beneath.
func (s *store) UpdateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateAccount(ctx, c, events...), events)
}

// UpdateCredential is that of the store beneath.
func (s *store) UpdateCredential(ctx context.Context, c core.Credential, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateCredential(ctx, c, events...), events)
}

// CreateSession is that of the store beneath.
func (s *store) CreateSession(ctx context.Context, x core.Session, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateSession(ctx, x, events...), events)
}

// UpdateSession is that of the store beneath.
func (s *store) UpdateSession(ctx context.Context, x core.Session, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateSession(ctx, x, events...), events)
}

// UpdateInteraction is that of the store beneath.
func (s *store) UpdateInteraction(ctx context.Context, i core.Interaction, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateInteraction(ctx, i, events...), events)
}

// CreateConsent is that of the store beneath.
func (s *store) CreateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateConsent(ctx, c, events...), events)
}

// UpdateConsent is that of the store beneath.
func (s *store) UpdateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateConsent(ctx, c, events...), events)
}

// CreateTicket is that of the store beneath.
func (s *store) CreateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateTicket(ctx, t, events...), events)
}

// UpdateTicket is that of the store beneath.
func (s *store) UpdateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateTicket(ctx, t, events...), events)
}

// CreateKey is that of the store beneath.
func (s *store) CreateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateKey(ctx, k, events...), events)
}

// UpdateKey is that of the store beneath.
func (s *store) UpdateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateKey(ctx, k, events...), events)
}

// Append is that of the store beneath.
func (s *store) Append(ctx context.Context, events ...core.Event) error {
	return s.tell(ctx, s.Store.Append(ctx, events...), events)
}

// CreateOrganization is that of the store beneath.
func (s *store) CreateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateOrganization(ctx, c, events...), events)
}

// UpdateOrganization is that of the store beneath.
func (s *store) UpdateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateOrganization(ctx, c, events...), events)
}

// CreateGroup is that of the store beneath.
func (s *store) CreateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateGroup(ctx, g, events...), events)
}

// UpdateGroup is that of the store beneath.
func (s *store) UpdateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateGroup(ctx, g, events...), events)
}

// CreateConnection is that of the store beneath.
func (s *store) CreateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return s.tell(ctx, s.Store.CreateConnection(ctx, c, events...), events)
}

// UpdateConnection is that of the store beneath.
func (s *store) UpdateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return s.tell(ctx, s.Store.UpdateConnection(ctx, c, events...), events)
}
