package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// exchange is a token exchange request (RFC 8693 section 2.1).
type exchange struct {
	*clientQuestion
	subject, subjectType string
	actor                string // empty: none
	requested            string // requested_token_type
	audiences, resources []string
	scopes               []string
	named                bool // scopes were asked for
}

// grantTokenExchange gives a token in exchange for another (RFC 8693): an access
// token for another resource, or an identity assertion for another authorization
// server. Only confidential clients that the operator wrote down may, as far as
// a rule names them (TX-02). Nothing is written.
func (p *Provider) grantTokenExchange(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	if q.client.Public() || q.client.Lane != core.LaneSeeded {
		return tokenResponse{}, core.Refuse(core.UnauthorizedClient, "token exchange is for confidential clients that the operator registered")
	}
	x, err := readExchange(q)
	if err != nil {
		return tokenResponse{}, err
	}
	switch x.requested {
	case "", core.TokenTypeAccessToken:
		return p.exchangeForAccessToken(ctx, x)
	case core.TokenTypeIDJAG:
		return p.exchangeForIDJAG(ctx, x)
	}
	return tokenResponse{}, core.Refuse(core.InvalidRequest, "this requested_token_type is not supported")
}

func readExchange(q *clientQuestion) (*exchange, error) {
	v := q.values
	x := &exchange{
		clientQuestion: q, subject: v.Get("subject_token"), subjectType: v.Get("subject_token_type"), actor: v.Get("actor_token"),
		requested: v.Get("requested_token_type"), audiences: v.All("audience"), resources: v.All("resource"),
	}
	actorType := v.Get("actor_token_type")
	switch {
	case x.subject == "" || x.subjectType == "":
		return nil, core.Refuse(core.InvalidRequest, "subject_token or subject_token_type is missing")
	case (x.actor == "") != (actorType == ""):
		return nil, core.Refuse(core.InvalidRequest, "actor_token and actor_token_type come together or not at all")
	case x.actor != "" && actorType != core.TokenTypeAccessToken:
		return nil, core.Refuse(core.InvalidRequest, "an actor_token has to be an access token of this issuer")
	}
	var err error
	if x.scopes, err = param.SpaceList(v.Get("scope")); err != nil || len(x.scopes) > core.MaxScopes {
		return nil, core.Refuse(core.InvalidScope, "scope is malformed or too long")
	}
	x.named = len(x.scopes) > 0
	return x, nil
}

// target is the one resource that is asked for, by resource or by audience: a
// token is never for two (RI-05).
func (p *Provider) exchangeTarget(x *exchange) (*core.Resource, error) {
	var found *core.Resource
	for _, asked := range slices.Concat(x.resources, x.audiences) {
		uri, _ := p.resolveResource(asked)
		at := p.findResource(uri)
		if at == nil {
			return nil, badTarget()
		}
		if found != nil && found != at {
			return nil, core.Refuse(core.InvalidTarget, "ask for one resource at a time")
		}
		found = at
	}
	if found == nil {
		return nil, core.Refuse(core.InvalidTarget, "say by resource what the token is to be for")
	}
	return found, nil
}

// askedOf cuts what may be given to what was asked for. What nobody may have here
// is dropped, unless the client is strict; nothing left of something is refused.
func (x *exchange) askedOf(most []string, cut func(bounds, asked []string) []string) ([]string, error) {
	if !x.named {
		return most, nil
	}
	kept := cut(most, x.scopes)
	if len(kept) == 0 || x.client.StrictScopes && len(common(x.scopes, most)) < len(x.scopes) {
		return nil, core.Refuse(core.InvalidScope, "the scope asks for more than may be given in exchange")
	}
	return kept, nil
}

// narrowed asks the operator's hooks: the one that judges every use of a grant,
// of the client that exchanges, and the one for exchanges. The second can
// narrow, never widen.
func (p *Provider) narrowed(ctx context.Context, question core.ExchangeQuestion) ([]string, time.Duration, error) {
	scopes, lifetime := question.Scopes, question.Lifetime
	if err := p.judgeGrant(ctx, question.Grant, question.Client); err != nil {
		return nil, 0, err
	}
	if p.Hooks.Exchange == nil {
		return scopes, lifetime, nil
	}
	question.Scopes = slices.Clone(scopes)
	question.Grant, question.Client = ownGrant(question.Grant), ownClient(question.Client)
	answer, err := p.Hooks.Exchange(ctx, question)
	if err != nil {
		return nil, 0, err
	}
	if answer.Scopes != nil {
		scopes = common(scopes, answer.Scopes)
	}
	if answer.Lifetime > 0 && answer.Lifetime < lifetime {
		lifetime = answer.Lifetime
	}
	return scopes, lifetime, nil
}

// errTooWeak lists the acr values that would have done.
type errTooWeak []string

// Error names them.
func (e errTooWeak) Error() string { return "sign-in is none of " + strings.Join(e, " ") }

// stepUpBody tells a client how strongly the person has to sign in (RFC 9470
// section 3): the next request asks for one of these.
type stepUpBody struct {
	oauthErrorBody
	ACRValues string `json:"acr_values"`
}

// acceptsACR says whether the sign-in is one of those that will do.
func acceptsACR(wanted []string, g *core.Grant) error {
	if len(wanted) == 0 || slices.Contains(wanted, g.ACR) {
		return nil
	}
	return core.Refuse(core.InsufficientUserAuthentication, "the person has to sign in again, more strongly").Because(errTooWeak(wanted)) // EM-09
}

// hearExchange tells the observer whose token was exchanged, by whom and for what.
func (p *Provider) hearExchange(ctx context.Context, x *exchange, question *core.ExchangeQuestion, kind string) {
	e := x.event(core.EventTokenExchanged, &question.Grant, "")
	e.Client = x.client.ID
	e.More = map[string]string{
		"kind": kind, "granted_to": question.Grant.Client, "from": question.Source, "to": question.Resource,
		"scope": strings.Join(question.Scopes, " "),
	}
	if len(question.Actors) > 0 {
		e.More["actor"] = strings.Join(question.Actors, " ")
	}
	if question.Audience != "" {
		e.More["audience"] = question.Audience
	}
	p.observe(ctx, e)
}

// refuseExchange tells the observer why a good-looking token was not exchanged.
func (p *Provider) refuseExchange(ctx context.Context, x *exchange, g *core.Grant, why core.Refusal) error {
	e := x.event(core.EventGrantRefused, g, string(why))
	e.Client = x.client.ID
	p.observe(ctx, e)
	return errRefused(why)
}
