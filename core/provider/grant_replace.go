package provider

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// reasonReplaced is why a grant ends that another has taken the place of.
const reasonReplaced = "replaced"

// endReplaced ends the grants that this one takes the place of, now that its
// refresh token has come: the client holds it. What cannot be ended is logged, and
// ends with the next use: the grant names it until it has. The answer does not wait
// for that.
func (p *Provider) endReplaced(ctx context.Context, u *use) {
	by := &u.grant
	for _, id := range by.Replaces {
		if err := p.endOneReplaced(ctx, u, id, by); err != nil {
			p.log.WarnContext(ctx, "a grant that another has taken the place of could not be ended", "grant", id, "error", err)
			return
		}
	}
	settled := &use{clientQuestion: u.clientQuestion, grant: *by, standing: u.standing}
	settled.decide = func(_ *use, _ *Provider, g core.Grant, _ core.Standing) core.Decision { return g.Settle() }
	settled.events = func(*use, core.Decision) []core.Event { return nil }
	if _, err := p.apply(ctx, settled); err != nil {
		p.log.WarnContext(ctx, "what a grant has taken the place of has ended, but is still named", "grant", by.ID, "error", err)
	}
}

func (p *Provider) endOneReplaced(ctx context.Context, u *use, id core.ID, by *core.Grant) error {
	g, standing, err := p.Store.Grant(ctx, id)
	if errors.Is(err, core.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	old := &use{clientQuestion: u.clientQuestion, grant: g, standing: standing}
	old.decide = func(_ *use, _ *Provider, g core.Grant, _ core.Standing) core.Decision {
		if !g.Replaced(by, u.client.Public()) {
			return core.Decision{Grant: g}
		}
		return g.Revoke(reasonReplaced)
	}
	old.events = func(u *use, d core.Decision) []core.Event {
		return []core.Event{u.event(core.EventGrantRevoked, &d.Grant, reasonReplaced)}
	}
	_, err = p.apply(ctx, old)
	return err
}
