package provider

import (
	"net/http"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
)

// MC-11, INV-R1: many first uses of the new grant end the old one once, and each of
// them is answered.
func TestMC11_FirstUsesRace(t *testing.T) { onEach(t, raceFirstUses) }

func raceFirstUses(t *testing.T, r *rig) {
	c := r.client("app")
	narrow := r.ok(r.redeem(c, r.code(c, apiAccess)))
	old := r.grantOf("app").ID
	wider := r.ok(r.redeem(c, r.code(c, allAccess, func(g *core.Grant) { g.Replaces = []core.ID{old, core.NewID(r.clock())} })))
	if !r.active(c, narrow.text("access_token")) {
		t.Fatal("ended by a redemption")
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if a := r.refresh(c, wider.text("refresh_token")); a.status != http.StatusOK {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	r.refuses(r.refresh(c, narrow.text("refresh_token")), 400, core.InvalidGrant)
	if r.active(c, narrow.text("access_token")) {
		t.Error("an access token of the old grant is active")
	}
	revoked := 0
	for _, name := range r.stored() {
		if name == core.EventGrantRevoked {
			revoked++
		}
	}
	if revoked != 1 {
		t.Errorf("the log says %d times that it ended", revoked)
	}
}
