package provider

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// INV-R1, INV-F1, RFR12: refreshes, questions and one revocation race. What
// begins after the revocation was answered is refused, whatever was handed out
// meanwhile; before it, every refresh has given one and the same successor.
func TestINVR1_RefreshRevokeAndIntrospectionRace(t *testing.T) { onEach(t, raceRevocation) }

func raceRevocation(t *testing.T, r *rig) {
	c := r.client("app")
	first := r.ok(r.redeem(c, r.code(c, apiAccess)))
	var revoked atomic.Bool
	var mu sync.Mutex
	leaves, access := map[string]bool{}, []string{first.text("access_token")}
	var wg sync.WaitGroup
	for n := range 24 {
		wg.Go(func() {
			late := revoked.Load()
			switch a := r.refresh(c, first.text("refresh_token")); {
			case a.status == http.StatusOK && late:
				t.Error("refreshed after the revocation was answered")
			case a.status == http.StatusOK:
				mu.Lock()
				defer mu.Unlock()
				leaves[a.text("refresh_token")] = true
				access = append(access, a.text("access_token"))
			case a.status != http.StatusBadRequest:
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
		wg.Go(func() {
			late := revoked.Load()
			if r.active(c, first.text("access_token")) && late {
				t.Error("active after the revocation was answered")
			}
		})
		if n == 12 {
			wg.Go(func() {
				r.ok(r.post("/revoke", as(c, "token", first.text("refresh_token"))))
				revoked.Store(true)
			})
		}
	}
	wg.Wait()
	if len(leaves) > 1 {
		t.Errorf("%d live leaves", len(leaves))
	}
	for _, token := range access {
		if r.active(c, token) {
			t.Error("an access token outlived the revocation")
		}
	}
}
