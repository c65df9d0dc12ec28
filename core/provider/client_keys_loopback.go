package provider

import (
	"net/http"
	"net/netip"
	"net/url"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
)

// newLoopbackHTTP is what fetches keys from this machine, for clients whose own
// document is on this machine (CM-13): while developing, and so nil for an issuer
// that is anywhere else.
func newLoopbackHTTP(issuer *url.URL) *http.Client {
	if !loopbackHost(issuer.Hostname()) {
		return nil
	}
	return fetch.New(fetch.Options{InsecureAllowLoopback: true}).HTTPClient()
}

// keysHTTP is what fetches the keys of a client. A document of elsewhere never has
// this machine asked, wherever the issuer is (CM-12).
func (p *Provider) keysHTTP(c *core.Client) *http.Client {
	if p.loopbackHTTP != nil && c.Lane == core.LaneCIMD && onLoopback(c.ID) && onLoopback(c.KeysURI) {
		return p.loopbackHTTP
	}
	return p.Tools.HTTP
}

func onLoopback(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && loopbackHost(u.Hostname())
}

func loopbackHost(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
