//go:build !race

package core

import "testing"

// A payload costs its bytes and its lists, not its members.
func TestMembers_allocations(t *testing.T) {
	g := grantIn(GrantActive)
	allocations := testing.AllocsPerRun(100, func() {
		b, _ := g.MarshalPayload()
		_ = g.UnmarshalPayload(b)
	})
	if allocations > 7 { // two for writing; the text, the walk, three lists
		t.Errorf("a grant's payload takes %.0f allocations", allocations)
	}
}
