package clientreg

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// checkOffers compares what the seeds ask for with what the provider has to
// give: asked in vain, it would be an error at the first request or be dropped
// without a word.
func checkOffers(clients []core.Client, issuer string, o core.Offers) error {
	var found []error
	for _, c := range clients {
		p := problems{client: c.ID}
		if c.IDTokenAlgorithm != "" && !slices.Contains(o.Algorithms, c.IDTokenAlgorithm) {
			p.add("id_token_signed_response_alg", "is %q, which the provider does not sign with: add it to SigningAlgorithms, or leave it out", c.IDTokenAlgorithm)
		}
		if c.MayUse(core.GrantDeviceCode) && !o.DeviceGrant {
			p.add("grant_types", "holds %q, which the provider does not offer: set Config.DeviceGrant, or leave it out", core.GrantDeviceCode)
		}
		if c.MayUse(core.GrantTokenExchange) && !slices.Contains(o.Exchange, c.ID) {
			p.add("grant_types", "holds %q, but no rule names the client: add one to Config.Exchange, or leave it out", core.GrantTokenExchange)
		}
		if c.MayUse(core.GrantJWTBearer) && !o.JWTBearer {
			p.add("grant_types", "holds %q, but no issuer of assertions is trusted: add one to Config.TrustedIssuers, or leave it out", core.GrantJWTBearer)
		}
		for _, s := range append(slices.Clone(c.Scopes), c.DefaultScopes...) {
			if !slices.Contains(o.Scopes, s) {
				p.add("scope", "names %q, which nobody knows: add it to Config.Scopes or to a resource, or leave it out", s)
			}
		}
		known := func(field string, uris []string) {
			for _, r := range uris {
				if !slices.Contains(o.Resources, r) {
					p.add(field, "names %q, which the provider does not know: add it to Config.Resources, or leave it out", r)
				}
			}
		}
		known("resources", c.Resources)
		known("serves", slices.DeleteFunc(slices.Clone(c.Serves), func(r string) bool { return r == issuer }))
		for _, r := range c.Resources {
			if c.LongLived() && slices.Contains(o.Signed, r) {
				p.add("token_policy", "is long_lived, but access tokens for %q are JWTs, which nobody could end: make that resource's format opaque, or leave token_policy out", r)
			}
		}
		for _, a := range c.RequireACR {
			if !slices.Contains(o.ACR, a) {
				p.add("require_acr", "names %q, which nobody could reach: use one of %v, or add it to Policy.Levels", a, o.ACR)
			}
		}
		for _, a := range c.DefaultACR {
			if !slices.Contains(o.ACR, a) {
				p.add("default_acr_values", "names %q, which nobody could reach: use one of %v, or add it to Policy.Levels", a, o.ACR)
			}
		}
		found = append(found, p.found...)
	}
	return errors.Join(found...)
}
