package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// A thousand grants of one account are gathered, and those of one client ended, on
// every database alike.
func TestCN09_AThousandGrantsOnEach(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		for n := range 1000 {
			r.standing(fmt.Sprintf("client-%02d", n%50), r.clock().Add(-time.Duration(n)*time.Minute))
		}
		all, err := r.connectedApps(t.Context(), &r.account, r.clock())
		r.must(err)
		if len(all.apps) != 50 || all.cut || all.apps[0].client != "client-00" || len(all.apps[0].grants) != 20 {
			t.Fatalf("%d apps, cut %v, first %q", len(all.apps), all.cut, all.apps[0].client)
		}
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/account/apps", nil)
		for _, seen := range []uint64{0, 0, 1, 1} { // each twice: the row is made, then raised
			r.must(r.disconnect(q, r.clock(), r.account.ID, "client-07", seen))
		}
		r.must(r.disconnect(q, r.clock(), r.account.ID, "never there", 0))
		all, err = r.connectedApps(t.Context(), &r.account, r.clock())
		r.must(err)
		c, _, err := r.store.Consent(t.Context(), r.account.ID, "client-07")
		r.must(err)
		events, err := r.store.Events(t.Context(), core.EventFilter{Name: core.EventConsentWithdrawn}, core.PageOf{Limit: 10})
		r.must(err)
		if len(all.apps) != 49 || c.Epoch != 2 || len(events) != 2 {
			t.Errorf("%d apps, epoch %d, %d events", len(all.apps), c.Epoch, len(events))
		}
	})
}

// standing stores a grant that was given tokens at the instant.
func (r *rig) standing(client string, at time.Time, change ...func(*core.Grant)) core.Grant {
	r.t.Helper()
	at = core.Instant(at)
	g := core.Grant{ID: core.NewID(at), State: core.GrantActive, Account: r.account.ID, Client: client, Session: r.session.ID, GrantTerms: core.GrantTerms{
		Lane: core.LaneSeeded, Access: ownAccess, Offline: true, Refreshable: true, Generation: 1,
		CreatedAt: at, RotatedAt: at, Ends: at.Add(180 * day), IdleEnds: at.Add(30 * day),
	}}
	for _, f := range change {
		f(&g)
	}
	r.must(r.store.CreateGrant(r.t.Context(), g))
	return g
}

// An app is told of while something can still be had by it, and as used when
// tokens were given last.
func TestCN09_WhatIsListedAndWhenItWasUsed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*core.Grant)
		listed bool
		used   time.Duration // ago
	}{
		"refreshed":                     {func(*core.Grant) {}, true, 10 * day},
		"kept, with a mark of use":      {func(g *core.Grant) { g.IdleEnds = g.IdleEnds.Add(7 * day) }, true, 3 * day},
		"idle for too long":             {func(g *core.Grant) { g.IdleEnds = g.CreatedAt.Add(9 * day) }, false, 0},
		"a mark of a longer idle time":  {func(g *core.Grant) { g.IdleEnds = g.IdleEnds.Add(60 * day) }, true, 10 * day},
		"long-lived":                    {func(g *core.Grant) { g.Refreshable, g.LongLived = false, true }, true, 10 * day},
		"its access token is over":      {func(g *core.Grant) { g.Refreshable = false }, false, 0},
		"bound to a session that ended": {func(g *core.Grant) { g.Offline, g.Session = false, core.NewID(g.CreatedAt) }, false, 0},
		"bound to one that stands":      {func(g *core.Grant) { g.Offline = false }, true, 10 * day},
		"revoked":                       {func(g *core.Grant) { g.State = core.GrantRevoked }, false, 0},
		"a code that is over":           {func(g *core.Grant) { g.State = core.GrantCode }, false, 0},
		"over":                          {func(g *core.Grant) { g.Ends = g.CreatedAt.Add(day) }, false, 0},
		"under another epoch":           {func(g *core.Grant) { g.Epochs.Account = 1 }, false, 0},
		"under a withdrawn consent":     {func(g *core.Grant) { g.Epochs.Consent = 1 }, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.standing("app", r.clock().Add(-10*day), c.change)
			all, err := r.connectedApps(t.Context(), &r.account, r.clock())
			r.must(err)
			if listed := len(all.apps) == 1; listed != c.listed {
				t.Fatalf("listed: %v", listed)
			}
			if c.listed && r.clock().Sub(all.apps[0].used) != c.used {
				t.Errorf("used %v ago", r.clock().Sub(all.apps[0].used))
			}
		})
	}
}

// A client's own idle time tells when it was used; the registration's answer does
// not matter to one that has gone.
func TestCN09_AViewKnowsTheClientsIdleTime(t *testing.T) {
	r := newRig(t)
	r.client("app", func(c *core.Client) { c.Lifetimes.RefreshIdle = 90 * day })
	r.standing("app", r.clock().Add(-10*day), func(g *core.Grant) { g.IdleEnds = r.clock().Add(85 * day) })
	r.standing("gone", r.clock().Add(-40*day), func(g *core.Grant) { g.IdleEnds, g.Lane = g.Ends, core.LaneDCR })
	all, err := r.connectedApps(t.Context(), &r.account, r.clock())
	r.must(err)
	used := map[string]time.Duration{}
	for _, app := range all.apps {
		v, stands, err := r.view(t.Context(), all, app, core.ID{}, r.clock())
		r.must(err)
		used[v.Key] = r.clock().Sub(v.UsedAt)
		if !stands || v.Off != (v.Key == "gone") || v.Off && v.App.Lane != core.LaneDCR {
			t.Errorf("%+v", v)
		}
	}
	if used["app"] != 5*day || used["gone"] != 40*day {
		t.Errorf("used %v ago", used)
	}
}
