package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

type verifiedRedirect struct {
	uri  string
	sent bool
}

type authorization struct {
	Client   core.Client
	Redirect verifiedRedirect
	Mode     string
	Request  core.AuthorizationRequest
}

type idTokenClaims struct {
	Subject   string
	Audience  []string
	SessionID string
}

func (p *Provider) token(http.ResponseWriter, *http.Request) error         { return core.PageNotFound }
func (p *Provider) revocation(http.ResponseWriter, *http.Request) error    { return core.PageNotFound }
func (p *Provider) introspection(http.ResponseWriter, *http.Request) error { return core.PageNotFound }
func (p *Provider) userInfo(http.ResponseWriter, *http.Request) error      { return core.PageNotFound }

func (p *Provider) readIDToken(string) (idTokenClaims, error) {
	return idTokenClaims{}, errors.New("pending")
}

func (p *Provider) checkAuthorization(ctx context.Context, v param.Values, _ time.Time) (authorization, error) {
	c, err := p.findClient(ctx, v.Get("client_id"))
	if errors.Is(err, core.ErrNotFound) {
		return authorization{}, core.PageAppUnknown
	}
	if err != nil {
		return authorization{}, err
	}
	if !slices.Contains(c.RedirectURIs, v.Get("redirect_uri")) {
		return authorization{}, core.PageAppAddress
	}
	a := authorization{Client: c, Redirect: verifiedRedirect{v.Get("redirect_uri"), true}, Mode: "query"}
	if v.Get("response_mode") == "form_post" {
		a.Mode = "form_post"
	}
	a.Request = core.AuthorizationRequest{
		Client: c.ID, RedirectURI: a.Redirect.uri, ResponseMode: a.Mode, State: v.Get("state"), Nonce: v.Get("nonce"),
		Challenge: v.Get("code_challenge"), Access: []core.Access{{Scopes: []string{"openid", "email"}}}, LoginHint: v.Get("login_hint"),
	}
	if prompt := v.Get("prompt"); prompt != "" {
		a.Request.Prompt = []string{prompt}
	}
	if v.Get("response_type") != "code" {
		return a, core.Refuse(core.UnsupportedResponseType, "only code")
	}
	return a, nil
}
