package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// markRevoked is the kind of mark that ends a token without a grant.
const markRevoked = "access_token"

// mark is what such a token is remembered by.
func (a *accessToken) mark() core.Hash { return sha256.Sum256(a.serial[:]) }

// revocation is the revocation endpoint (RFC 7009). Public clients use it with
// their client_id (RV-05). A token that is unknown, expired, revoked before or
// no token at all is answered 200 and changes nothing: it is not valid, which is
// what the client wanted (section 2.2). A token that is good but another
// client's is not revoked, and section 2.1 wants the request refused and the
// client informed: unauthorized_client, since this client may not do that. Who
// holds the token learns nothing by it. An outage is a 503, after which the
// client must take the token to be still there (section 2.2.1).
func (p *Provider) revocation(w http.ResponseWriter, r *http.Request) (err error) {
	q, err := p.ask(w, r)
	if err != nil {
		return err
	}
	defer func() { p.takeBack(r.Context(), q, err) }()
	token := q.values.Get("token")
	if token == "" {
		return core.Refuse(core.InvalidRequest, "token is missing")
	}
	// token_type_hint is only a hint; a token says itself what it is (RV-03).
	if kind, _ := handle.Shaped(token); kind == handle.Refresh {
		err = p.revokeRefreshToken(r.Context(), q, token)
	} else {
		err = p.revokeAccessToken(r.Context(), q, token)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

var errForeignToken = errors.New("token was issued to another client")

func foreignToken() error {
	return core.Refuse(core.UnauthorizedClient, "the token was issued to another client").Because(errForeignToken)
}

// revokeRefreshToken ends the grant: every token of it, old and new (RV-03).
func (p *Provider) revokeRefreshToken(ctx context.Context, q *clientQuestion, token string) error {
	content, err := p.Keys.Open(ctx, handle.Refresh, token)
	if err != nil {
		return unless(err, nil)
	}
	g, standing, found, err := p.grantAskedAbout(ctx, q, content.ID)
	if err != nil || !found || g.Secret != content.Digest() {
		return err
	}
	return p.endFor(ctx, q, g, standing, core.EventGrantRevoked, func(g core.Grant) core.Decision { return g.Revoke("client") })
}

// revokeAccessToken ends the access tokens of the grant that were issued under
// the same access epoch; the refresh token lives. A token without a grant is
// marked for as long as it would have lived, and so is one from an exchange: that
// ends what was exchanged for it since, and leaves the subject's grant alone.
func (p *Provider) revokeAccessToken(ctx context.Context, q *clientQuestion, token string) error {
	a, err := p.readAccessToken(ctx, token, q.at)
	if err != nil {
		return unless(err, nil)
	}
	if a.grant.IsZero() || a.chain != nil {
		return p.markRevoked(ctx, q, &a)
	}
	g, standing, found, err := p.grantAskedAbout(ctx, q, a.grant)
	if err != nil || !found {
		return err
	}
	if g.LongLived { // there is nothing else of it
		return p.endFor(ctx, q, g, standing, core.EventGrantRevoked, func(g core.Grant) core.Decision {
			if a.epoch != g.AccessEpoch {
				return core.Decision{Grant: g}
			}
			return g.Revoke("client")
		})
	}
	return p.endFor(ctx, q, g, standing, core.EventAccessRevoked, func(g core.Grant) core.Decision { return g.RevokeAccess(a.epoch) })
}

// endFor writes what a client ends of its own grant. One that has gone
// meanwhile has ended.
func (p *Provider) endFor(
	ctx context.Context, q *clientQuestion, g core.Grant, s core.Standing, name core.EventName, end func(core.Grant) core.Decision,
) error {
	if g.Client != q.client.ID {
		return foreignToken()
	}
	u := &use{clientQuestion: q, grant: g, standing: s}
	u.decide = func(_ *use, _ *Provider, g core.Grant, _ core.Standing) core.Decision { return end(g) }
	u.events = func(u *use, d core.Decision) []core.Event { return []core.Event{u.event(name, &d.Grant, "client")} }
	if _, err := p.apply(ctx, u); err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	return nil
}

func (p *Provider) markRevoked(ctx context.Context, q *clientQuestion, a *accessToken) error {
	if a.client != q.client.ID {
		return foreignToken()
	}
	ends := time.Unix(a.expires, 0).Add(core.MaxClockSkew)
	if err := p.Store.Mark(ctx, markRevoked, a.mark(), ends, core.ID{}); err != nil && !errors.Is(err, core.ErrConflict) {
		return core.Unavailable(err)
	}
	return nil
}
