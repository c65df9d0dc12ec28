//go:build !race

package provider

import "testing"

// TestAllocations keeps what the handlers allocate from growing unseen. A signature
// with ES256 takes 59 of them, all in crypto/ecdsa.
func TestAllocations(t *testing.T) {
	r := newRig(t, quiet)
	c := r.client("app")
	own := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
	opaque := r.ok(r.redeem(c, r.code(c, allAccess), "resource", testMCP)).text("access_token")
	one := r.ok(r.redeem(c, r.code(c, oneAPI))).text("refresh_token")
	two := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	refresh := func(token string) func() {
		return r.prepared(t, "POST", "/token", as(c, "grant_type", "refresh_token", "refresh_token", token))
	}
	for _, tt := range []struct {
		operation string
		run       func()
		most      float64
	}{
		{"client_credentials, opaque", r.prepared(t, "POST", "/token", as(c, "grant_type", "client_credentials", "resource", testMCP)), 22},
		{"introspection", r.prepared(t, "POST", "/introspect", as(c, "token", opaque)), 26},
		{"userinfo", r.prepared(t, "GET", "/userinfo", nil, "Authorization", "Bearer "+own), 31},
		{"refresh, one signature", refresh(one), 91},
		{"refresh, two signatures", refresh(two), 160},
	} {
		if n := testing.AllocsPerRun(100, tt.run); n > tt.most {
			t.Errorf("%s: %.0f allocations, at most %.0f are expected", tt.operation, n, tt.most)
		}
	}
}
