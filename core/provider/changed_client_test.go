package provider

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// INV-K1: a claim asked by name is judged by what the person was shown. That
// the client may ask for more by now changes nothing about an earlier grant.
func TestINVK1_ClaimsByNameStayWithinWhatWasShown(t *testing.T) {
	r := newRig(t)
	c := r.client("app", func(c *core.Client) { c.Scopes = []string{"openid", "email"} })
	const asked = `{"userinfo":{"email":null,"name":null},"id_token":{"name":null}}`
	access := []core.Access{{Scopes: []string{"openid"}}}
	code := r.code(c, access, func(g *core.Grant) { g.Claims, g.ClaimScopes = asked, []string{"email"} })
	now, err := r.store.Store.Client(t.Context(), "app")
	r.must(err)
	now.Scopes = append(now.Scopes, "profile")
	r.must(r.store.UpdateClient(t.Context(), now))
	r.pass(2 * core.MaxClientStale)
	tokens := r.ok(r.redeem(c, code))
	who := r.ok(r.person(tokens.text("access_token")))
	if who.text("email") != r.account.Email || strings.Contains(who.body, r.account.Name) {
		t.Errorf("userinfo says %s", who.body)
	}
	payload, _, err := r.Keys.Verify(t.Context(), tokens.text("id_token"), typeIDToken)
	r.must(err)
	if strings.Contains(string(payload), r.account.Name) {
		t.Errorf("the ID token says %s", string(payload))
	}
}

// CLA12: a secret that was removed is dead at once wherever a grant is read,
// although the client is still cached: also for asking about its tokens and for
// ending them.
func TestThreat_CLA12_ARemovedSecretNeitherAsksNorRevokes(t *testing.T) {
	for _, at := range []string{"/introspect", "/revoke"} {
		for _, kind := range []string{"access_token", "refresh_token"} {
			t.Run(at+" "+kind, func(t *testing.T) {
				r := newRig(t)
				c := r.client("app")
				tokens := r.ok(r.redeem(c, r.code(c, apiAccess)))
				now, err := r.store.Store.Client(t.Context(), "app")
				r.must(err)
				now.Secrets = []core.ClientSecret{{Hash: sha256.Sum256([]byte("the next one"))}}
				r.must(r.store.UpdateClient(t.Context(), now))
				r.refuses(r.post(at, as(c, "token", tokens.text(kind))), 401, core.InvalidClient)
				if g := r.grantOf("app"); g.State != core.GrantActive || g.AccessEpoch != 0 {
					t.Errorf("the grant is %s, access epoch %d", g.State, g.AccessEpoch)
				}
			})
		}
	}
}

// CLA12: so is it where a token without a grant is asked about.
func TestThreat_CLA12_ARemovedSecretDoesNotAskAboutAProgramsToken(t *testing.T) {
	r := newRig(t)
	c := r.client("job")
	token := r.ok(r.post("/token", as(c, "grant_type", "client_credentials"))).text("access_token")
	if a := r.ok(r.post("/introspect", as(c, "token", token))); a.json["active"] != true {
		t.Fatalf("before: %s", a.body)
	}
	now, err := r.store.Store.Client(t.Context(), "job")
	r.must(err)
	now.Secrets = []core.ClientSecret{{Hash: sha256.Sum256([]byte("the next one"))}}
	r.must(r.store.UpdateClient(t.Context(), now))
	r.refuses(r.post("/introspect", as(c, "token", token)), 401, core.InvalidClient)
}
