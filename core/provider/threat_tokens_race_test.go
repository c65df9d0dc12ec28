package provider

import (
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
)

// heap collects what racing requests were given.
type heap struct {
	mu                sync.Mutex
	access, refreshes []string
}

func (h *heap) keep(a answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if token := a.text("access_token"); token != "" {
		h.access = append(h.access, token)
	}
	if token := a.text("refresh_token"); token != "" {
		h.refreshes = append(h.refreshes, token)
	}
}

// While a client is switched off, it redeems, refreshes and exchanges, and others
// exchange its tokens: once that has been answered, nothing of it counts, and
// nothing comes back with the client (INV-R1, INV-F6).
func TestThreat_INVR1_DisableRacesWithEveryGrant(t *testing.T) {
	for _, off := range []string{"app", "orders"} {
		t.Run(off, func(t *testing.T) {
			r, c := newExchangeRig(t)
			var codes, refreshes, tokens []string
			for range 6 {
				codes = append(codes, r.code(c["app"], apiAccess))
				a := r.ok(r.redeem(c["app"], r.code(c["app"], apiAccess), "resource", testAPI))
				refreshes, tokens = append(refreshes, a.text("refresh_token")), append(tokens, a.text("access_token"))
			}
			r.ok(r.exchange(c["orders"], tokens[0], testMCP))
			operator := admin.Clients{Store: r.store.Store, Now: r.clock} // of another replica: nobody's cache hears of it
			var given heap
			var wg sync.WaitGroup
			for n := range codes {
				wg.Go(func() { given.keep(r.redeem(c["app"], codes[n])) })
				wg.Go(func() { given.keep(r.refresh(c["app"], refreshes[n])) })
				wg.Go(func() { given.keep(r.exchange(c["orders"], tokens[n], testMCP)) })
				wg.Go(func() {
					given.keep(r.post("/token", as(c[off], "grant_type", core.GrantClientCredentials, "resource", testAPI)))
				})
			}
			wg.Go(func() {
				if _, err := operator.Disable(t.Context(), off, admin.Act{By: "ola", Reason: "race"}); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			given.nothingCounts(r, c, off)
			if _, err := operator.Enable(t.Context(), off, admin.Act{By: "ola"}); err != nil {
				t.Error(err)
			}
			r.pass(core.MaxClientStale)
			given.nothingCounts(r, c, off)
			if off == "app" {
				for _, token := range append(given.refreshes, refreshes...) {
					r.refuses(r.refresh(c["app"], token), 400, core.InvalidGrant)
				}
			}
		})
	}
}

// nothingCounts asks of all that rests on the client how it stands.
func (h *heap) nothingCounts(r *rig, c map[string]core.Client, off string) {
	r.t.Helper()
	for _, token := range h.access {
		a, err := r.readAccessToken(r.t.Context(), token, r.clock())
		r.must(err)
		rests := a.client == off || off == "app" && a.chain != nil || off == "app" && a.client == ""
		asked := c["other"]
		if a.resource == testMCP {
			asked = c["stock"]
		}
		if rests && r.active(asked, token) {
			r.t.Errorf("a token of %s at %s counts", a.client, a.resource)
		}
	}
}

// A token that lasts is revoked while it is used: once that is answered it is over,
// whoever asked meanwhile, and revoking again is no error (INV-R2).
func TestThreat_INVR2_RevokingALastingTokenRaces(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		c := r.client("cli", lasting)
		token := r.lastingToken(c)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { r.introspectAs(c, token) })
			wg.Go(func() {
				if a := r.post("/revoke", as(c, "token", token)); a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
				if a := r.introspectAs(c, token); a.body != `{"active":false}` {
					t.Errorf("after the answer: %s", a.body)
				}
			})
		}
		wg.Wait()
		if g := r.grantOf("cli"); g.State != core.GrantRevoked {
			t.Errorf("the grant is %s", g.State)
		}
	})
}
