package provider

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/keywright/keywright/core"
)

// Promise 5, FLT02 to FLT05: each store call of an operation fails in turn,
// before and after it took effect. The answer is 503 or a success, never
// invalid_grant, and the retry succeeds.
func TestPromise_FLT02_FLT03_AnOutageIsNeverInvalidGrant(t *testing.T) {
	operations := map[string]func(r *rig, c core.Client) func() answer{
		"code": func(r *rig, c core.Client) func() answer {
			code := r.code(c, apiAccess)
			return func() answer { return r.redeem(c, code) }
		},
		"refresh": func(r *rig, c core.Client) func() answer {
			token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
			return func() answer { return r.refresh(c, token) }
		},
		"client credentials": func(r *rig, c core.Client) func() answer {
			r.client("daemon")
			daemon := core.Client{ID: "daemon", ClientMetadata: core.ClientMetadata{AuthMethod: core.AuthSecretPost}}
			return func() answer { return r.post("/token", as(daemon, "grant_type", "client_credentials")) }
		},
		"revocation": func(r *rig, c core.Client) func() answer {
			token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
			return func() answer { return r.post("/revoke", as(c, "token", token)) }
		},
		"userinfo": func(r *rig, c core.Client) func() answer {
			token := r.ok(r.redeem(c, r.code(c, ownAccess))).text("access_token")
			return func() answer { return r.person(token) }
		},
	}
	for name, prepare := range operations {
		for _, after := range []bool{false, true} {
			for n := 1; n <= 4; n++ {
				t.Run(fmt.Sprintf("%s/%d/%v", name, n, after), func(t *testing.T) {
					r := newRig(t)
					c := r.client("app", public)
					operation := prepare(r, c)
					r.clients.drop(c.ID)
					r.store.Arm(Fault{Nth: n, After: after})
					a := operation()
					if a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
						t.Errorf("during the outage: %d %s", a.status, a.body)
					}
					if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
						t.Error("no Retry-After")
					}
					if a.status == http.StatusOK {
						return
					}
					r.store.Arm(Fault{})
					r.ok(operation())
				})
			}
		}
	}
}

// FLT04: the write landed, and neither its answer nor the read after it came.
func TestThreat_FLT04_UnknownOutcome(t *testing.T) {
	r := newRig(t)
	c := r.client("app", public)
	code := r.code(c, apiAccess)
	r.store.Arm(Fault{Nth: 3, Times: ForGood, After: true}) // client, grant, and from the update on nothing answers
	r.refuses(r.redeem(c, code), 503, core.TemporarilyUnavailable)
	r.store.Arm(Fault{})
	// The one stated exception: the sign-in is repeated, never a second set.
	r.refuses(r.redeem(c, code), 400, core.InvalidGrant)

	other := r.client("other", public)
	token := r.ok(r.redeem(other, r.code(other, apiAccess))).text("refresh_token")
	r.store.Arm(Fault{Nth: 2, Times: ForGood, After: true})
	r.refuses(r.refresh(other, token), 503, core.TemporarilyUnavailable)
	r.store.Arm(Fault{})
	r.ok(r.refresh(other, token)) // inside the window: the same successor
	if g := r.grantOf("other"); g.Generation != 2 {
		t.Errorf("generation %d", g.Generation)
	}
}
