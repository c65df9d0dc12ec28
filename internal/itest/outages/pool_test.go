package outages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// serve hands a request to the provider within this process, so that its context
// is the caller's.
func (c *company) serve(ctx context.Context, method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, c.Issuer()+path, strings.NewReader(form.Encode())).WithContext(ctx)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w
}

// post is serve for the application, which authenticates by HTTP Basic.
func (c *company) post(ctx context.Context, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, c.Issuer()+path, nil)
	r.SetBasicAuth(c.app.ID, c.app.Secret)
	return c.serve(ctx, http.MethodPost, path, form, "Authorization", r.Header.Get("Authorization"))
}

// FLT14: a pool of one or two connections does for two hundred requests at once:
// nothing waits for a second connection while it holds one.
func TestThreat_FLT14_SmallPoolsManyRequests(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		for connections := 1; connections <= 2; connections++ {
			t.Run(fmt.Sprint(connections), func(t *testing.T) {
				r := newRig(t, r.server)
				c := newCompany(t, r.open(t, connections, time.Minute))
				var all sync.WaitGroup
				var served atomic.Int32
				for n := range 200 {
					all.Go(func() {
						var w *httptest.ResponseRecorder
						switch n % 4 {
						case 0:
							w = c.post(t.Context(), "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.tokens.Refresh}})
						case 1:
							w = c.post(t.Context(), "/introspect", url.Values{"token": {c.tokens.Access}})
						case 2:
							w = c.serve(t.Context(), http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+c.tokens.Access)
						default: // writes an interaction
							w = c.serve(t.Context(), http.MethodGet, strings.TrimPrefix(c.app.Authorize().URL, c.Issuer()), nil)
						}
						if w.Code < 400 {
							served.Add(1)
						}
					})
				}
				all.Wait()
				if n := served.Load(); n != 200 {
					t.Errorf("%d of 200 were served", n)
				}
				if n := r.proxy.Open(); n > connections {
					t.Errorf("%d connections for a pool of %d", n, connections)
				}
			})
		}
	})
}

// FLT10: every statement takes long. Requests end by the adapter's own limit, as
// 503, and do not pile up; afterwards nothing is left of them.
func TestThreat_FLT10_EveryStatementIsSlow(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		c := newCompany(t, r.open(t, 2, time.Second))
		r.proxy.Arm(faultproxy.Fault{At: 1, Run: faultproxy.Always, Delay: time.Hour})
		var all sync.WaitGroup
		begun := time.Now()
		for range 50 {
			all.Go(func() {
				w := c.post(t.Context(), "/introspect", url.Values{"token": {c.tokens.Access}})
				if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
		r.proxy.Heal()
		r.proxy.Cut() // what is delayed would be for an hour
		c.recovers(t)
	})
}

// FLT15: a listing that takes long holds the connection it runs on and no other;
// where listings hold all, the others are told in time, and go on afterwards.
func TestThreat_FLT15_SlowListings(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		db := r.open(t, 2, time.Second)
		c := newCompany(t, db)
		listed := make(chan struct{}, 10)
		r.proxy.Arm(faultproxy.Fault{
			At: 1, Run: faultproxy.Always, Delay: time.Hour, Call: nil,
			Match: func(sql string) bool {
				slow := strings.Contains(sql, "FROM events") || strings.Contains(sql, "FROM \"events\"") || strings.Contains(sql, "FROM `events`")
				if slow {
					listed <- struct{}{}
				}
				return slow
			},
		})
		list := func() error {
			_, err := c.Store().Events(t.Context(), core.EventFilter{}, core.PageOf{Limit: 1000})
			return err
		}
		one := make(chan error, 1)
		go func() { one <- list() }()
		<-listed
		for range 10 {
			if got := c.app.Refresh(c.tokens.Refresh); got.Status != http.StatusOK {
				t.Errorf("beside one listing: %d %s", got.Status, got.Body)
			}
		}
		if err := <-one; !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("the listing: %v", err)
		}
		r.proxy.Heal()
		r.proxy.Cut()
		c.recovers(t)
	})
}

// FLT16: the client leaves while any request to the server is on its way. What
// was decided stands: asked again, the answer is that of the first time or of a
// repetition, and the only connection is free again.
func TestThreat_FLT16_ClientLeaves(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		c := newCompany(t, r.open(t, 1, 20*time.Second))
		struck := true
		for at := 1; struck && !t.Failed(); at++ {
			struck = c.leaves(t, r, at)
		}
	})
}

// leaves has a client leave at the n-th request of each thing that it does.
func (c *company) leaves(t *testing.T, r *rig, at int) (struck bool) {
	t.Helper()
	code := func() url.Values {
		request := c.app.Authorize()
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {c.browser.SignIn(request.URL).Answer("code")},
			"redirect_uri": {c.app.RedirectURI}, "code_verifier": {request.Verifier},
		}
	}
	tokens := func() providertest.Tokens { return c.app.Token(code()).Tokens }
	for _, does := range []struct {
		name, path string
		form       url.Values
		spent      bool // a repetition may be refused
	}{
		{"redeeming", "/token", code(), true},
		{"refreshing", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens().Refresh}}, false},
		{"asking", "/introspect", url.Values{"token": {tokens().Access}}, false},
		{"revoking", "/revoke", url.Values{"token": {tokens().Refresh}}, false},
	} {
		ctx, leave := context.WithCancel(t.Context())
		r.proxy.Arm(faultproxy.Fault{At: at, Call: leave})
		c.post(ctx, does.path, does.form)
		struck = struck || len(r.proxy.Struck()) > 0
		r.proxy.Arm(faultproxy.Fault{})
		leave()
		w := c.post(t.Context(), does.path, does.form)
		replayed := does.spent && strings.Contains(w.Body.String(), "invalid_grant")
		if w.Code != http.StatusOK && !replayed {
			t.Errorf("%s again, after leaving at request %d: %d %s", does.name, at, w.Code, w.Body)
		}
	}
	return struck
}

// FLT20: a thousand requests, of which many are given up while rows are read.
// Whatever is answered is about who asks.
func TestThreat_FLT20_MassCancellation(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		c := newCompany(t, r.open(t, 4, time.Minute))
		const people = 8
		var tokens [people]string
		for n := range tokens {
			who := c.Person(fmt.Sprintf("person%d@example.com", n), word)
			tokens[n] = who.SignIn(c.app).Access
		}
		var all sync.WaitGroup
		var answered atomic.Int32
		turns := make(chan int)
		for range 32 {
			all.Go(func() {
				for n := range turns {
					if c.isTold(t, n%people, tokens[n%people], rand.N(20) != 0) {
						answered.Add(1)
					}
				}
			})
		}
		for n := range 1000 {
			turns <- n
		}
		close(turns)
		all.Wait()
		t.Logf("%d of 1000 were answered", answered.Load())
		if answered.Load() < 50 {
			t.Error("too few to show anything")
		}
		c.works(t)
	})
}

// FLT20 at the store: calls end by time while rows are read, as many as not. What
// comes back is what was asked for (CVE-2025-47907).
func TestThreat_FLT20_ReadsCutShort(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		sure := r.direct(t).Tenant(tenant)
		var grants [16]core.Grant
		for n := range grants {
			grants[n] = grant()
			must(t, sure.CreateGrant(t.Context(), grants[n]))
		}
		hasty := r.open(t, 8, 100*time.Millisecond).Tenant(tenant)
		r.proxy.Arm(faultproxy.Fault{At: 1, Run: faultproxy.Always, Match: func(string) bool { return rand.N(4) == 0 }, Delay: 98 * time.Millisecond})
		var all sync.WaitGroup
		var read, cut atomic.Int32
		for n := range 8 {
			all.Go(func() {
				for m := 0; m < 1000 && (m < 50 || read.Load() == 0 || cut.Load() == 0); m++ {
					want := grants[(n+m)%len(grants)].ID
					g, _, err := hasty.Grant(t.Context(), want)
					switch {
					case err == nil && g.ID == want:
						read.Add(1)
					case errors.Is(err, core.ErrUnavailable):
						cut.Add(1)
					default:
						t.Errorf("asked for %s, got %s: %v", want, g.ID, err)
					}
				}
			})
		}
		all.Wait()
		t.Logf("%d read, %d cut short", read.Load(), cut.Load())
		if read.Load() == 0 || cut.Load() == 0 {
			t.Error("too few of one kind to show anything")
		}
	})
}

// isTold asks who a token is about, and may give up; what is answered must be
// about its owner.
func (c *company) isTold(t *testing.T, who int, token string, leaves bool) (answered bool) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	if leaves {
		go leave()
	}
	w := c.serve(ctx, http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+token)
	if w.Code != http.StatusOK || w.Body.Len() == 0 {
		return false
	}
	var claims struct{ Email string }
	if err := json.Unmarshal(w.Body.Bytes(), &claims); err != nil || claims.Email != fmt.Sprintf("person%d@example.com", who) {
		t.Errorf("person%d is told of %q: %v", who, claims.Email, err)
	}
	return true
}
