package provider

import (
	"errors"
	"strings"

	"github.com/keywright/keywright/core"
)

// useTicket gives the turn the mailed link that this interaction came by, with
// the account it is for. Signing in at the authenticator's first step needs no
// link, so that a link that is no good shuts nobody out.
func (t *turn) useTicket() error {
	if t.i.Ticket.IsZero() || t.Step == t.authenticator.Starts()[core.TurnSignIn] {
		return nil
	}
	ticket, err := t.p.Store.Ticket(t.r.Context(), t.i.Ticket)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageLinkUsed.Because(err)
	}
	if err != nil {
		return err
	}
	if t.Purpose != core.TurnSignIn && ticket.Account != t.Account.ID {
		return nil // what is done here is done to who has shown themselves, not to whom it was mailed
	}
	account, err := t.checkTicket(ticket)
	if err != nil {
		return err
	}
	t.Ticket = &ticket
	if !account.ID.IsZero() {
		t.Account = account
		t.saw(account)
	}
	return nil
}

// checkTicket reads the account of a link and says PageLinkUsed for one that is
// used by another interaction, over, or void because the account has moved on.
func (v *visit) checkTicket(t core.Ticket) (core.Account, error) {
	if t.Spent && (t.SpentBy.IsZero() || t.SpentBy != v.i.ID) || !v.at.Before(t.Ends) {
		return core.Account{}, core.PageLinkUsed.Because(errors.New("used or over"))
	}
	if t.Account.IsZero() {
		return core.Account{}, nil
	}
	a, err := v.p.Store.Account(v.r.Context(), t.Account)
	if errors.Is(err, core.ErrNotFound) || err == nil && (a.Deleted || a.SignInEpoch != t.SignInEpoch) {
		return core.Account{}, core.PageLinkUsed.Because(errors.New("void: the account has moved on"))
	}
	return a, err
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
		return nil // by this very interaction: useTicket has checked it
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

// linkPath puts a handle where an endpoint's path has its wildcard.
func linkPath(path, handle string) string {
	if before, rest, ok := strings.Cut(path, "{"); ok {
		_, after, _ := strings.Cut(rest, "}")
		return before + handle + after
	}
	return strings.TrimSuffix(path, "/") + "/" + handle
}
