package provider_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// onPage lists the scopes that a consent page names, those included too.
func onPage(s shown) []string {
	var all []string
	for _, one := range s.Consent.Scopes {
		all = append(all, one.Name)
		for _, in := range one.Includes {
			all = append(all, in.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// CON10, CON11, MC-11, MC-13: whatever is asked in whatever order, what the page
// named is what the grant holds, and what no page was shown for was agreed to and
// remembered before.
func TestCON10_WhatIsShownIsGrantedHoweverItIsAsked(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, withTodos, func(c *provider.Config) {
			c.Resources[0].KeepsScopes, c.Resources[0].DefaultScopes = seed%2 == 1, []string{"todos:read"}
		})
		w.agent("agent", nil)
		b := w.browser()
		agreed, pages := map[string]bool{}, 0
		b.answer(b.agree(request("agent", "scope", "openid"), "ada@example.com"))
		agreed[" openid"] = true
		for range 14 {
			var asked []string
			for _, s := range []string{"openid", "email", "offline_access", "todos:read", "todos:write", "todos:admin", "files:read"} {
				if r.IntN(3) == 0 {
					asked = append(asked, s)
				}
			}
			target := request("agent", "scope", strings.Join(append(asked, "openid"), " "))
			for _, uri := range []string{todoAPI, fileAPI} {
				if r.IntN(2) == 0 {
					target += "&resource=" + url.QueryEscape(uri)
				}
			}
			s, shown := b.get(target), []string(nil)
			if s.Name == core.PageConsent {
				shown, pages = onPage(s), pages+1
				s = b.submit(s, "decision", "allow", "remember", "on")
			}
			grant := w.grantOf(b.answer(s).Get("code"))
			if got := core.Scopes(grant.Access); shown != nil {
				if slices.Sort(got); !slices.Equal(got, shown) {
					t.Fatalf("seed %d: shown %v, granted %v", seed, shown, got)
				}
			}
			for _, a := range grant.Access {
				for _, one := range a.Scopes {
					if key := a.Resource + " " + one; shown != nil {
						agreed[key] = true
					} else if !agreed[key] {
						t.Fatalf("seed %d: %s was never agreed to", seed, key)
					}
				}
			}
		}
		if pages == 0 || pages == 14 {
			t.Errorf("seed %d: %d pages of 14", seed, pages)
		}
	}
}

// grantOf redeems the code and gives the one grant that this made active.
func (w *world) grantOf(code string) core.Grant {
	w.t.Helper()
	active := func() map[core.ID]core.Grant {
		all, err := w.store.Grants(w.t.Context(), core.GrantFilter{Client: "agent"}, core.PageOf{Limit: 1000})
		w.must(err)
		out := map[core.ID]core.Grant{}
		for _, g := range all {
			if g.State == core.GrantActive {
				out[g.ID] = g
			}
		}
		return out
	}
	before := active()
	w.redeemed("agent", code)
	for id, g := range active() {
		if _, old := before[id]; !old {
			return g
		}
	}
	w.t.Fatal("no grant")
	return core.Grant{}
}
