package provider

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// DEV03 on every database that needs no server: of all polls after the answer
// one gives tokens, and a code that is presented again has ended them (CD-04).
func TestThreat_DEV03_OneRedemptionOnEachDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		r.DeviceGrant = true // of the token endpoint; no route is needed here
		c := r.client("tv", public, func(c *core.Client) { c.GrantTypes = []string{core.GrantDeviceCode, core.GrantRefreshToken} })
		now := core.Instant(r.clock())
		content := handle.Content{ID: core.NewID(now), Number: uint64(now.Add(10 * time.Minute).Unix()), Random: handle.NewRandom()}
		code := r.Keys.Ring().Mint(handle.Device, content)
		g := core.Grant{ID: content.ID, State: core.GrantWaiting, Client: c.ID, UserCode: userCodeHashes(r.Keys.Ring(), "BCDFGHJK")[0], GrantTerms: core.GrantTerms{
			Lane: c.Lane, AuthMethod: c.AuthMethod, Access: apiAccess, Epochs: core.GrantEpochs{Client: c.Epoch}, Secret: content.Digest(),
			CreatedAt: now, CodeEnds: now.Add(10 * time.Minute), Ends: now.Add(24 * time.Hour),
		}}
		r.must(r.store.CreateGrant(t.Context(), g))
		r.refuses(r.poll(c, code), http.StatusBadRequest, core.AuthorizationPending)
		found, err := r.store.GrantByUserCode(t.Context(), userCodeHashes(r.Keys.Ring(), "BCDFGHJK"))
		r.must(err)
		claimed := found.Claim(r.account.ID, r.session.ID, now).Grant
		d := claimed.Approve(core.Approval{At: now, Account: r.account.ID, Access: g.Access, AuthTime: now, Offline: true, Epochs: g.Epochs})
		r.must(r.store.UpdateGrant(t.Context(), d.Grant))
		var all sync.WaitGroup
		answers := make([]answer, 16)
		for i := range answers {
			all.Go(func() { answers[i] = r.poll(c, code) })
		}
		all.Wait()
		given := ""
		for _, a := range answers {
			if a.status != http.StatusOK {
				r.refuses(a, http.StatusBadRequest, core.InvalidGrant)
				continue
			}
			if given != "" {
				t.Error("tokens were given twice")
			}
			given = a.text("refresh_token")
		}
		if given == "" {
			t.Error("nobody got tokens")
		}
		r.refuses(r.refresh(c, given), http.StatusBadRequest, core.InvalidGrant)
	})
}

// DEV07: a code whose row was removed since is too old; one that is not, and has
// no row, was never good.
func TestThreat_DEV07_RemovedRows(t *testing.T) {
	r := newRig(t, func(c *Config) { c.DeviceGrant = true })
	c := r.client("tv", public, func(c *core.Client) { c.GrantTypes = []string{core.GrantDeviceCode} })
	for after, want := range map[time.Duration]core.ErrorCode{-time.Second: core.ExpiredToken, 0: core.ExpiredToken, time.Minute: core.InvalidGrant} {
		content := handle.Content{ID: core.NewID(r.clock()), Number: uint64(r.clock().Add(after).Unix()), Random: handle.NewRandom()}
		r.refuses(r.poll(c, r.Keys.Ring().Mint(handle.Device, content)), http.StatusBadRequest, want)
	}
}

func (r *rig) poll(c core.Client, code string) answer {
	return r.post("/token", as(c, "grant_type", core.GrantDeviceCode, "device_code", code))
}
