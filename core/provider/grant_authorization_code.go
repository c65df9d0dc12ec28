package provider

import (
	"context"
	"crypto/sha256"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/pkce"
)

// grantAuthorizationCode redeems a code (OAuth 2.1 section 4.1.3): one read, one
// conditional write. A forged or garbled code is refused before any store call.
// The order is: is the code good, is the client still allowed all that, mint,
// write, answer.
func (p *Provider) grantAuthorizationCode(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	u, err := p.openCode(ctx, q)
	if err != nil {
		return tokenResponse{}, err
	}
	return p.redeemGrant(ctx, u, core.GrantAuthorizationCode, u.grant.Nonce)
}

// redeemGrant gives the tokens of a code that is in the hands of whom it was made
// for, a browser's client or a device.
func (p *Provider) redeemGrant(ctx context.Context, u *use, grantType, nonce string) (tokenResponse, error) {
	if err := p.refused(ctx, u); err != nil {
		return tokenResponse{}, err
	}
	if err := p.judge(ctx, u, grantType); err != nil {
		return tokenResponse{}, err
	}
	access, err := p.stillAllowed(u.client, u.grant.Access)
	if err != nil {
		return tokenResponse{}, err
	}
	// scope is no parameter of this request; what was granted counts (TOK12).
	t, err := p.chooseTarget(u.client, access, access, u.values.All("resource"))
	if err != nil {
		return tokenResponse{}, err
	}
	return p.answerGrant(ctx, u, t, access, nonce)
}

// openCode reads the code, the grant behind it, and what redeeming it means.
func (p *Provider) openCode(ctx context.Context, q *clientQuestion) (*use, error) {
	code := q.values.Get("code")
	if code == "" {
		return nil, core.Refuse(core.InvalidRequest, "code is missing")
	}
	content, err := p.Keys.Open(ctx, handle.Code, code)
	if err != nil {
		return nil, unless(err, invalidGrant(errForged))
	}
	verifier := q.values.Get("code_verifier")
	if verifier != "" {
		if err := pkce.CheckVerifier(verifier); err != nil {
			return nil, invalidGrant(err) // PKC07
		}
	}
	u := &use{clientQuestion: q, presented: content, decide: (*use).redeem, events: (*use).redemptionEvents}
	if u.grant, u.standing, err = p.readGrant(ctx, content.ID); err != nil {
		return nil, err
	}
	// A code's Number is 0: nothing else of this kind is minted.
	u.redemption = core.Redemption{At: q.at, Client: q.client.ID, Secret: content.Digest(), Verifier: verifier}
	if uri := q.values.Get("redirect_uri"); uri != "" {
		u.redemption.RedirectHash = sha256.Sum256([]byte(uri))
	}
	return u, nil
}

// redeem decides on a code, of whichever kind, by the client as it is now.
func (u *use) redeem(p *Provider, g core.Grant, s core.Standing) core.Decision {
	with := u.redemption
	with.Refreshable, with.LongLived = u.client.MayUse(core.GrantRefreshToken), u.client.LongLived()
	with.IdleEnds, with.KeepUntil = g.Ends, g.Ends.Add(graceOfRows)
	if idle := u.client.Lifetimes.Or(p.Lifetimes).RefreshIdle; u.at.Add(idle).Before(g.Ends) {
		with.IdleEnds = u.at.Add(idle)
	}
	return g.Redeem(with, s)
}

// redemptionEvents are stored with what a redemption writes. One that succeeds
// stores none, so that it stays one conditional write: the grant itself says
// when it was redeemed, and the observer hears it.
func (u *use) redemptionEvents(d core.Decision) []core.Event {
	var name core.EventName
	switch {
	case d.Refusal == "":
		return nil
	case d.Refusal == core.RefusedReplayed:
		name = core.EventCodeReplayed
	case d.Refusal == core.RefusedClient:
		name = core.EventCodeClientMismatch
	case d.Grant.State == core.GrantRevoked:
		name = core.EventGrantRevoked
	default:
		return nil // an attempt that was counted: the grant itself says so
	}
	e := u.event(name, &d.Grant, string(d.Refusal))
	if name == core.EventCodeClientMismatch {
		e.More = map[string]string{"presented_by": u.client.ID}
	}
	return []core.Event{e}
}
