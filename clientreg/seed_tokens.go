package clientreg

import "github.com/keywright/keywright/core"

// tokens is how long access is handed out for. What lasts until it is revoked
// needs somebody who can revoke it, and nothing beside it that renews it.
func (s *Seed) tokens(p *problems, c *core.Client) {
	switch core.TokenPolicy(s.TokenPolicy) {
	case "", core.TokensShort:
		return
	case core.TokensLong:
	default:
		p.add("token_policy", "is neither short_lived nor long_lived: choose one or leave it out")
		return
	}
	c.TokenPolicy = core.TokensLong
	if c.MayUse(core.GrantRefreshToken) {
		p.add("token_policy", "is long_lived, but grant_types holds refresh_token, which it takes the place of: keep one of them")
	}
	if !c.MayUse(core.GrantAuthorizationCode) && !c.MayUse(core.GrantDeviceCode) {
		p.add("token_policy", "is long_lived, but grant_types has neither authorization_code nor %q: only what a person granted can last", core.GrantDeviceCode)
	}
	if s.Lifetimes.AccessToken != 0 {
		p.add("lifetimes.access_token", "is there, but token_policy is long_lived: write lifetimes.refresh_max, which is how long those live at the most")
	}
}
