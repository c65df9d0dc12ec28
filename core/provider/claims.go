package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/keywright/keywright/core"
)

// claimsPlace is where claims of a person are delivered.
type claimsPlace bool

const (
	inIDToken  claimsPlace = false
	atUserInfo claimsPlace = true
)

// personClaim is one row of the table of claims: the scope that asks for it and
// where its value comes from. nil and the empty string are no value (OC-21).
type personClaim struct {
	name, scope string
	value       func(*core.Account) any
}

// personClaims is the table (OpenID Connect Core sections 5.1 and 5.4).
var personClaims = []personClaim{
	{"name", "profile", func(a *core.Account) any { return a.Name }},
	{"given_name", "profile", func(a *core.Account) any { return a.GivenName }},
	{"family_name", "profile", func(a *core.Account) any { return a.FamilyName }},
	{"middle_name", "profile", func(a *core.Account) any { return a.MiddleName }},
	{"nickname", "profile", func(a *core.Account) any { return a.Nickname }},
	{"preferred_username", "profile", func(a *core.Account) any { return a.PreferredUsername }},
	{"profile", "profile", func(a *core.Account) any { return a.ProfilePage }},
	{"picture", "profile", func(a *core.Account) any { return a.Picture }},
	{"website", "profile", func(a *core.Account) any { return a.Website }},
	{"gender", "profile", func(a *core.Account) any { return a.Gender }},
	{"birthdate", "profile", func(a *core.Account) any { return a.Birthdate }},
	{"zoneinfo", "profile", func(a *core.Account) any { return a.Zoneinfo }},
	{"locale", "profile", func(a *core.Account) any { return a.Locale }},
	{"updated_at", "profile", updatedAt},
	{"email", "email", func(a *core.Account) any { return a.Email }},
	{"email_verified", "email", func(a *core.Account) any { return verified(a.Email, a.EmailVerified) }},
	{"phone_number", "phone", func(a *core.Account) any { return a.Phone }},
	{"phone_number_verified", "phone", func(a *core.Account) any { return verified(a.Phone, a.PhoneVerified) }},
	{"address", "address", address},
}

func updatedAt(a *core.Account) any {
	if a.UpdatedAt.IsZero() {
		return nil
	}
	return a.UpdatedAt.Unix()
}

// verified is a boolean where there is something to verify (OC-22).
func verified(of string, proven bool) any {
	if of == "" {
		return nil
	}
	return proven
}

func address(a *core.Account) any {
	if a.Address == nil || *a.Address == (core.Address{}) {
		return nil
	}
	return a.Address
}

// claimsFor collects what is said of a person: at userinfo the claims of the
// scopes, and at either place the ones that the claims parameter names there.
// A claim named there alone is given if the person was shown its scope, the
// client may still ask for it and the operator vouches for the client; whoever
// registered itself has to ask for the scope. The map is the caller's.
func (p *Provider) claimsFor(g *core.Grant, a *core.Account, c *core.Client, scopes []string, asked map[string]*claimWish, at claimsPlace) map[string]any {
	out := map[string]any{}
	for _, one := range personClaims {
		granted := slices.Contains(scopes, one.scope)
		_, named := asked[one.name]
		if !(granted && at == atUserInfo) && !(named && (granted || p.named(g, c, one.scope))) {
			continue
		}
		if v := one.value(a); v != nil && v != "" {
			out[one.name] = v
		}
	}
	for name := range asked {
		value, ours := a.Claims[name]
		if ours && !protectedClaim(name) && (slices.Contains(scopes, "profile") || p.named(g, c, "profile")) {
			out[name] = value
		}
	}
	return out
}

// named says whether claims of the scope are given by name: it was disclosed
// when the grant was made (INV-K1), and the client may name it still.
func (p *Provider) named(g *core.Grant, c *core.Client, scope string) bool {
	shown := slices.Contains(g.ClaimScopes, scope) || slices.Contains(core.ScopesAt(g.Access, ""), scope)
	return shown && p.mayName(c, scope)
}

func (p *Provider) mayName(c *core.Client, scope string) bool {
	return c != nil && !c.Lane.SelfRegistered() && p.mayAsk(c, scope)
}

// protectedClaims have a meaning of their own in tokens; no hook and no profile
// sets them (JWT18).
var protectedClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash",
	"s_hash", "sid", "client_id", "scope", "cnf", "act", "may_act", "events", "sub_jwk", "email_verified",
	"phone_number_verified", "_claim_names", "_claim_sources",
}

func protectedClaim(name string) bool { return slices.Contains(protectedClaims, name) }

// scopeOfClaim is the scope that stands for a claim: its own, or profile for the
// account's further claims; empty for what is never given by name.
func scopeOfClaim(name string) string {
	for _, one := range personClaims {
		if one.name == name {
			return one.scope
		}
	}
	if protectedClaim(name) {
		return ""
	}
	return "profile"
}

// hookClaims adds the operator's own claims to out. A protected name is a fault
// of the hook: it is refused whole, so that it shows.
func (p *Provider) hookClaims(ctx context.Context, out map[string]any, q core.ClaimsQuestion) error {
	if p.Hooks.Claims == nil {
		return nil
	}
	more, err := p.Hooks.Claims(ctx, q)
	if err != nil {
		return err
	}
	for name := range more {
		if name == "" || protectedClaim(name) {
			return fmt.Errorf("Hooks.Claims sets the protected claim %q", name)
		}
	}
	for name, v := range more {
		if v != nil && v != "" {
			out[name] = v
		}
	}
	return nil
}

// ReservedClaim says whether the protocol gives the claim a meaning, so that a field
// of a sign-up cannot be kept under it.
func ReservedClaim(name string) bool {
	return protectedClaim(name) || slices.ContainsFunc(personClaims, func(c personClaim) bool { return c.name == name })
}
