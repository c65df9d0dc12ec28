package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// settleClient makes the row of a client that has none, with its first approval by
// a person and before anything is granted to it: of one that registered itself, or
// that publishes what it is. From then on the row counts. Any number of first
// approvals may race: one makes the row, the others find it.
func (v *visit) settleClient(g *core.Grant) error {
	lane := v.p.laneOf(g.Client)
	if lane == nil || !lane.Lane().SelfRegistered() {
		return nil
	}
	for range maxWrites {
		c, err := v.p.loadClient(v.r.Context(), g.Client, v.at)
		switch {
		case err != nil:
			return v.lost(err)
		case c.Disabled:
			return switchedOff(&c)
		case v.p.unapproved(&c):
			return core.PageAppNotApproved.Because(v.from(errors.New("no operator has approved the client")))
		}
		e := v.p.happened(v.r, v.at, core.EventClientAdmitted, g.Account, c.ID, g.ID)
		if err = v.p.admitClient(v.r.Context(), c, g, e); !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(errors.New("the client could not be written"))
}

// lost adds the way back to the app to what a person is told where the client is
// gone.
func (v *visit) lost(err error) error {
	var page *core.PageError
	if err = clientFault(err); errors.As(err, &page) {
		return page.Because(v.from(page.Cause))
	}
	return err
}

// switchedOff is what a person is told of a client that the operator disabled. The
// reason is for the log alone.
func switchedOff(c *core.Client) error {
	return core.PageAppOff.Because(fmt.Errorf("client is disabled: %q", c.Record.DisabledReason))
}

// admitClient writes the row of a client to which a person has agreed, with the
// event if that is the first time; unless the row says all that already: that
// somebody did, and that it is kept for as long as this grant needs it.
func (p *Provider) admitClient(ctx context.Context, c core.Client, g *core.Grant, e core.Event) error {
	first := c.Record.AdmittedAt.IsZero()
	keep := p.clientKept(&c, g)
	if c.Lane == core.LaneSeeded || !first && keep.Equal(c.KeepUntil) {
		return nil
	}
	c.KeepUntil, c.Change = keep, core.NewID(e.At)
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

// clientKept is how long the row of a client is kept at least, once this was granted
// to it. Of a client that publishes what it is: until an operator cleans up. Of one
// that registered itself: past the longest end that the grant can have, which
// refreshing never moves, and by its idle time longer (DR-09, DCR05). It is moved at
// most once in a sixteenth of that, since it looks ahead by as much.
func (p *Provider) clientKept(c *core.Client, g *core.Grant) time.Time {
	if c.Lane != core.LaneDCR {
		return time.Time{}
	}
	idle := p.registrar.Registration().Idle
	if c.Version > 0 && (c.KeepUntil.IsZero() || !c.KeepUntil.Before(g.Ends.Add(idle))) {
		return c.KeepUntil
	}
	return later(core.Instant(g.Ends.Add(idle+idle/16)), c.KeepUntil)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
