package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// knownClient finds a client for a request that rests on what it was granted
// before: a lane that asks elsewhere asks nobody about a client that it has
// never seen (CM-19), and one whose site is away goes on for a while (CM-37). The
// client is shared by everybody who gets it and must not be changed.
func (p *Provider) knownClient(ctx context.Context, id string) (*core.Client, error) {
	if id == "" || len(id) > core.MaxClientID {
		return nil, core.ErrNotFound
	}
	if hit, ok := p.clients.get(id, p.now()); ok {
		return hit, nil
	}
	return p.loadKnown(ctx, id)
}

// loadKnown passes the cache by. What has gone stale is not kept: a new request
// of a browser must not find it.
func (p *Provider) loadKnown(ctx context.Context, id string) (*core.Client, error) {
	remote := p.laneOf(id)
	if remote == nil || !remote.Remote() {
		found, err := p.loadClient(ctx, id, p.now())
		return &found, err
	}
	found, current, err := remote.Known(ctx, p.Store, id)
	if err != nil || !current {
		p.clients.drop(id)
		return &found, err
	}
	p.clients.put(&found, p.now())
	return &found, nil
}

// currentKnown is currentClient for requests that rest on a grant.
func (p *Provider) currentKnown(ctx context.Context, c *core.Client, s core.ClientStanding) (*core.Client, error) {
	if s.Version == c.Version {
		return c, nil
	}
	return p.loadKnown(ctx, c.ID)
}

// findClient finds the client of an authorization request. Nobody elsewhere is
// asked about one for a request that could not succeed whoever it is from
// (CM-19, SSR19).
func (c *checking) findClient(ctx context.Context, id string) (core.Client, error) {
	if lane := c.provider.laneOf(id); lane == nil || !lane.Remote() || c.plausible() {
		return c.provider.findClient(ctx, id)
	}
	found, err := c.provider.knownClient(ctx, id)
	if errors.Is(err, core.ErrNotFound) {
		err = core.PageAppRequest.Because(errors.New("the request is not worth looking for its client"))
	}
	if err != nil {
		return core.Client{}, err
	}
	return *found, nil
}

// plausible says that the request has what every good one of a client that
// describes itself has.
func (c *checking) plausible() bool {
	v := c.values
	if len(v.Repeated()) > 0 && !slices.Equal(v.Repeated(), []string{"resource"}) {
		return false
	}
	uri := v.Get("redirect_uri")
	return v.Get("response_type") == "code" && v.Get("code_challenge_method") == "S256" && v.Get("code_challenge") != "" &&
		(uri == "" || redirecturi.CheckRegistration(uri, redirecturi.Agents()) == nil)
}

// clientFault is what a person is told where a client could not be found.
func clientFault(err error) error {
	var fault *core.ClientFault
	var throttled *core.Throttled
	var page *core.PageError
	switch {
	case errors.As(err, &page):
		return err
	case errors.As(err, &fault) && fault.Host != "":
		return core.PageAppIdentity.Because(err)
	case errors.As(err, &throttled):
		return core.PageBusy.Because(err)
	case errors.Is(err, core.ErrNotFound):
		return core.PageAppUnknown.Because(err)
	}
	return err
}
