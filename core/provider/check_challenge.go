package provider

import (
	"context"
	"slices"

	"github.com/keywright/keywright/core"
)

// Parameters that mean something in a browser alone.
var browserParameters = []string{"state", "response_mode"}

// checkChallenge checks what is asked for at the authorization challenge endpoint:
// as at the authorization endpoint, but that there is nowhere to redirect to, and
// that PKCE has no exemption.
func (p *Provider) checkChallenge(ctx context.Context, q *clientQuestion) (core.AuthorizationRequest, error) {
	c := p.checking(ctx, q.values, q.at)
	c.Client, c.Request.Client = *q.client, q.client.ID
	if q.values.Has("redirect_uri") {
		return c.Request, core.Refuse(core.InvalidRequest, "redirect_uri means nothing here: leave it out, at the token endpoint too")
	}
	for _, one := range checks {
		if slices.Contains(browserParameters, one.parameter) || one.parameter == "response_type" && !q.values.Has("response_type") {
			continue
		}
		if err := one.check(c); err != nil {
			return c.Request, err
		}
	}
	switch {
	case c.Request.Challenge == "":
		return c.Request, core.Refuse(core.InvalidRequest, "code_challenge is missing: PKCE with S256 is required")
	case !c.Client.MayUse(core.GrantAuthorizationCode):
		return c.Request, core.Refuse(core.UnauthorizedClient, "this client is not registered for authorization_code")
	}
	return c.Request, nil
}
