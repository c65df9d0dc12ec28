package clientreg

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// access is what the client may ask for.
func (s *Seed) access(p *problems, c *core.Client) {
	c.Scopes = s.scopes(p, "scope", s.Scope)
	c.DefaultScopes = s.scopes(p, "default_scope", s.DefaultScope)
	for _, scope := range c.DefaultScopes {
		if !slices.Contains(c.Scopes, scope) {
			p.add("default_scope", "holds %q, which scope does not: add it there", scope)
		}
	}
	c.Resources, c.DefaultResource = s.Resources, s.DefaultResource
	for _, l := range []struct {
		field string
		uris  []string
	}{{"resources", s.Resources}, {"serves", s.Serves}} {
		for _, uri := range l.uris {
			if u, err := url.Parse(uri); err != nil || !u.IsAbs() || strings.Contains(uri, "#") {
				p.add(l.field, "holds something that is not an absolute URI without a fragment: mend it") // RFC 8707 section 2
			}
		}
	}
	if s.DefaultResource != "" && !slices.Contains(s.Resources, s.DefaultResource) {
		p.add("default_resource", "is not one of resources: add it there")
	}
}

// scopes splits a scope string (RFC 6749 section 3.3).
func (s *Seed) scopes(p *problems, field, list string) []string {
	var out []string
	for _, scope := range strings.Split(list, " ") {
		switch {
		case scope == "":
			continue
		case strings.ContainsFunc(scope, func(r rune) bool { return r <= 0x20 || r > 0x7e || r == '"' || r == '\\' }):
			p.add(field, "holds a character that a scope must not: write names of printable ASCII with single spaces between")
			return nil
		case !slices.Contains(out, scope):
			out = append(out, scope)
		}
	}
	if len(out) > core.MaxScopes {
		p.add(field, "holds more than %d scopes: shorten it", core.MaxScopes)
	}
	return out
}

// choices are fields that take one of a few values.
func (s *Seed) choices(p *problems, c *core.Client) {
	c.Rotation, c.IDTokenAlgorithm = s.Rotation, s.IDTokenAlgorithm
	c.DefaultACR, c.RequireACR = s.DefaultACR, s.RequireACR
	if !slices.Contains([]string{"", "on", "off"}, c.Rotation) {
		p.add("refresh_token_rotation", "is neither on nor off: choose one or leave it out")
	}
	if c.Rotation == "off" && c.Public() {
		p.add("refresh_token_rotation", "is off for a public client, whose refresh tokens must rotate: leave it out") // RT-02
	}
	if c.IDTokenAlgorithm == "" {
		c.IDTokenAlgorithm = "RS256" // OR-01
	}
	if !slices.Contains([]string{"RS256", "ES256", "EdDSA"}, c.IDTokenAlgorithm) {
		p.add("id_token_signed_response_alg", "is not known: use RS256, ES256 or EdDSA")
	}
	const year = 366 * 24 * 3600
	if s.DefaultMaxAge < 0 || s.DefaultMaxAge > year {
		p.add("default_max_age", "is not a number of seconds between 0 and %d: mend it", year)
		return
	}
	c.DefaultMaxAge = time.Duration(s.DefaultMaxAge) * time.Second
}
