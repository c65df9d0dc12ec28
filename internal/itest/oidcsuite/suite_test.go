package oidcsuite_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
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

// named picks modules of a plan.
func named(plan []play, names ...string) []play {
	return slices.DeleteFunc(slices.Clone(plan), func(p play) bool { return !slices.Contains(names, p.name) })
}
