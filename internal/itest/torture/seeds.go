//go:build unix

package torture

import (
	"fmt"
	"strings"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// app is a client under torture, as its callers know it.
type app struct {
	id, secret, redirect, scope string
	resource                    string
	rotates, offline, consents  bool
	codeLife, accessLife        time.Duration
}

// kinds of clients; each is seeded so many times that switching one off leaves the others alone.
const (
	public    = "public"  // rotation, ES256
	web       = "web"     // a secret, rotation, RS256
	steady    = "steady"  // a secret, no rotation, EdDSA
	bound     = "bound"   // no offline_access: ends with its session
	api       = "api"     // first party, JWT access tokens for a resource
	hasty     = "hasty"   // short lives
	gateway   = "gateway" // introspects and exchanges
	copies    = 3         // of each
	hastyCode = 10 * time.Second
	hastyLife = 30 * time.Second
)

func secretOf(id string) string { return "the secret of " + id + ", long enough for a seed" }

// apps lists the clients that ask for grants.
func apps() []*app {
	var all []*app
	for n := range copies {
		for _, kind := range []string{public, web, steady, bound, api, hasty} {
			id := fmt.Sprintf("%s-%d", kind, n)
			a := &app{
				id: id, redirect: "https://" + id + ".example/cb", scope: "openid profile email offline_access",
				rotates: kind != steady, offline: kind != bound, consents: kind != api,
				codeLife: codeLife, accessLife: accessLife,
			}
			switch kind {
			case web, steady, hasty:
				a.secret = secretOf(id)
			case bound:
				a.scope = "openid profile email"
			case api:
				a.secret, a.resource, a.scope = secretOf(id), apiURI, "openid offline_access things"
			}
			if kind == hasty {
				a.codeLife, a.accessLife = hastyCode, hastyLife
			}
			all = append(all, a)
		}
	}
	return all
}

// seeds are the clients as an operator writes them down.
func seeds(issuer string) []clientreg.Seed {
	all := []clientreg.Seed{{
		ID: gateway, Secret: clientreg.Secret{Text: clientreg.SecretText(secretOf(gateway))},
		GrantTypes: []string{core.GrantClientCredentials, core.GrantTokenExchange}, Scope: "things", Resources: []string{apiURI}, Serves: []string{apiURI, issuer, nextURI},
	}, {
		ID: robot, AuthMethod: string(core.AuthPrivateKeyJWT), Keys: robotKeys(),
		GrantTypes: []string{core.GrantClientCredentials}, Scope: "jobs",
	}}
	for _, a := range apps() {
		kind, _, _ := strings.Cut(a.id, "-")
		seed := clientreg.Seed{
			ID: a.id, Name: "Client " + a.id, RedirectURIs: []string{a.redirect}, Scope: a.scope,
			GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, Rotation: "on",
			IDTokenAlgorithm: map[string]string{public: "ES256", steady: "EdDSA", api: "ES256", bound: "EdDSA"}[kind],
		}
		if a.secret == "" {
			seed.AuthMethod = "none"
		} else {
			seed.Secret = clientreg.Secret{Text: clientreg.SecretText(a.secret)}
		}
		switch kind {
		case steady:
			seed.Rotation = "off"
		case api:
			seed.FirstParty, seed.Resources = true, []string{apiURI}
		case hasty:
			seed.Lifetimes = clientreg.Lifetimes{Code: hastyCode, AccessToken: hastyLife}
		}
		all = append(all, seed)
	}
	return all
}
