package provider

import (
	"context"

	"github.com/keywright/keywright/core"
)

// minted is what was signed for a use of a grant and not sent yet.
type minted struct {
	answer tokenResponse
	epoch  uint64 // the access epoch that the access token carries
}

// answerGrant mints, then writes, then answers. What the write refuses is never
// sent, and what is sent was signed before anything was written, so a key that
// fails uses nothing up.
func (p *Provider) answerGrant(ctx context.Context, u *use, t target, access []core.Access, nonce string) (tokenResponse, error) {
	name := core.EventTokenRefreshed
	if u.grant.State != core.GrantActive {
		name = core.EventGrantRedeemed
	}
	m, err := p.mint(ctx, u, &t, access, nonce)
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.commit(ctx, u); err != nil {
		return tokenResponse{}, err
	}
	if u.grant.AccessEpoch != m.epoch {
		// Access was revoked between reading and writing; the tokens for this
		// answer come after that.
		if m, err = p.mint(ctx, u, &t, access, nonce); err != nil {
			return tokenResponse{}, err
		}
	}
	if name == core.EventTokenRefreshed && len(u.grant.Replaces) > 0 {
		p.endReplaced(ctx, u)
	}
	m.answer.RefreshToken = p.issueRefreshToken(&u.grant, u.presented)
	p.hear(ctx, name, u.clientQuestion, &u.grant)
	return m.answer, nil
}

// mint signs what the grant gives as the use holds it.
func (p *Provider) mint(ctx context.Context, u *use, t *target, access []core.Access, nonce string) (minted, error) {
	g := &u.grant
	token, lifetime, err := p.issueAccessToken(ctx, g, u.client, t, u.at)
	if err != nil {
		return minted{}, err
	}
	m := minted{epoch: g.AccessEpoch, answer: accessTokenResponse(token, lifetime, t.scopes)}
	if core.Allows(access, "", "openid") { // OC-01
		m.answer.IDToken, err = p.issueIDToken(ctx, g, u.client, access, idTokenTerms{
			at: u.at, nonce: nonce, accessToken: token,
		})
	}
	return m, err
}
