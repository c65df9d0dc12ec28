package bench

import (
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// seeds are the clients of the load. Refresh tokens of the application rotate,
// as those of public clients do: the dearer case.
func seeds(issuer string) []clientreg.Seed {
	return []clientreg.Seed{
		{
			ID: appID, Name: "App", AuthMethod: "none", RedirectURIs: []string{redirect},
			GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken},
			Scope:      "openid profile email offline_access things", Resources: []string{apiJWT}, IDTokenAlgorithm: "ES256",
		},
		{
			ID: jobID, Secret: clientreg.Secret{Text: secret}, GrantTypes: []string{core.GrantClientCredentials},
			Scope: "jobs things", Resources: []string{apiJWT},
		},
		{
			ID: serverID, Secret: clientreg.Secret{Text: secret + "2"}, GrantTypes: []string{core.GrantClientCredentials},
			Scope: "jobs", Serves: []string{apiJWT, issuer},
		},
	}
}
