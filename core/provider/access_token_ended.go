package provider

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// accessEnded says what, if anything, has ended the access token of a grant. It
// is asked wherever such a token counts; ordinary tokens cost it nothing, those
// from an exchange a read for each link. What is left of a long-lived one is in g
// afterwards.
func (p *Provider) accessEnded(ctx context.Context, a *accessToken, g *core.Grant, s core.Standing, at time.Time) (core.Refusal, error) {
	if why := a.endedBy(g, s, at); why != "" {
		return why, nil
	}
	if why, err := p.chainEnded(ctx, a); why != "" || err != nil {
		return why, err
	}
	return p.outlived(ctx, a, g, s, at)
}

// endedBy says what the token's grant says of it.
func (a *accessToken) endedBy(g *core.Grant, s core.Standing, at time.Time) core.Refusal {
	switch {
	case g.State != core.GrantActive || a.epoch != g.AccessEpoch:
		return core.RefusedRevoked
	case a.chain == nil && a.client != "" && a.client != g.Client:
		return core.RefusedClient
	}
	return g.Stands(s, at)
}
