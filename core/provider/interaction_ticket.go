package provider

import (
	"errors"

	"github.com/keywright/keywright/core"
)

// ticket is the mailed link that this interaction came by, if it is still good:
// not used by another, not over, and under the account's sign-in epoch.
func (v *visit) ticket() (*core.Ticket, error) {
	if v.i.Ticket.IsZero() {
		return nil, nil
	}
	t, err := v.p.Store.Ticket(v.r.Context(), v.i.Ticket)
	if errors.Is(err, core.ErrNotFound) {
		return nil, core.PageLinkUsed.Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &t, v.p.checkTicket(v, t)
}

// checkTicket says PageLinkUsed for one that is used, over or void.
func (p *Provider) checkTicket(v *visit, t core.Ticket) error {
	if t.Spent && (t.SpentBy.IsZero() || t.SpentBy != v.i.ID) || !v.at.Before(t.Ends) {
		return core.PageLinkUsed.Because(errors.New("used or over"))
	}
	if t.Account.IsZero() {
		return nil
	}
	a, err := p.Store.Account(v.r.Context(), t.Account)
	switch {
	case errors.Is(err, core.ErrNotFound), err == nil && (a.Deleted || a.SignInEpoch != t.SignInEpoch):
		return core.PageLinkUsed.Because(errors.New("void: the account has moved on"))
	}
	return err
}

// writeTicket stores a ticket in place of an older one of the same id, so that
// only the newest link works.
func (t *turn) writeTicket(ticket core.Ticket) error {
	ticket.Change = core.NewID(t.at)
	if ticket.KeepUntil.IsZero() {
		ticket.KeepUntil = ticket.Ends.Add(graceOfRows)
	}
	err := t.p.Store.CreateTicket(t.r.Context(), ticket)
	for range maxWrites {
		if !errors.Is(err, core.ErrConflict) {
			return err
		}
		stands, readErr := t.p.Store.Ticket(t.r.Context(), ticket.ID)
		if readErr != nil {
			return readErr
		}
		if stands.Change == ticket.Change {
			return nil
		}
		ticket.Version = stands.Version
		err = t.p.Store.UpdateTicket(t.r.Context(), ticket)
	}
	return core.Unavailable(err)
}

// spendTicket uses the link up, naming this interaction.
func (t *turn) spendTicket() error {
	if t.Ticket == nil {
		return core.PageLinkUsed.Because(errors.New("no link"))
	}
	ticket := *t.Ticket
	if ticket.Spent {
		return nil // by this very interaction: ticket() has checked it
	}
	ticket.Spent, ticket.SpentBy, ticket.Change = true, t.i.ID, core.NewID(t.at)
	err := t.p.Store.UpdateTicket(t.r.Context(), ticket)
	if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	stands, readErr := t.p.Store.Ticket(t.r.Context(), ticket.ID)
	switch {
	case readErr != nil:
		return readErr
	case stands.Spent && stands.SpentBy == t.i.ID:
		return nil
	case stands.Spent || stands.Secret != ticket.Secret:
		return core.PageLinkUsed.Because(errors.New("used or replaced meanwhile"))
	}
	return err
}
