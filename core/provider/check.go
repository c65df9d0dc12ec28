package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// authorization is an authorization request as far as it has been checked.
type authorization struct {
	Client   core.Client
	Redirect verifiedRedirect
	Mode     string // response_mode, once it is known to be one of ours
	Request  core.AuthorizationRequest
}

// checking is one request on its way through the checks.
type checking struct {
	authorization
	provider *Provider
	values   param.Values
	at       time.Time
	// readIDToken is the provider's, for this request.
	readIDToken func(token string) (idTokenClaims, error)
}

func (p *Provider) checking(ctx context.Context, v param.Values, at time.Time) *checking {
	return &checking{provider: p, values: v, at: at, readIDToken: func(token string) (idTokenClaims, error) {
		return p.readIDToken(ctx, token)
	}}
}

// checks run in this order once client and redirect URI are verified. The first
// refusal goes back to the client. State comes first, so that every other
// refusal carries it (AZ-12); the mode of the answer is known before.
var checks = []struct {
	parameter string
	check     func(*checking) error
}{
	{"state", checkState},
	{"response_mode", checkResponseMode},
	{"(repeated)", checkRepeated},
	{"request", checkRequestObject},
	{"response_type", checkResponseType},
	{"code_challenge", checkCodeChallenge},
	{"scope", checkScope},
	{"resource", checkResource},
	{"nonce", checkNonce},
	{"prompt", checkPrompt},
	{"max_age", checkMaxAge},
	{"claims", checkClaims},
	{"acr_values", checkACRValues},
	{"id_token_hint", checkIDTokenHint},
	{"login_hint", checkLoginHint},
	{"connection", checkConnectionHint},
	{"ui_locales", checkUILocales},
}

// checkAuthorization checks an authorization request. Until the redirect URI is
// verified its error is a page of our own; after that it is a *core.OAuthError,
// and what it returns says where to and how to send it (AZ-06).
func (p *Provider) checkAuthorization(ctx context.Context, v param.Values, at time.Time) (authorization, error) {
	c := p.checking(ctx, v, at)
	c.Mode = answerMode(v)
	if err := c.checkClientID(ctx); err != nil {
		return authorization{}, err
	}
	if err := c.checkRedirectURI(); err != nil {
		return authorization{}, err
	}
	c.Request.Client = c.Client.ID
	c.Request.RedirectURI, c.Request.RedirectSent = c.Redirect.uri, c.Redirect.sent
	for _, one := range checks {
		if err := one.check(c); err != nil {
			return c.authorization, err
		}
	}
	if !c.Client.MayUse(core.GrantAuthorizationCode) {
		return c.authorization, core.Refuse(core.UnauthorizedClient, "this client is not registered for authorization_code")
	}
	return c.authorization, nil
}

// checkClientID finds the client (AUT01).
func (c *checking) checkClientID(ctx context.Context) error {
	id, err := c.values.One("client_id")
	if err != nil {
		return core.PageAppRequest.Because(err)
	}
	found, err := c.findClient(ctx, id)
	switch {
	case err != nil:
		return clientFault(err)
	case found.Deleted:
		return core.PageAppUnknown.Because(errors.New("client is deleted"))
	case found.Disabled:
		return switchedOff(&found)
	}
	c.Client = found
	return nil
}
