package resource

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/param"
)

// problems collects what is wrong with Options.
type problems []error

func (p *problems) add(format string, values ...any) {
	*p = append(*p, fmt.Errorf("resource: "+format, values...))
}

// check gives all that is wrong, each with its remedy.
func (o *Options) check() error {
	var p problems
	p.url(o, "Resource", o.Resource, true)
	if len(o.Issuers) == 0 {
		p.add("Issuers is empty: name at least one authorization server")
	}
	introspected := 0
	for i, issuer := range o.Issuers {
		at := fmt.Sprintf("Issuers[%d]", i)
		p.issuer(o, at, issuer)
		if issuer.Introspection != nil {
			introspected++
		}
		if slices.ContainsFunc(o.Issuers[:i], func(other Issuer) bool { return other.URL == issuer.URL }) {
			p.add("%s.URL is there twice: give each issuer once", at)
		}
	}
	if introspected > 1 {
		p.add("several Issuers have Introspection: an opaque token would be shown to the wrong one; make one Resource for each")
	}
	p.scopes(o)
	if n := len(o.DPoPNonceKey); n > 0 && n < 32 {
		p.add("DPoPNonceKey has %d bytes: give at least 32 random ones", n)
	}
	for _, origin := range o.Origins {
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Host == "" || u.Scheme == "" || origin != u.Scheme+"://"+u.Host) {
			p.add("Origins: %q is no origin: write it as https://app.example.com, without a path", origin)
		}
	}
	return errors.Join(p...)
}

func (p *problems) issuer(o *Options, at string, i Issuer) {
	p.url(o, at+".URL", i.URL, true)
	p.url(o, at+".JWKS", i.JWKS, false)
	for _, name := range i.Algorithms {
		if !jose.Algorithm(name).Known() {
			p.add("%s.Algorithms: %q is not known: use ES256, EdDSA, RS256 or PS256, or their longer forms", at, name)
		}
	}
	if i.Introspection == nil {
		return
	}
	p.url(o, at+".Introspection.Endpoint", i.Introspection.Endpoint, false)
	if i.Introspection.ClientID == "" || i.Introspection.ClientSecret == "" {
		p.add("%s.Introspection needs ClientID and ClientSecret: register this API as a client of the issuer", at)
	}
	if i.Introspection.For < 0 || i.Introspection.For > 5*time.Minute {
		p.add("%s.Introspection.For is %v: a revoked token would work for so long; at most 5m", at, i.Introspection.For)
	}
}

func (p *problems) scopes(o *Options) {
	for _, scope := range o.Scopes {
		if !param.ScopeToken(scope) {
			p.add("Scopes: %q is no scope: visible ASCII without blank, quote and backslash", scope)
		}
		if scope == "offline_access" { // PR-03
			p.add("Scopes: offline_access is between client and issuer: leave it out")
		}
	}
	for scope, implied := range o.Implies {
		for _, name := range append([]string{scope}, implied...) {
			if !param.ScopeToken(name) {
				p.add("Implies: %q is no scope: visible ASCII without blank, quote and backslash", name)
			}
		}
	}
}

func (p *problems) url(o *Options, name, text string, required bool) {
	if text == "" && !required {
		return
	}
	if err := checkURL(text, o.InsecureAllowLoopback); err != nil {
		p.add("%s %q %w", name, text, err)
	}
}

// checkURL takes https URLs without credentials, query and fragment, and http where the host is this machine and that is allowed.
func checkURL(text string, loopback bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return errors.New("is no absolute URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return errors.New("has credentials, a query or a fragment: leave them out")
	case u.Scheme == "https", loopback && u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return errors.New("is not https: set InsecureAllowLoopback for development")
	}
	return errors.New("is not https")
}

// isLoopback says whether a host name or address without port is this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}
