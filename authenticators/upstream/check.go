package upstream

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/internal/jose"
)

const (
	maxName  = 32
	maxMore  = 16
	maxText  = 2048 // bytes of a URL or an id in the settings
	maxList  = 200
	tenantIn = "{tenant}"
)

// ours are the parameters of an authorization request that this package sets.
func ours() []string {
	return []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "login_hint", "max_age", "acr_values", "request", "request_uri", "id_token_hint",
	}
}

// faults collects everything that is wrong with a provider, so that one start shows all of it.
type faults struct {
	who string
	all []error
}

func (f *faults) add(format string, args ...any) {
	f.all = append(f.all, fmt.Errorf("upstream: %s: "+format, append([]any{f.who}, args...)...))
}

// check reports everything wrong with the provider, each with its remedy.
func (p *Provider) check() error {
	f := &faults{who: cmpOr(p.Name, "connection")}
	p.checkClient(f)
	p.checkURLs(f)
	p.checkTokens(f)
	p.checkPeople(f)
	return errors.Join(f.all...)
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// checkName is for providers in code: their name becomes part of URLs.
func (p *Provider) checkName() error {
	letters := strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	switch {
	case p.Name == "" || len(p.Name) > maxName || !letters || strings.HasPrefix(p.Name, "-") || strings.HasSuffix(p.Name, "-"):
		return fmt.Errorf("upstream: Name %q: give 1 to %d lower-case letters, digits and dashes between them", p.Name, maxName)
	case p.Name == "back" || strings.HasSuffix(p.Name, "-back"):
		return fmt.Errorf("upstream: Name %q: the end %q is taken, choose another", p.Name, "back")
	}
	return nil
}

func (p *Provider) checkClient(f *faults) {
	if p.ClientID == "" || len(p.ClientID) > maxText {
		f.add("ClientID: give the one that the provider has handed out")
	}
	given := 0
	for _, is := range []bool{p.ClientSecret != "", p.SecretFunc != nil, p.Apple != nil} {
		if is {
			given++
		}
	}
	if given > 1 {
		f.add("ClientSecret, SecretFunc, Apple: give one of them")
	}
	if p.Apple != nil {
		if err := p.Apple.check(); err != nil {
			f.add("Apple: %w", err)
		}
	}
	for _, s := range p.Scopes {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			f.add("Scopes: %q is none: printable ASCII without spaces, quotes and backslashes", s)
		}
	}
	if len(p.Scopes) > 0 && !p.OAuth2 && !slices.Contains(p.Scopes, "openid") {
		f.add("Scopes: without openid there is no ID token; add it, or set OAuth2")
	}
	for name := range p.Parameters {
		if name == "" || slices.Contains(ours(), name) {
			f.add("Parameters: %q is set by this package; leave it out", name)
		}
	}
}

func (p *Provider) checkURLs(f *faults) {
	for _, u := range []struct {
		name, value string
		needed      bool
	}{
		{"Issuer", p.Issuer, true},
		{"DiscoveryURL", p.DiscoveryURL, false},
		{"Endpoints.Authorization", p.Endpoints.Authorization, false},
		{"Endpoints.Token", p.Endpoints.Token, false},
		{"Endpoints.UserInfo", p.Endpoints.UserInfo, false},
		{"Endpoints.Keys", p.Endpoints.Keys, false},
		{"Endpoints.Revocation", p.Endpoints.Revocation, false},
		{"Endpoints.Emails", p.Endpoints.Emails, false},
	} {
		if u.value == "" && !u.needed {
			continue
		}
		if err := checkURL(u.value, p.InsecureAllowLoopback); err != nil {
			f.add("%s: %w", u.name, err)
		}
	}
	if strings.ContainsAny(p.Issuer, "?#") {
		f.add("Issuer: has a query or a fragment; leave them out")
	}
	if p.OAuth2 && p.discovers() {
		f.add("Endpoints: with OAuth2, give Authorization, Token and UserInfo: there is nothing to discover them by")
	}
}

// checkURL wants an absolute https URL; http only on this machine, where that is allowed.
func checkURL(value string, loopback bool) error {
	u, err := url.Parse(value)
	switch {
	case value == "" || len(value) > maxText || err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("is not an absolute URL; give one such as https://id.example.com")
	case u.User != nil || u.Fragment != "":
		return errors.New("holds a user or a fragment; leave them out")
	case u.Scheme == "http" && loopback && isLoopback(u.Hostname()), u.Scheme == "https":
		return nil
	}
	return errors.New("is not https; use https")
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func (p *Provider) checkTokens(f *faults) {
	for _, a := range p.Algorithms {
		if !jose.Algorithm(a).Known() {
			f.add("Algorithms: %q is not used; RS256, ES256, PS256, EdDSA and their like are", a)
		}
	}
	if p.OAuth2 && (len(p.Algorithms) > 0 || p.Tenants != nil || p.PassACR || len(p.TrustAMR) > 0) {
		f.add("Algorithms, Tenants, PassACR, TrustAMR: speak of ID tokens, which OAuth2 says there are none of; leave them out")
	}
	t := p.Tenants
	if t == nil {
		return
	}
	if strings.Count(t.Template, tenantIn) != 1 || checkURL(strings.Replace(t.Template, tenantIn, "t", 1), p.InsecureAllowLoopback) != nil {
		f.add("Tenants.Template: give the issuer as an https URL with %s once", tenantIn)
	}
	if t.Claim == "" {
		f.add("Tenants.Claim: name the claim that holds the tenant")
	}
	if len(t.Allowed) == 0 || len(t.Allowed) > maxList {
		f.add("Tenants.Allowed: list 1 to %d tenants; anybody's would be let in otherwise", maxList)
	}
	for _, one := range t.Allowed {
		if one == "" || strings.Trim(one, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			f.add("Tenants.Allowed: %q is no tenant id; letters, digits, dashes, dots", one)
		}
	}
}

func (p *Provider) checkPeople(f *faults) {
	if len(p.Domains) > maxList || len(p.HostedDomains) > maxList {
		f.add("Domains, HostedDomains: at most %d of each", maxList)
	}
	for _, d := range slices.Concat(p.Domains, p.HostedDomains, p.Claims.OwnDomains) {
		if d == "" || d != strings.ToLower(d) || !strings.Contains(d, ".") || strings.ContainsAny(d, "@*/ ") {
			f.add("Domains: %q is none: lower case, whole, such as example.com", d)
		}
	}
	if len(p.HostedDomains) > 0 && p.Claims.HostedDomain == "" {
		f.add("HostedDomains: name the claim that tells them in Claims.HostedDomain")
	}
	if p.InsecureAssumeEmailVerified && len(p.Domains) == 0 {
		f.add("InsecureAssumeEmailVerified: say in Domains whose addresses it is about")
	}
	if len(p.Claims.More) > maxMore {
		f.add("Claims.More: at most %d", maxMore)
	}
	if p.Claims.Subject == "-" {
		f.add("Claims.Subject: something stable has to tell people apart")
	}
}
