package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/redirecturi"
)

// verifiedRedirect is a redirect URI that belongs to its client. Nothing but
// checkRedirectURI and an interaction that came from it makes one, and nothing
// else is ever redirected to.
type verifiedRedirect struct {
	uri  string // byte for byte what is emitted (RD-11)
	sent bool
}

// checkRedirectURI verifies the redirect URI. It may be left out only where the
// client has exactly one and the request is not OpenID Connect (RD-07).
func (c *checking) checkRedirectURI() error {
	requested, err := c.values.One("redirect_uri")
	if err != nil {
		return core.PageAppRequest.Because(err)
	}
	if requested == "" {
		if len(c.Client.RedirectURIs) != 1 || asksOpenID(c.values) {
			return core.PageAppAddress.Because(errors.New("redirect_uri is missing"))
		}
		requested = c.Client.RedirectURIs[0]
	} else {
		c.Redirect.sent = true
	}
	uri, ok := c.provider.redirects().Match(c.Client.RedirectURIs, requested, freePort(&c.Client, requested))
	if !ok {
		c.Redirect.sent = false
		return core.PageAppAddress.Because(errors.New("redirect_uri is not registered"))
	}
	c.Redirect.uri = uri
	return nil
}

// redirects are the rules by which a redirect URI belongs to a client.
func (p *Provider) redirects() redirecturi.Options {
	o := redirecturi.Agents()
	o.LoopbackSlash = p.InsecureLoopbackSlash
	return o
}

// freePort says whether the port of a loopback URI may be another than the registered
// one. What the client is matters only where the very bytes are not registered.
func freePort(c *core.Client, requested string) bool {
	return !slices.Contains(c.RedirectURIs, requested) && native(c)
}

// native says whether loopback ports are free: by registration, or because
// every redirect URI has the shape of a native application's (D9).
func native(c *core.Client) bool {
	return c.ApplicationType == "native" || redirecturi.Native(c.RedirectURIs)
}

func asksOpenID(v param.Values) bool {
	scopes, err := param.SpaceList(v.Get("scope"))
	return err == nil && slices.Contains(scopes, "openid")
}
