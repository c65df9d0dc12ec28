package provider

import (
	"encoding/json"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// maxClaims bounds the claims parameter (AUT14).
const maxClaims = 8 << 10

// claimsRequest is the claims parameter (OpenID Connect Core section 5.5).
// Members that are not understood are ignored.
type claimsRequest struct {
	UserInfo map[string]*claimWish `json:"userinfo"`
	IDToken  map[string]*claimWish `json:"id_token"`
}

// claimWish is how one claim is asked for; null asks for it plainly.
type claimWish struct {
	Essential bool              `json:"essential"`
	Value     json.RawMessage   `json:"value"`
	Values    []json.RawMessage `json:"values"`
}

// parseClaims reads a claims parameter that checkClaims has let through, or a
// new one.
func parseClaims(text string) (claimsRequest, error) {
	var asked claimsRequest
	if text == "" {
		return asked, nil
	}
	err := jose.StrictClaims([]byte(text), &asked)
	return asked, err
}

// checkClaims keeps the parameter and takes from it what steers the flow: a
// subject asked by value, an acr that must be met, auth_time (OC-06, OC-15,
// OC-19).
func checkClaims(c *checking) error {
	text := c.values.Get("claims")
	if text == "" {
		return nil
	}
	malformed := core.Refuse(core.InvalidRequest, "claims is not a JSON object as OpenID Connect Core section 5.5 describes it")
	if len(text) > maxClaims {
		return malformed
	}
	asked, err := parseClaims(text)
	if err != nil {
		return malformed.Because(err)
	}
	c.Request.Claims = text
	c.Request.ClaimScopes = c.provider.claimScopes(&c.authorization, asked)
	for _, place := range []map[string]*claimWish{asked.IDToken, asked.UserInfo} {
		subjects := place["sub"].strings()
		if len(subjects) > 0 {
			if c.Request.ClaimedSub != "" && !slices.Contains(subjects, c.Request.ClaimedSub) {
				return core.Refuse(core.InvalidRequest, "claims asks for two subjects")
			}
			c.Request.ClaimedSub = subjects[0]
		}
	}
	if acr := asked.IDToken["acr"]; acr != nil && acr.Essential {
		c.Request.ACRMust = acr.strings()
	}
	if at := asked.IDToken["auth_time"]; at != nil && at.Essential {
		c.Request.AskedAuthTime = true
	}
	return nil
}

// claimScopes are the scopes whose claims are asked by name and will be given
// although the scope itself is not asked: they must not get past the person.
func (p *Provider) claimScopes(a *authorization, asked claimsRequest) []string {
	var scopes []string
	granted := core.ScopesAt(a.Request.Access, "")
	for _, place := range []map[string]*claimWish{asked.IDToken, asked.UserInfo} {
		for name := range place {
			scope := scopeOfClaim(name)
			if scope != "" && !slices.Contains(granted, scope) && !slices.Contains(scopes, scope) && p.mayName(&a.Client, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	slices.Sort(scopes) // a map has no order, and what is shown must not change
	return scopes
}

// strings lists the values asked for that are strings.
func (w *claimWish) strings() []string {
	if w == nil {
		return nil
	}
	var out []string
	for _, raw := range append(slices.Clone(w.Values), w.Value) {
		var s string
		if len(raw) > 0 && json.Unmarshal(raw, &s) == nil && s != "" {
			out = append(out, s)
		}
	}
	return out
}
