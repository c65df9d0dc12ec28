package keywright

import (
	"net/url"

	"github.com/keywright/keywright/internal/server/web"
)

// The headers in which a reverse proxy says who called, for
// Config.ForwardedHeader.
const (
	// ForwardedFor is X-Forwarded-For, which nearly every proxy can write.
	ForwardedFor = web.ForwardedFor
	// Forwarded is the header of RFC 7239. Of it the parameter for is read, and
	// no other: host and proto never come from a request.
	Forwarded = web.Forwarded
)

func (c *Config) checkForwarded(p *problems) {
	switch {
	case c.ForwardedHeader == "":
	case c.ForwardedHeader != ForwardedFor && c.ForwardedHeader != Forwarded:
		p.add("ForwardedHeader", "is not a header that is known", "use ForwardedFor or Forwarded, or leave it out")
	case len(c.TrustedProxies) == 0:
		p.add("ForwardedHeader", "is set, but nobody is believed", "add the networks of your proxies to TrustedProxies, or leave it out")
	}
}

// proxies are who is believed about who called.
func (c *Config) proxies() web.Proxies {
	return web.Proxies{Networks: c.TrustedProxies, Header: c.ForwardedHeader}
}

// watch tells where proxies and settings do not fit. An issuer on loopback is
// one of development, which has no proxy to be missed.
func (c *Config) watch() *web.ProxyWatch {
	issuer, err := url.Parse(c.Issuer) // check has seen it
	return web.NewProxyWatch(c.proxies(), err == nil && !isLoopback(issuer.Hostname()), c.Logger, c.Now)
}
