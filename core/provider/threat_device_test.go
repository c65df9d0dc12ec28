package provider_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestThreat_DEV04_DEV05_OnePersonAnswers(t *testing.T) {
	w := deviceWorld(t)
	w.person("bob@example.com")
	tv := w.television()
	ada, bob := w.browser(), w.browser()
	hers, his := ada.confirms(tv.text("user_code"), "ada@example.com"), bob.confirms(tv.text("user_code"), "bob@example.com")
	ada.want(ada.submit(hers, "decision", "allow"), core.PageDeviceDone)
	ada.want(ada.submit(hers, "decision", "allow"), core.PageDeviceDone) // pressed twice
	for _, decision := range []string{"allow", "deny"} {
		if s := bob.submit(his, "decision", decision); s.Error != "device_over" {
			t.Errorf("%s by another person: %q %q", decision, s.Name, s.Error)
		}
	}
	w.pass(6 * time.Second)
	_, tokens := tv.polls()
	bearer, _ := tokens["access_token"].(string)
	if s := ada.do(http.MethodGet, "/userinfo", nil, "Authorization", "Bearer "+bearer); s.status != http.StatusOK {
		t.Errorf("userinfo: %d", s.status)
	}

	claimed := w.television()
	g, err := w.store.Grants(t.Context(), core.GrantFilter{Client: "tv"}, core.PageOf{Limit: 10})
	w.must(err)
	for _, one := range g {
		if one.State == core.GrantWaiting {
			w.must(w.store.UpdateGrant(t.Context(), one.Claim(core.NewID(w.now()), core.ID{}, w.now()).Grant))
		}
	}
	s := bob.submit(bob.submit(bob.types(claimed.text("user_code")), "identifier", "bob@example.com"), "password", "open")
	if s.status != http.StatusForbidden || s.Error != "not_allowed" {
		t.Errorf("a claimed code: %d %q", s.status, s.Error)
	}
}

func TestThreat_DEV04_TwoTabsAtOnce(t *testing.T) {
	w := deviceWorld(t)
	w.person("bob@example.com")
	for range 8 {
		tv := w.television()
		ada, bob := w.browser(), w.browser()
		hers, his := ada.confirms(tv.text("user_code"), "ada@example.com"), bob.confirms(tv.text("user_code"), "bob@example.com")
		var both sync.WaitGroup
		var ends [2]shown
		both.Go(func() { ends[0] = ada.submit(hers, "decision", "allow") })
		both.Go(func() { ends[1] = bob.submit(his, "decision", "allow") })
		both.Wait()
		done := 0
		for _, s := range ends {
			if s.Name == core.PageDeviceDone {
				done++
			} else if s.Error != "device_over" {
				t.Errorf("page %q, error %q", s.Name, s.Error)
			}
		}
		if done != 1 {
			t.Errorf("%d people were told that it is connected", done)
		}
		w.pass(11 * time.Minute) // the limits of the address
	}
}

func TestThreat_DEV11_PolicyHoldsOnTheOtherDevice(t *testing.T) {
	w := deviceWorld(t)
	w.client("strict", func(c *core.Client) { screen(c); c.RequireACR = []string{core.ACRTwoFactors} })
	_, said, _ := w.ask("/device_authorization", "client_id", "strict", "scope", "openid")
	tv := &television{w, "strict", said}
	b := w.browser()
	s := b.submit(b.submit(b.types(tv.text("user_code")), "identifier", "ada@example.com"), "password", "open")
	if s.Name == core.PageDeviceAsk || s.Name == core.PageDeviceDone {
		t.Errorf("one factor was enough: %q", s.Name)
	}
	tv.hears("authorization_pending")
}

func TestThreat_DEV12_LOD04_FloodsOfDevices(t *testing.T) {
	w := deviceWorld(t)
	refused := 0
	for range 200 {
		code, said, header := w.ask("/device_authorization", "client_id", "tv", "scope", "openid")
		if code == http.StatusTooManyRequests && said["error"] == "slow_down" && header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 80 {
		t.Errorf("%d of 200 were refused", refused)
	}
}

// What a person did elsewhere ends a device that has not its tokens yet.
func TestDV02_WhatEndsADeviceBeforeItsTokens(t *testing.T) {
	for name, end := range map[string]func(w *world, g core.Grant){
		"client disabled": func(w *world, _ core.Grant) {
			c, err := w.store.Client(w.t.Context(), "tv")
			w.must(err)
			c.Disabled, c.Epoch = true, c.Epoch+1
			w.must(w.store.UpdateClient(w.t.Context(), c))
		},
		"signed out": func(w *world, g core.Grant) {
			rows, err := w.store.Sessions(w.t.Context(), []core.ID{g.Session})
			w.must(err)
			s := rows[0].Session
			s.Ended = true
			w.must(w.store.UpdateSession(w.t.Context(), s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := deviceWorld(t)
			tv := w.television()
			b := w.browser()
			b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
			g, err := w.store.Grants(t.Context(), core.GrantFilter{Client: "tv"}, core.PageOf{Limit: 1})
			w.must(err)
			if g[0].AskedFrom != "" || g[0].State != core.GrantApproved {
				t.Errorf("%s, asked from %q", g[0].State, g[0].AskedFrom)
			}
			end(w, g[0])
			_, said, _ := w.ask("/token", "grant_type", core.GrantDeviceCode, "client_id", "tv", "device_code", tv.text("device_code"))
			if said["access_token"] != nil {
				t.Errorf("tokens all the same: %v", said)
			}
		})
	}
}

func TestDV02_PollsCostOneRead(t *testing.T) {
	w := deviceWorld(t)
	tv := w.television()
	tv.hears("authorization_pending")
	w.store.Reset()
	if got, _ := tv.polls(); got != "slow_down" {
		t.Errorf("%q", got)
	}
	if calls := w.store.Seen(); len(calls) != 1 || calls["Grant"] != 1 {
		t.Errorf("a poll costs %v", calls)
	}
	b := w.browser()
	b.want(b.submit(b.confirms(tv.text("user_code"), "ada@example.com"), "decision", "allow"), core.PageDeviceDone)
	w.store.Reset()
	if got, said := tv.polls(); got != "" {
		t.Errorf("%v", said)
	}
	if calls := w.store.Seen(); len(calls) != 2 || calls["Grant"] != 1 || calls["UpdateGrant"] != 1 {
		t.Errorf("redeeming costs %v", calls)
	}
}
