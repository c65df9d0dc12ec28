package provider

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// Why an exchange was refused, for the log alone.
var (
	errNotMeant   = errors.New("exchange: the token is neither this client's nor for a resource that it serves")
	errNoPerson   = errors.New("exchange: the token is about no person")
	errFromRule   = errors.New("exchange: no rule takes tokens for that resource")
	errAgain      = errors.New("exchange: the token comes from an exchange itself, which the rule does not take")
	errTooMany    = errors.New("exchange: the chain is too long")
	errBound      = errors.New("exchange: the token is bound to a key, which the request does not prove")
	errMayAct     = errors.New("exchange: may_act names somebody else")
	errActorToken = errors.New("exchange: the actor_token is not an access token of an actor that the rule names")
	errNoTime     = errors.New("exchange: nothing is left of the lifetime")
)

// broughtToken is an access token that was brought to be exchanged, with the
// grant behind it.
type broughtToken struct {
	accessToken
	g core.Grant
}

// exchangeForAccessToken gives an access token for another resource (TX-01 to
// TX-05). It reads the grant, the client that exchanges unless the grant is its
// own, and once for each exchange that the token brought went through.
func (p *Provider) exchangeForAccessToken(ctx context.Context, x *exchange) (tokenResponse, error) {
	if x.subjectType != core.TokenTypeAccessToken {
		return tokenResponse{}, core.Refuse(core.InvalidRequest, "an access token is given in exchange for an access token alone")
	}
	target, err := p.exchangeTarget(x)
	if err != nil {
		return tokenResponse{}, err
	}
	rules := p.rulesFor(x.client.ID, target.URI)
	if len(rules) == 0 {
		return tokenResponse{}, badTarget()
	}
	brought, err := p.bringSubject(ctx, x)
	if err != nil {
		return tokenResponse{}, err
	}
	rule, err := p.ruleFrom(rules, brought)
	if err != nil {
		return tokenResponse{}, err
	}
	a, err := p.chainOn(ctx, x, rule, brought)
	if err != nil {
		return tokenResponse{}, err
	}
	return p.giveExchanged(ctx, x, rule, target, brought, a)
}

func (p *Provider) rulesFor(client, target string) []*core.ExchangeRule {
	var found []*core.ExchangeRule
	for i := range p.Exchange.Rules {
		if r := &p.Exchange.Rules[i]; r.Client == client && r.To == target {
			found = append(found, r)
		}
	}
	return found
}

// ruleFrom finds the one rule for the audience of the token brought. A chain
// never comes back to where it was: what was narrowed on the way stays narrow.
func (p *Provider) ruleFrom(rules []*core.ExchangeRule, brought *broughtToken) (*core.ExchangeRule, error) {
	source := p.audience(brought.resource)
	at := slices.IndexFunc(rules, func(r *core.ExchangeRule) bool { return slices.Contains(r.From, source) })
	if at < 0 {
		return nil, badSubject(errFromRule)
	}
	rule := rules[at]
	left := func(uri string) bool { return p.isResource(uri, rule.To) } // it may have been renamed since
	if left(brought.resource) || brought.chain != nil && slices.ContainsFunc(brought.chain.from, left) {
		return nil, badTarget()
	}
	if brought.chain != nil && !rule.Exchanged {
		return nil, badSubject(errAgain)
	}
	if brought.chain != nil && len(brought.chain.links) >= maxLinks-1 {
		return nil, badSubject(errTooMany)
	}
	return rule, acceptsACR(rule.ACR, &brought.g)
}

// bringSubject reads the subject token and judges it as its resource would: ours,
// not expired, not revoked, its grant standing with everything that it depends
// on; and meant for this client, because it serves the resource or was given the
// token itself (TX-05).
func (p *Provider) bringSubject(ctx context.Context, x *exchange) (*broughtToken, error) {
	a, err := p.readAccessToken(ctx, x.subject, x.at)
	if err != nil {
		return nil, unless(err, badSubject(err))
	}
	if a.grant.IsZero() {
		return nil, badSubject(errNoPerson)
	}
	g, standing, found, err := p.grantAskedAbout(ctx, x.clientQuestion, a.grant)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, badSubject(errNoGrant)
	}
	if err := p.checkExchanger(ctx, x, &g); err != nil {
		return nil, err
	}
	if !p.meantFor(x.client, a.holder(&g), a.resource) {
		return nil, badSubject(errNotMeant)
	}
	why, err := p.accessEnded(ctx, &a, &g, standing, x.at)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, badSubject(p.refuseExchange(ctx, x, &g, why))
	}
	if g.Proof != "" { // its proof would have to come with it
		return nil, badSubject(errBound)
	}
	return &broughtToken{accessToken: a, g: g}, nil
}

// checkExchanger judges a client that brings a token of another's grant by its row
// as it is now: a request that rests on a grant does not rest on a cache, and its
// own row was not read with the grant (STA01, CLA12).
func (p *Provider) checkExchanger(ctx context.Context, x *exchange, g *core.Grant) error {
	if g.Client == x.client.ID {
		return nil
	}
	row, err := p.Store.Client(ctx, x.client.ID)
	if errors.Is(err, core.ErrNotFound) {
		return invalidClient(errClientUnknown)
	}
	if err != nil {
		return err
	}
	return p.checkAgain(ctx, x.clientQuestion, row.Standing())
}

// chainOn makes what the new token rests upon: the grant and all links of the
// token brought, the client that exchanges, and the actor whose token it brings.
func (p *Provider) chainOn(ctx context.Context, x *exchange, rule *core.ExchangeRule, brought *broughtToken) (*accessToken, error) {
	c := &chain{
		links: []link{{client: x.client.ID, epoch: x.client.Epoch, serial: handle.NewRandom()}},
		from:  []string{p.audience(brought.resource)},
	}
	acting, ends := x.client.ID, brought.expires
	if x.actor != "" {
		actor, err := p.bringActor(ctx, x, rule)
		if err != nil {
			return nil, err
		}
		c.links = append(c.links, link{client: actor.client, epoch: actor.epoch, serial: actor.serial})
		acting, ends = actor.client, min(ends, actor.expires)
	}
	if brought.mayAct != "" && brought.mayAct != acting {
		return nil, badSubject(errMayAct)
	}
	if x.actor != "" || !rule.Impersonate {
		c.act = append(c.act, acting)
	}
	if before := brought.chain; before != nil {
		c.links, c.act = append(c.links, before.links...), append(c.act, before.act...)
		c.from = append(c.from, before.from...)
	}
	a := &accessToken{grant: brought.grant, epoch: brought.epoch, issued: x.at.Unix(), expires: ends, narrowed: true}
	a.adopt(c)
	return a, nil
}

// bringActor reads the actor token: the own token of a client that the rule
// names, given to this client or for a resource that it serves.
func (p *Provider) bringActor(ctx context.Context, x *exchange, rule *core.ExchangeRule) (*accessToken, error) {
	a, err := p.readAccessToken(ctx, x.actor, x.at)
	if err != nil {
		return nil, unless(err, badActor(err))
	}
	named := a.client == x.client.ID || slices.Contains(rule.Actors, a.client)
	if !a.grant.IsZero() || !named || !p.meantFor(x.client, a.client, a.resource) {
		return nil, badActor(errActorToken)
	}
	why, err := p.linkEnded(ctx, &link{client: a.client, epoch: a.epoch, serial: a.serial})
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, badActor(errRefused(why))
	}
	return &a, nil
}

// exchangedScopes are the most that the rule gives for the token brought.
func exchangedScopes(rule *core.ExchangeRule, held []string) ([]string, error) {
	if len(common(rule.Needs, held)) < len(rule.Needs) {
		return nil, core.Refuse(core.InvalidScope, "the subject_token lacks a scope that the exchange needs")
	}
	if rule.OtherScopes {
		return rule.Scopes, nil
	}
	most := common(rule.Scopes, held)
	if len(most) == 0 && len(rule.Scopes) > 0 {
		return nil, core.Refuse(core.InvalidScope, "the subject_token has none of the scopes that may be given in exchange")
	}
	return most, nil
}

// giveExchanged mints. The token ends with the one brought, and with the grant
// behind it (TX-03).
func (p *Provider) giveExchanged(
	ctx context.Context, x *exchange, rule *core.ExchangeRule, to *core.Resource, brought *broughtToken, a *accessToken,
) (tokenResponse, error) {
	most, err := exchangedScopes(rule, brought.scopesOf(&brought.g))
	if err != nil {
		return tokenResponse{}, err
	}
	if most, err = x.askedOf(most, p.cutScopes); err != nil {
		return tokenResponse{}, err
	}
	lifetime := p.accessLifetime(x.client, to)
	if rule.MaxLifetime > 0 {
		lifetime = min(lifetime, rule.MaxLifetime)
	}
	lifetime = min(lifetime, time.Unix(a.expires, 0).Sub(x.at), brought.g.Ends.Sub(x.at))
	question := core.ExchangeQuestion{
		Grant: brought.g, Client: *x.client, Source: p.audience(brought.resource), Resource: to.URI,
		Actors: slices.Clone(a.chain.act), Scopes: most, Lifetime: lifetime,
	}
	if question.Scopes, lifetime, err = p.narrowed(ctx, question); err != nil {
		return tokenResponse{}, err
	}
	a.resource, a.scopes, a.expires = to.URI, question.Scopes, x.at.Add(lifetime).Unix()
	if a.expires <= a.issued {
		return tokenResponse{}, badSubject(errNoTime)
	}
	token, err := p.formAccessToken(ctx, &brought.g, a, &target{resource: *to, scopes: a.scopes})
	if err != nil {
		return tokenResponse{}, err
	}
	p.hearExchange(ctx, x, &question, "access_token")
	answer := accessTokenResponse(token, a.expires-a.issued, a.scopes)
	answer.IssuedTokenType = core.TokenTypeAccessToken
	return answer, nil
}
