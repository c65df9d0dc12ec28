package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// lastsAway says whether what is asked for works while the person is away.
func lastsAway(f *core.Facts) bool { return f.Request.Offline() || f.Client.LongLived() }

// lasts says whether the access token that is issued now lives until it is
// revoked. Nobody could end a JWT, and what is renewed need not last; one that a
// grant gives to another client than its own never does.
func lasts(g *core.Grant, c *core.Client, r *core.Resource) bool {
	return c.LongLived() && c.ID == g.Client && !g.Refreshable && r.Format != core.JWT
}

// outlived judges an access token that lives longer than others by its client as
// it is now: what a refresh would ask of it. The policy may have been taken back,
// and so may scopes and resources (STA05, STA10); g then holds what is left. It
// costs other tokens nothing.
func (p *Provider) outlived(ctx context.Context, a *accessToken, g *core.Grant, s core.Standing, at time.Time) (core.Refusal, error) {
	if time.Duration(a.expires-a.issued)*time.Second <= core.MaxShortLived {
		return "", nil
	}
	c, err := p.knownClient(ctx, g.Client)
	if err == nil {
		c, err = p.currentKnown(ctx, c, s.Client)
	}
	if errors.Is(err, core.ErrNotFound) {
		return core.RefusedClient, nil
	}
	if err != nil {
		return "", err
	}
	resource := core.Resource{}
	if r := p.findResource(a.resource); r != nil {
		resource = *r
	}
	if !lasts(g, c, &resource) && at.Unix() >= a.issued+int64(p.accessLifetime(c, &resource)/time.Second) {
		return core.RefusedExpired, nil
	}
	left, err := p.stillAllowed(c, g.Access)
	var nothing *core.OAuthError
	if errors.As(err, &nothing) || err == nil && !holdsResource(left, a.resource) {
		return core.RefusedRevoked, nil
	}
	g.Access = left
	return "", err
}

func holdsResource(access []core.Access, uri string) bool {
	for _, a := range access {
		if a.Resource == uri {
			return true
		}
	}
	return false
}
