package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// grantDeviceCode answers a device that polls (RFC 8628 section 3.4): one read,
// and one conditional write once the person has agreed. The tokens are given
// once; a device code that is presented again ends them, like any other code
// (CD-04).
func (p *Provider) grantDeviceCode(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	if !mayAskByDevice(q.client) {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "the client is not registered for the device grant")
	}
	u, err := p.openDeviceCode(ctx, q)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.checkAgain(ctx, q, u.standing.Client); err != nil {
		return tokenResponse{}, err
	}
	if err := p.stillWaits(u); err != nil {
		return tokenResponse{}, err
	}
	return p.redeemGrant(ctx, u, core.GrantDeviceCode, "")
}

// openDeviceCode reads the device code, the grant behind it, and what redeeming
// it means.
func (p *Provider) openDeviceCode(ctx context.Context, q *clientQuestion) (*use, error) {
	code := q.values.Get("device_code")
	if code == "" {
		return nil, core.Refuse(core.InvalidRequest, "device_code is missing")
	}
	content, err := p.Keys.Open(ctx, handle.Device, code)
	if err != nil {
		return nil, unless(err, invalidGrant(errForged))
	}
	u := &use{clientQuestion: q, presented: content, decide: (*use).redeem, events: (*use).redemptionEvents}
	u.grant, u.standing, err = p.Store.Grant(ctx, content.ID)
	if errors.Is(err, core.ErrNotFound) && q.at.Unix() >= int64(content.Number) {
		return nil, expired() // purged since
	}
	if err != nil {
		return nil, gone(err)
	}
	u.redemption = core.Redemption{At: q.at, Client: q.client.ID, Secret: content.Digest()}
	return u, nil
}

// stillWaits answers what is no redemption: nobody has decided yet, somebody
// said no, or the time is over (section 3.5). Nothing is written. What is wrong
// in any other way is left to refused, and so is another client's code, which
// hears invalid_grant whatever its state (DEV06).
func (p *Provider) stillWaits(u *use) error {
	switch u.decide(u, p, u.grant, u.standing).Refusal {
	case core.RefusedPending:
		if p.polls.tooFast(u.grant.ID, u.at, u.grant.CodeEnds) {
			return core.Refuse(core.SlowDown, "wait five seconds more between polls from now on").Because(errPolledTooFast)
		}
		return core.Refuse(core.AuthorizationPending, "nobody has answered yet")
	case core.RefusedDenied:
		return core.Refuse(core.AccessDenied, "the person did not agree")
	case core.RefusedExpired:
		return expired()
	}
	return nil
}

func expired() error {
	return core.Refuse(core.ExpiredToken, "the device code is too old, ask for another one")
}

// leastToHear is how long a device has to hear of an answer that came late.
const leastToHear = time.Minute
