package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// role is one kind of thing that a store keeps, seen alike.
type role[V any] struct {
	name string
	// sample is complete, with keys of its own, and not stored.
	sample func() V
	// sibling is another one in the same list.
	sibling func(V) V
	row     func(*V) *core.Row
	// alter changes everything that an update may change.
	alter  func(*V)
	create func(context.Context, core.Store, V, ...core.Event) error
	// read finds it by its keys.
	read   func(context.Context, core.Store, V) (V, error)
	update func(context.Context, core.Store, V, ...core.Event) error
	// eventless kinds are created without events.
	eventless bool
}

func grants() role[core.Grant] {
	return role[core.Grant]{
		name: "grant",
		sample: func() core.Grant {
			g := core.Grant{ID: newID(), Row: newRow(), State: core.GrantCode, Account: newID(), Client: "client " + newID().String(), Session: newID()}
			fill(&g.GrantTerms)
			return g
		},
		sibling: func(g core.Grant) core.Grant { g.ID = newID(); return g },
		row:     func(g *core.Grant) *core.Row { return &g.Row },
		alter:   func(g *core.Grant) { g.State = core.GrantActive; fill(&g.GrantTerms) },
		create: func(ctx context.Context, s core.Store, g core.Grant, e ...core.Event) error {
			return s.CreateGrant(ctx, g, e...)
		},
		read: func(ctx context.Context, s core.Store, g core.Grant) (core.Grant, error) {
			got, _, err := s.Grant(ctx, g.ID)
			return got, err
		},
		update: func(ctx context.Context, s core.Store, g core.Grant, e ...core.Event) error {
			return s.UpdateGrant(ctx, g, e...)
		},
	}
}

func clients() role[core.Client] {
	return role[core.Client]{
		name: "client",
		sample: func() core.Client {
			c := core.Client{ID: "https://é.example/" + newID().String(), Row: newRow(), Lane: core.LaneCIMD, Epoch: 1<<53 + 1}
			fill(&c.ClientMetadata)
			return c
		},
		sibling: func(c core.Client) core.Client { c.ID = "https://é.example/" + newID().String(); return c },
		row:     func(c *core.Client) *core.Row { return &c.Row },
		alter: func(c *core.Client) {
			c.Disabled, c.Deleted = true, true
			c.Epoch++
			fill(&c.ClientMetadata)
		},
		create: func(ctx context.Context, s core.Store, c core.Client, e ...core.Event) error {
			return s.CreateClient(ctx, c, e...)
		},
		read: func(ctx context.Context, s core.Store, c core.Client) (core.Client, error) {
			return s.Client(ctx, c.ID)
		},
		update: func(ctx context.Context, s core.Store, c core.Client, e ...core.Event) error {
			return s.UpdateClient(ctx, c, e...)
		},
	}
}

func sessions() role[core.Session] {
	return role[core.Session]{
		name: "session",
		sample: func() core.Session {
			v := core.Session{ID: newID(), Row: newRow(), Account: newID(), SignInEpoch: 1<<53 + 1, Ends: noon, IdleEnds: noon}
			fill(&v.SessionTerms)
			return v
		},
		sibling: func(v core.Session) core.Session { v.ID = newID(); return v },
		row:     func(v *core.Session) *core.Row { return &v.Row },
		alter: func(v *core.Session) {
			v.Ended = true
			v.IdleEnds = noon.Add(3 * time.Microsecond)
			fill(&v.SessionTerms)
		},
		create: func(ctx context.Context, s core.Store, v core.Session, e ...core.Event) error {
			return s.CreateSession(ctx, v, e...)
		},
		read: func(ctx context.Context, s core.Store, v core.Session) (core.Session, error) {
			all, err := s.Sessions(ctx, []core.ID{v.ID})
			if err == nil && len(all) == 0 {
				return core.Session{}, core.ErrNotFound
			}
			if err == nil && len(all) > 1 {
				return core.Session{}, errors.New("asked for one session and got several")
			}
			if err != nil {
				return core.Session{}, err
			}
			return all[0].Session, nil
		},
		update: func(ctx context.Context, s core.Store, v core.Session, e ...core.Event) error {
			return s.UpdateSession(ctx, v, e...)
		},
	}
}

func interactions() role[core.Interaction] {
	return role[core.Interaction]{
		name: "interaction",
		sample: func() core.Interaction {
			i := core.Interaction{ID: newID(), Row: newRow()}
			fill(&i.InteractionTerms)
			return i
		},
		row:   func(i *core.Interaction) *core.Row { return &i.Row },
		alter: func(i *core.Interaction) { i.Finished = true; fill(&i.InteractionTerms) },
		create: func(ctx context.Context, s core.Store, i core.Interaction, _ ...core.Event) error {
			return s.CreateInteraction(ctx, i)
		},
		read: func(ctx context.Context, s core.Store, i core.Interaction) (core.Interaction, error) {
			return s.Interaction(ctx, i.ID)
		},
		update: func(ctx context.Context, s core.Store, i core.Interaction, e ...core.Event) error {
			return s.UpdateInteraction(ctx, i, e...)
		},
		eventless: true,
	}
}

func tickets() role[core.Ticket] {
	return role[core.Ticket]{
		name: "ticket",
		sample: func() core.Ticket {
			v := core.Ticket{ID: newID(), Row: newRow(), Account: newID()}
			fill(&v.TicketTerms)
			return v
		},
		row:   func(v *core.Ticket) *core.Row { return &v.Row },
		alter: func(v *core.Ticket) { v.Spent = true; fill(&v.TicketTerms) },
		create: func(ctx context.Context, s core.Store, v core.Ticket, e ...core.Event) error {
			return s.CreateTicket(ctx, v, e...)
		},
		read: func(ctx context.Context, s core.Store, v core.Ticket) (core.Ticket, error) {
			return s.Ticket(ctx, v.ID)
		},
		update: func(ctx context.Context, s core.Store, v core.Ticket, e ...core.Event) error {
			return s.UpdateTicket(ctx, v, e...)
		},
	}
}
