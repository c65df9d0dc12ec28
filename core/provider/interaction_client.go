package provider

import (
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// settleClient makes the row of a client that registered itself, with its first
// approval, and keeps it for as long as this grant and its idle time need it. From
// then on only the row counts. Any number of first approvals may race: one makes
// the row, the others find it.
func (v *visit) settleClient(o *core.Outcome, g *core.Grant) error {
	if v.p.registrar == nil || o.Grant.Lane != v.p.registrar.Lane() {
		return nil
	}
	ctx, id := v.r.Context(), v.i.Request.Client
	for range maxWrites {
		row, err := v.p.registrar.Load(ctx, v.p.Store, id)
		switch {
		case errors.Is(err, core.ErrNotFound):
			err = v.admitClient(id, g)
		case err != nil:
			return err
		case row.Deleted:
			return core.PageAppUnknown.Because(v.from(errors.New("the client was deleted")))
		case row.Disabled:
			return core.PageAppOff.Because(v.from(errors.New("the client was switched off")))
		default:
			err = v.keepClient(row, g)
		}
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(errors.New("the client could not be written"))
}

// admitClient writes the row as its id says.
func (v *visit) admitClient(id string, g *core.Grant) error {
	c, issued, err := v.p.openRegistration(id, v.at)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageAppUnknown.Because(v.from(err))
	}
	if err != nil {
		return err
	}
	c.Change, c.KeepUntil = core.NewID(v.at), v.p.clientKept(g)
	if least := rowOutlives(issued); c.KeepUntil.Before(least) {
		c.KeepUntil = least
	}
	v.p.clients.drop(id)
	return v.p.Store.CreateClient(v.r.Context(), c, v.p.happened(v.r, v.at, core.EventClientAdmitted, g.Account, id, g.ID))
}

// keepClient moves the end of the row, at most once in a sixteenth of the idle
// time: clientKept looks ahead by as much.
func (v *visit) keepClient(c core.Client, g *core.Grant) error {
	idle := v.p.registrar.Registration().Idle
	if c.KeepUntil.IsZero() || !c.KeepUntil.Before(g.Ends.Add(idle)) {
		return nil
	}
	c.KeepUntil, c.Change = v.p.clientKept(g), core.NewID(v.at)
	v.p.clients.drop(c.ID)
	return v.p.Store.UpdateClient(v.r.Context(), c)
}

// clientKept is past the longest end that the grant can have: refreshing never
// moves that, and so never writes the client (DR-09, DCR05).
func (p *Provider) clientKept(g *core.Grant) time.Time {
	idle := p.registrar.Registration().Idle
	return core.Instant(g.Ends.Add(idle + idle/16))
}
