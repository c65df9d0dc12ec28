package oidcsuite_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// TestOIDCSuite plays the plans on https with the memory store, as the suite
// itself would be pointed at a provider.
func TestOIDCSuite(t *testing.T) {
	v := serve(t, setting{seeds: staticClients()})
	runPlan(t, v, "", basicPlan)
	runPlan(t, v, "", configPlan)
	t.Run("formpost", func(t *testing.T) { runPlan(t, v, "form_post", basicPlan) })
	runPlan(t, v, "", logoutPlan)
	runPlan(t, v, "", dynamicPlan)
}

// TestOIDCSuite_path plays them below a path, on http, for browsers that say
// nothing of where a request comes from.
func TestOIDCSuite_path(t *testing.T) {
	v := serve(t, setting{seeds: staticClients(), plain: true, path: "/t1", bare: true})
	runPlan(t, v, "", basicPlan)
	runPlan(t, v, "", configPlan)
	runPlan(t, v, "form_post", basicPlan[:1])
	runPlan(t, v, "", logoutPlan)
}

// TestOIDCSuite_sqlite plays what the store matters for.
func TestOIDCSuite_sqlite(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "suite.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	v := serve(t, setting{db: db, seeds: staticClients()})
	runPlan(t, v, "", named(basicPlan,
		"oidcc-server", "oidcc-scope-all", "oidcc-prompt-login", "oidcc-prompt-none-not-logged-in", "oidcc-prompt-none-logged-in",
		"oidcc-max-age-1", "oidcc-max-age-10000", "oidcc-id-token-hint", "oidcc-codereuse", "oidcc-codereuse-30seconds",
		"oidcc-ensure-registered-redirect-uri", "oidcc-ensure-post-request-succeeds", "oidcc-server-client-secret-post",
		"oidcc-claims-essential", "oidcc-refresh-token", "oidcc-ensure-request-with-valid-pkce-succeeds"))
	runPlan(t, v, "", configPlan)
	runPlan(t, v, "", named(logoutPlan, "oidcc-rp-initiated-logout", "oidcc-rp-initiated-logout-no-params", "oidcc-rp-initiated-logout-bad-id-token-hint"))
	runPlan(t, v, "", named(dynamicPlan, "oidcc-redirect-uri-query-OK", "oidcc-server-rotate-keys"))
}

// TestOIDCSuite_clientAuth plays the flow for the ways that the plans leave
// open: private_key_jwt, and public clients with PKCE.
func TestOIDCSuite_clientAuth(t *testing.T) {
	v := serve(t, withResources(setting{}))
	t.Run("private_key_jwt", func(t *testing.T) {
		m := v.begin(t, "")
		c := m.keyed(jose.ES256)
		m.flow(c)
		m.refreshWith(c, "openid")
	})
	t.Run("none", func(t *testing.T) {
		m := v.begin(t, "")
		must(t, m.add(t, clientreg.Seed{
			ID: "public", Name: "Public", AuthMethod: "none", RedirectURIs: []string{callback}, Scope: "openid email",
		}))
		c := client{id: "public", redirect: callback, method: core.AuthNone}
		verifier, challenge := pkcePair()
		q := m.request(c, "code_challenge", challenge, "code_challenge_method", "S256")
		m.finish(c, q, m.visit(q), verifier)
		q = m.request(c)
		m.checkRefused(q, m.visit(q), "invalid_request") // PK-01
	})
}

// named picks modules of a plan.
func named(plan []play, names ...string) []play {
	return slices.DeleteFunc(slices.Clone(plan), func(p play) bool { return !slices.Contains(names, p.name) })
}
