package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/mailaddress"
)

// Lifetimes of invitations.
const (
	invitationLife = 7 * 24 * time.Hour
	invitationMost = 30 * 24 * time.Hour
)

// Invite mails an invitation. Nothing but the letter holds its link: who follows it
// has proven the address.
func (p *Provider) Invite(ctx context.Context, i core.Invitation) error {
	at := p.now()
	body := invitationBody{Email: i.Email, Organization: i.Organization, Roles: i.Roles}
	var err error
	if body.Value, err = mailaddress.Canonical(i.Email); err != nil {
		return fmt.Errorf("invitation: Email %q: %w", i.Email, err)
	}
	if i.Lifetime == 0 {
		i.Lifetime = invitationLife
	}
	if i.Lifetime < time.Minute || i.Lifetime > invitationMost {
		return fmt.Errorf("invitation: Lifetime is %v: choose from 1m0s to %v", i.Lifetime, invitationMost)
	}
	if !i.Organization.IsZero() {
		o, err := p.Store.Organization(ctx, i.Organization)
		if err != nil {
			return fmt.Errorf("invitation: Organization %s: %w", i.Organization, err)
		}
		if o.Disabled || o.Deleted {
			return fmt.Errorf("invitation: Organization %s is switched off: switch it on first", i.Organization)
		}
		body.Name = o.DisplayName
	}
	return p.sendInvitation(ctx, at, i, body)
}

// sendInvitation writes the ticket in place of an older one to the same address,
// together with its letter.
func (p *Provider) sendInvitation(ctx context.Context, at time.Time, i core.Invitation, body invitationBody) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	sum := p.Keys.Ring().Derive("invitation", []byte(body.Value))
	t := core.Ticket{ID: core.ID(sum[:16]), TicketTerms: core.TicketTerms{Kind: ticketInvitation, Ends: at.Add(i.Lifetime), Body: raw}}
	c := handle.Content{ID: t.ID, Number: uint64(t.Ends.Unix()), Random: handle.NewRandom()}
	t.Secret, t.Change, t.KeepUntil = c.Digest(), core.NewID(at), t.Ends.Add(graceOfRows)
	d, err := p.delivery(at, core.Letter{
		Name: "invitation", To: i.Email, Locales: i.Locales, Organization: body.Name, Lifetime: i.Lifetime,
		Link: p.url("/invitation/" + p.Keys.Ring().Mint(handle.Ticket, c)),
	})
	if err != nil {
		return err
	}
	e := core.Event{ID: core.NewID(at), At: at, Name: core.EventInvitationSent, Thing: t.ID, Version: 1, KeepUntil: at.Add(core.KeepEvents), Deliveries: []core.Delivery{d}}
	err = p.Store.CreateTicket(ctx, t, e)
	for range maxWrites {
		if !errors.Is(err, core.ErrConflict) {
			break
		}
		stands, readErr := p.Store.Ticket(ctx, t.ID)
		if readErr != nil {
			return readErr
		}
		t.Version, e.Version = stands.Version, stands.Version+1
		err = p.Store.UpdateTicket(ctx, t, e)
	}
	if err == nil {
		p.wakeFor([]core.Event{e})
	}
	return err
}
