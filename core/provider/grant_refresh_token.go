package provider

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// grantRefreshToken gives tokens again (OAuth 2.1 section 4.3): one read and, where
// the token is replaced, one conditional write. What was granted is given only
// as far as it is still allowed; it is never widened and its authentication
// facts never change.
func (p *Provider) grantRefreshToken(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	u, err := p.openRefreshToken(ctx, q)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.refused(ctx, u); err != nil {
		return tokenResponse{}, err
	}
	if err := p.judge(ctx, u, core.GrantRefreshToken); err != nil {
		return tokenResponse{}, err
	}
	full, err := p.stillAllowed(u.client, u.grant.Access)
	if err != nil {
		return tokenResponse{}, err
	}
	asked, err := p.narrow(full, q.values.Get("scope"))
	if err != nil {
		return tokenResponse{}, err
	}
	t, err := p.chooseTarget(u.client, full, asked, q.values.All("resource"))
	if err != nil {
		return tokenResponse{}, err
	}
	// A refreshed ID token carries no nonce (OC-31).
	return p.answerGrant(ctx, u, t, asked, "")
}

// openRefreshToken reads the token, the grant behind it, and what using it means.
func (p *Provider) openRefreshToken(ctx context.Context, q *clientQuestion) (*use, error) {
	token := q.values.Get("refresh_token")
	if token == "" {
		return nil, core.Refuse(core.InvalidRequest, "refresh_token is missing")
	}
	content, err := p.Keys.Open(ctx, handle.Refresh, token)
	if err != nil {
		return nil, unless(err, invalidGrant(errForged))
	}
	u := &use{clientQuestion: q, presented: content, decide: (*use).rotate, events: (*use).rotationEvents}
	u.grant, u.standing, err = p.readGrant(ctx, content.ID)
	return u, err
}

// rotate decides on a refresh token by the client as it is now.
func (u *use) rotate(p *Provider, g core.Grant, s core.Standing) core.Decision {
	lifetimes := u.client.Lifetimes.Or(p.Lifetimes)
	return g.Rotate(core.Rotation{
		At: u.at, Client: u.client.ID, Secret: u.presented.Digest(), Generation: u.presented.Number,
		Overlap: max(0, lifetimes.Overlap), // negative is strict
		// Who cannot authenticate gets a new token each time (RT-02).
		Rotate: u.client.Rotates() || u.client.Public(), Idle: lifetimes.RefreshIdle,
	}, s)
}

// rotationEvents are stored with what a refresh writes: rotation itself stores
// none, the observer hears it.
func (u *use) rotationEvents(d core.Decision) []core.Event {
	switch d.Refusal {
	case "":
		return nil
	case core.RefusedReused:
		return []core.Event{u.event(core.EventRefreshReused, &d.Grant, string(d.Refusal))}
	}
	return []core.Event{u.event(core.EventGrantRevoked, &d.Grant, string(d.Refusal))}
}
