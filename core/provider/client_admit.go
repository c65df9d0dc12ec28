package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// admit writes the row of a client that registered itself, or that publishes what it
// is, before anything is granted to it. From then on the row counts. Any number of
// first approvals may race: one makes the row, the others find it. read gives the
// client as it stands before the nth write, or why nothing is to be granted to it.
func (p *Provider) admit(ctx context.Context, g *core.Grant, e core.Event, read func(n int) (core.Client, error)) error {
	for n := range maxWrites {
		c, err := read(n)
		if err != nil {
			return err
		}
		if err = p.admitClient(ctx, c, g, e); !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(errors.New("the client could not be written"))
}

// admitClient writes the row of a client that something is granted to, with the
// event if that is the first time; unless the row says all that already: that
// something was, and that it is kept for as long as this grant needs it.
func (p *Provider) admitClient(ctx context.Context, c core.Client, g *core.Grant, e core.Event) error {
	first, kept := c.Record.AdmittedAt.IsZero(), c.KeepUntil
	p.keepClient(&c, g)
	if c.Lane == core.LaneSeeded || !first && kept.Equal(c.KeepUntil) {
		return nil
	}
	c.Change = core.NewID(e.At)
	var events []core.Event
	if first {
		c.Record.AdmittedAt, e.Version = e.At, c.Version+1
		events = append(events, e)
	}
	p.clients.drop(c.ID)
	if c.Version == 0 {
		return p.Store.CreateClient(ctx, c, events...)
	}
	return p.Store.UpdateClient(ctx, c, events...)
}

// keepClient says how long the row of a client is kept, once this was granted to it.
// That of one that registered itself: past the longest end that the grant can have,
// which refreshing never moves, and by its idle time longer (DR-09, DCR05). It is
// moved at most once in a sixteenth of that, since it looks ahead by as much.
func (p *Provider) keepClient(c *core.Client, g *core.Grant) {
	if c.Settle(); c.Lane != core.LaneDCR {
		return
	}
	idle := p.registrar.Registration().Idle
	if c.Version > 0 && (c.KeepUntil.IsZero() || !c.KeepUntil.Before(g.Ends.Add(idle))) {
		return
	}
	c.KeepUntil = later(core.Instant(g.Ends.Add(idle+idle/16)), c.KeepUntil)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
