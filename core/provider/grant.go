package provider

import (
	"context"
	"errors"
	"log/slog"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// errRefused is why a grant gave nothing, for the log.
type errRefused core.Refusal

// Error names the refusal.
func (e errRefused) Error() string { return "grant refused: " + string(e) }

// invalidGrant is the one answer to every code and token that is not good:
// unknown, expired, used, foreign and revoked look the same from outside (TK-06).
func invalidGrant(cause error) error {
	return core.Refuse(core.InvalidGrant, "the code or token is not valid for this client").Because(cause)
}

var (
	errForged  = errors.New("not a handle of this issuer")
	errNoGrant = errors.New("grant is not there")
)

// readGrant reads a grant with its standing. It is gone or nobody knows: the
// second is never told as the first.
func (p *Provider) readGrant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, s, err := p.Store.Grant(ctx, id)
	return g, s, gone(err)
}

// unless is the refusal of what was presented, unless its keys could not be read:
// then nothing is known of it, and it is not invalid but unavailable (KEY03).
func unless(err, refusal error) error {
	if errors.Is(err, core.ErrUnavailable) {
		return err
	}
	return refusal
}

// gone turns the absence of a row into invalid_grant and leaves all else.
func gone(err error) error {
	if errors.Is(err, core.ErrNotFound) {
		return invalidGrant(errNoGrant)
	}
	return err
}

// grantAskedAbout reads the grant behind a token that a client asks about or
// ends. The client is authenticated again as it stands now where the grant is
// its own (CLA12). found is false where the grant has gone.
func (p *Provider) grantAskedAbout(ctx context.Context, q *clientQuestion, id core.ID) (g core.Grant, s core.Standing, found bool, err error) {
	g, s, err = p.Store.Grant(ctx, id)
	switch {
	case errors.Is(err, core.ErrNotFound):
		return g, s, false, nil
	case err == nil && g.Client == q.client.ID:
		err = p.checkAgain(ctx, q, s.Client)
	}
	return g, s, err == nil, err
}

// use is one use of a code or a refresh token.
type use struct {
	*clientQuestion
	presented handle.Content
	grant     core.Grant
	standing  core.Standing
	// redemption is what a code is redeemed with, as far as it was presented.
	redemption core.Redemption
	decide     func(*use, *Provider, core.Grant, core.Standing) core.Decision
	events     func(*use, core.Decision) []core.Event
}

// refused authenticates the client as it stands now and decides on the grant as
// read, before anything is minted. A refusal is written where it changes
// something (a replay, a reuse, a counted attempt) and answered; nil means that
// the grant gives what is asked, so far as it goes.
func (p *Provider) refused(ctx context.Context, u *use) error {
	if err := p.checkAgain(ctx, u.clientQuestion, u.standing.Client); err != nil {
		return err
	}
	d := u.decide(u, p, u.grant, u.standing)
	if d.Refusal == "" {
		return nil
	}
	if d.Write {
		var err error
		if d, err = p.apply(ctx, u); err != nil {
			return gone(err)
		}
		if d.Refusal == "" {
			// What refused it is gone again: another request has moved the grant
			// meanwhile. Nothing was minted for this one.
			return core.Unavailable(errors.New("the grant changed while it was judged"))
		}
	}
	return p.refuseGrant(ctx, u, d.Refusal)
}

// apply writes what is decided; core.ApplyGrant settles races.
func (p *Provider) apply(ctx context.Context, u *use) (core.Decision, error) {
	decide := func(g core.Grant, s core.Standing) core.Decision { return u.decide(u, p, g, s) }
	events := func(d core.Decision) []core.Event { return u.events(u, d) }
	return core.ApplyGrant(ctx, p.Store, u.grant, u.standing, p.Tools.Now, decide, events)
}

// commit writes the decision after minting; the use then holds the grant that
// stands. The caller sends nothing before it has returned (INV-A5).
func (p *Provider) commit(ctx context.Context, u *use) error {
	d, err := p.apply(ctx, u)
	if err != nil {
		return gone(err)
	}
	if d.Refusal != "" {
		return p.refuseGrant(ctx, u, d.Refusal)
	}
	u.grant = d.Grant
	return nil
}

// refuseGrant tells the observer and the client. What was stored of it was
// stored with the decision.
func (p *Provider) refuseGrant(ctx context.Context, u *use, why core.Refusal) error {
	e := u.event(core.EventGrantRefused, &u.grant, string(why))
	p.observe(ctx, e)
	if why == core.RefusedAhead || why == core.RefusedSecret {
		p.log.ErrorContext(ctx, "a handle is ahead of its grant: was the database restored?", slog.Any("event", e))
	}
	return invalidGrant(errRefused(why))
}

// judge asks again what was asked when the grant was made, of the client as it
// is now: its registered method, its grant types and the operator's hook.
func (p *Provider) judge(ctx context.Context, u *use, grantType string) error {
	c := u.client
	if u.grant.AuthMethod != "" && u.grant.AuthMethod != c.AuthMethod {
		return p.refuseGrant(ctx, u, core.RefusedClient) // pinned when it was granted
	}
	if !c.MayUse(grantType) {
		return core.Refuse(core.UnauthorizedClient, "the client is not registered for this grant_type")
	}
	return p.judgeGrant(ctx, u.grant, *c)
}

// judgeGrant asks the operator's hook, where there is one. What it does to what it is
// given changes nothing here.
func (p *Provider) judgeGrant(ctx context.Context, g core.Grant, c core.Client) error {
	if p.Hooks.Grant == nil {
		return nil
	}
	return p.Hooks.Grant(ctx, ownGrant(g), ownClient(c))
}
