package oidcsuite_test

import "testing"

// TestOIDCSuite plays the plans on https with the memory store, as the suite
// itself would be pointed at a provider.
func TestOIDCSuite(t *testing.T) {
	v := serve(t, setting{seeds: staticClients()})
	runPlan(t, v, "", basicPlan)
}
