package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestThreat_HTP10_HDR12_OnlyTheLiteralPath(t *testing.T) {
	w := newWorld(t)
	if s := w.browser().do(http.MethodGet, request("app"), nil); s.status != http.StatusSeeOther {
		t.Fatalf("the path itself: %d", s.status)
	}
	query := strings.TrimPrefix(request("app"), "/authorize")
	for _, path := range []string{
		"//authorize", "/./authorize", "/x/../authorize", "/authorize/.", "/authorize/", "/authorize//", "/%2e/authorize",
		"/x/%2e%2e/authorize", "/authorize;a.png", "/authorize%2f", "/authorize/x.css", "/AUTHORIZE", "//token", "/token/../token",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			s := w.browser().do(method, issuer+path+query, nil)
			if s.status != http.StatusNotFound || s.location != "" || s.header.Get("Set-Cookie") != "" {
				t.Errorf("%s %s: %d, location %q", method, path, s.status, s.location)
			}
			if s.header.Get("X-Content-Type-Options") != "nosniff" || s.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: headers %v", method, path, s.header)
			}
		}
	}
}

func TestThreat_HDR01_HDR02_TheCallerNamesNoHost(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	page := b.get(request("app"))
	b.want(page, core.PageSignIn)
	for name, c := range map[string]struct {
		by     *browser
		target string
		status int
	}{
		"a page":      {b, page.Form.Action, 200},
		"no cookie":   {w.browser(), page.Form.Action, 400},
		"not found":   {b, "/nothing", 404},
		"a bad app":   {b, request("nobody"), 400},
		"a new start": {b, request("app"), 303},
		"a sign-out":  {b, endSession(), 303},
		"metadata":    {b, "/.well-known/openid-configuration", 200},
	} {
		at := strings.Replace(c.target, "/", "http://evil.example/", 1)
		for _, accept := range []string{"text/html", "application/json"} {
			c.by.jar = jarAlsoFor(t, c.by, "evil.example")
			s := c.by.do(http.MethodGet, at, nil, "Accept", accept, "X-Forwarded-Host", "evil2.example", "X-Forwarded-Proto", "gopher",
				"X-Forwarded-Prefix", "/evil3", "Forwarded", "host=evil4.example", "X-Original-Url", "/evil5", "X-Http-Method-Override", "PUT")
			status := c.status
			if accept == "application/json" && name == "a new start" {
				status = 200 // names the step in place of a redirect
			}
			if all := fmt.Sprint(s.Page, s.header); s.status != status || strings.Contains(all, "evil") || strings.Contains(all, "gopher") {
				t.Errorf("%s as %s: %d %s", name, accept, s.status, all)
			}
		}
	}
}

// listingStore counts how often all clients are listed, and takes its time.
type listingStore struct {
	core.Store
	times atomic.Int32
	slow  chan struct{}
}

func (s *listingStore) Clients(ctx context.Context, after string, n int) ([]core.Client, error) {
	s.times.Add(1)
	<-s.slow
	return s.Store.Clients(ctx, after, n)
}

func TestThreat_HDR10_ManyOriginsCostOneListing(t *testing.T) {
	w := newWorld(t)
	store := &listingStore{Store: w.store, slow: make(chan struct{})}
	w.config.Store = store
	w.restart()
	ask := func(origin string) string {
		return w.browser().do(http.MethodOptions, "/token", nil, "Origin", origin).header.Get("Access-Control-Allow-Origin")
	}
	var started, over sync.WaitGroup
	for n := range 64 {
		started.Add(1)
		over.Go(func() {
			started.Done()
			origin := []string{"https://app.example", fmt.Sprintf("https://evil%d.example", n)}[n%2]
			if got := ask(origin); (got == origin) != (n%2 == 0) || got == "*" {
				t.Errorf("%s got %q", origin, got)
			}
		})
	}
	started.Wait()
	close(store.slow)
	over.Wait()
	if n := store.times.Load(); n != 1 {
		t.Errorf("the clients were listed %d times", n)
	}
	for _, origin := range []string{
		"null", "https://app.example.evil", "http://app.example", "https://app.example:444", "https://APP.example",
		"https://app.example/", "https://app.example evil", "*", "",
	} {
		if got := ask(origin); got != "" {
			t.Errorf("%q got %q", origin, got)
		}
	}
	w.pass(core.MaxClientStale)
	if ask("https://app.example") == "" || store.times.Load() != 2 {
		t.Error("a stale list was not read again")
	}
}

// heldStore keeps the interactions that were made.
type heldStore struct {
	core.Store
	made []core.Interaction
}

func (s *heldStore) CreateInteraction(ctx context.Context, i core.Interaction) error {
	s.made = append(s.made, i)
	return s.Store.CreateInteraction(ctx, i)
}

func TestThreat_LOD04_AFloodOfInteractionsIsBounded(t *testing.T) {
	w := newWorld(t)
	store := &heldStore{Store: w.store}
	w.config.Store = store
	w.restart()
	long := func(n int) string { return strings.Repeat("x", n) }
	target := request("app", "acr_values", long(3000)+" good "+long(3000), "ui_locales", long(3000), "login_hint", long(3000),
		"prompt", long(3000), "unknown", long(3000))
	busy := 0
	for range 650 {
		if w.browser().do(http.MethodGet, target, nil).status == http.StatusTooManyRequests {
			busy++
		}
	}
	if len(store.made) != 600 || busy != 50 {
		t.Fatalf("%d interactions, %d refusals", len(store.made), busy)
	}
	one := store.made[0]
	if size, err := one.MarshalPayload(); err != nil || len(size) > 2<<10 {
		t.Errorf("a request of 18 kB is kept in %d bytes, %v", len(size), err)
	}
	if got := one.Request.ACRValues; len(got) != 1 || got[0] != "good" {
		t.Errorf("acr_values kept: %d", len(got))
	}
	if kept := one.KeepUntil.Sub(w.now()); kept > 75*time.Minute {
		t.Errorf("kept for %v", kept)
	}
	w.pass(10*time.Minute + time.Second)
	if s := w.browser().do(http.MethodGet, target, nil); s.status != http.StatusSeeOther {
		t.Errorf("after the window: %d", s.status)
	}
}
