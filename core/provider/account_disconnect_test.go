package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// FLT02 to FLT05: whichever call is lost, before or after it took effect, a person
// hears 503 and can press again; in the end it has ended, with one event.
func TestFLT_DisconnectingIsRepeatable(t *testing.T) {
	for _, act := range []string{"disconnect", "disconnect own", "end-grant"} {
		for _, call := range []string{"Sessions", "Consent", "Grants", "CreateConsent", "UpdateConsent", "Grant", "UpdateGrant"} {
			for _, before := range []bool{true, false} {
				t.Run(act+"/"+call+map[bool]string{true: "/lost", false: "/answer lost"}[before], func(t *testing.T) {
					w := newWorld(t)
					own := act == "disconnect own"
					w.client("notebook", func(c *core.Client) { notebook(c); c.FirstParty = own })
					b := w.browser()
					s := b.signIn(request("notebook", "scope", offline), "ada@example.com")
					if !own {
						s = b.submit(s, "decision", "allow", "remember", "on")
					}
					_, refresh := w.tokens("notebook", b.answer(s).Get("code"))
					list := b.apps()
					verb, _, _ := strings.Cut(act, " ")
					key := map[string]string{"disconnect": "notebook", "end-grant": list.Apps[0].SignIns[0].Key}[verb]
					sure := b.pressed(list, verb+":"+key)
					w.fault(call, before)
					got := b.do(http.MethodPost, sure.Form.Action, sure.fields(), "X-Fault", "1")
					w.fault("", false)
					if got.status == http.StatusServiceUnavailable {
						if got.header.Get("Retry-After") == "" {
							t.Error("no Retry-After")
						}
						got = b.do(http.MethodPost, sure.Form.Action, sure.fields())
					}
					if got.status != http.StatusSeeOther {
						t.Fatalf("status %d, %q", got.status, got.Error)
					}
					if w.renews("notebook", refresh) {
						t.Error("the refresh token lives on")
					}
					if n := w.count(core.EventConsentWithdrawn) + w.count(core.EventGrantRevoked); n != 1 {
						t.Errorf("%d events", n)
					}
				})
			}
		}
	}
}

// The list says that it cannot be read, not that nothing is connected.
func TestFLT_TheListIsWholeOrAway(t *testing.T) {
	for _, call := range []string{"Sessions", "Consents", "Grants", "SessionsOf"} {
		w := newWorld(t)
		w.client("notebook", notebook)
		b := w.browser()
		b.connects("ada@example.com")
		w.fault(call, true)
		if got := b.do(http.MethodGet, "/account/apps", nil, "X-Fault", "1"); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %q", call, got.status, got.Name)
		}
	}
}

// gathered collects tokens that racing requests were given.
type gathered struct {
	mu      sync.Mutex
	access  []string
	refresh []string
}

func (g *gathered) ask(w *world, form ...string) {
	_, said, _ := w.ask("/token", append([]string{"client_id", "notebook"}, form...)...)
	g.mu.Lock()
	defer g.mu.Unlock()
	if s, _ := said["access_token"].(string); s != "" {
		g.access = append(g.access, s)
	}
	if s, _ := said["refresh_token"].(string); s != "" {
		g.refresh = append(g.refresh, s)
	}
}

// INV-T: refreshing, redeeming and agreeing at the same moment bring nothing back:
// once disconnecting was answered, all that was given before or meanwhile is dead.
func TestInvariant_NothingResurrectsWhatWasDisconnected(t *testing.T) {
	for round := range 20 {
		w := newWorld(t)
		w.client("notebook", notebook)
		b := w.browser()
		_, refresh := b.connects("ada@example.com")
		var codes []string
		for range 4 {
			codes = append(codes, b.answer(b.get(request("notebook", "scope", offline))).Get("code"))
		}
		other := w.browser()
		other.jar = copyJar(t, b)
		open := other.get(request("notebook", "scope", offline, "prompt", "consent"))
		other.want(open, core.PageConsent)
		sure := b.pressed(b.apps(), "disconnect:notebook")

		given, got := &gathered{refresh: []string{refresh}}, make([]shown, 3)
		var all sync.WaitGroup
		all.Go(func() { got[0] = b.do(http.MethodPost, sure.Form.Action, sure.fields()) })
		all.Go(func() { got[1] = b.do(http.MethodPost, sure.Form.Action, sure.fields()) }) // a double click
		all.Go(func() { got[2] = other.do(http.MethodPost, open.Form.Action, open.fields("decision", "allow")) })
		for _, code := range codes {
			all.Go(func() {
				given.ask(w, "grant_type", "authorization_code", "code", code, "code_verifier", verifier, "redirect_uri", callback)
			})
			all.Go(func() { given.ask(w, "grant_type", "refresh_token", "refresh_token", refresh) })
		}
		all.Wait()
		if got[0].status != http.StatusSeeOther || got[1].status != http.StatusSeeOther {
			t.Fatalf("round %d: %d and %d", round, got[0].status, got[1].status)
		}
		if u, err := url.Parse(got[2].location); err == nil && u.Query().Get("code") != "" {
			given.ask(w, "grant_type", "authorization_code", "code", u.Query().Get("code"), "code_verifier", verifier, "redirect_uri", callback)
		}
		for _, token := range given.access {
			if b.opens(token) {
				t.Errorf("round %d: an access token lives", round)
			}
		}
		for _, token := range given.refresh {
			if w.renews("notebook", token) {
				t.Errorf("round %d: a refresh token lives", round)
			}
		}
		c, _, err := w.store.Store.Consent(t.Context(), w.account("ada@example.com").ID, "notebook")
		w.must(err)
		if c.Epoch != 1 || len(c.Access) > 0 || c.Remembered || w.count(core.EventConsentWithdrawn) != 1 {
			t.Errorf("round %d: the consent is %+v, %d events", round, c, w.count(core.EventConsentWithdrawn))
		}
		if got := b.apps(); len(got.Apps) != 0 {
			t.Errorf("round %d: listed %+v", round, got.Apps)
		}
	}
}

// INV-T: the same for one sign-in that is ended while its client refreshes.
func TestInvariant_NothingResurrectsASignInThatWasEnded(t *testing.T) {
	for round := range 20 {
		w := newWorld(t)
		w.client("notebook", notebook)
		b := w.browser()
		_, refresh := b.connects("ada@example.com")
		list := b.apps()
		sure := b.pressed(list, "end-grant:"+list.Apps[0].SignIns[0].Key)
		given := &gathered{refresh: []string{refresh}}
		var ended shown
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { given.ask(w, "grant_type", "refresh_token", "refresh_token", refresh) })
		}
		all.Go(func() { ended = b.do(http.MethodPost, sure.Form.Action, sure.fields()) })
		all.Wait()
		if ended.status != http.StatusSeeOther {
			t.Fatalf("round %d: %d", round, ended.status)
		}
		for _, token := range given.refresh {
			if w.renews("notebook", token) {
				t.Errorf("round %d: a refresh token lives", round)
			}
		}
	}
}

// Pages of a team's own list and disconnect by JSON; other origins do not.
func TestCN09_TheListAsJSON(t *testing.T) {
	w := newWorld(t, ownPages)
	w.client("notebook", func(c *core.Client) { notebook(c); c.FirstParty = true })
	s := w.script(pagesOrigin)
	at := s.do(http.MethodGet, "/account/apps", nil)
	if at.Name != "step" || at.Links["next"] == "" {
		t.Fatalf("signed out: %+v", at)
	}
	for range 6 {
		if at.Links["next"] != "" {
			at = s.do(http.MethodGet, at.Links["next"], nil)
		}
		switch at.Name {
		case core.PageSignIn:
			at = s.do(http.MethodPost, at.Form.Action, at.json("identifier", "ada@example.com"))
		case core.PagePassword:
			at = s.do(http.MethodPost, at.Form.Action, at.json("password", "open"))
		}
	}
	b := s.browser
	w.pass(time.Minute)
	_, refresh := w.tokens("notebook", b.answer(b.do(http.MethodGet, request("notebook", "scope", offline), nil)).Get("code"))
	list := s.do(http.MethodGet, "/account/apps", nil)
	if list.Name != core.PageApps || len(list.Apps) != 1 || list.header.Get("Access-Control-Allow-Origin") != pagesOrigin {
		t.Fatalf("listed %+v", list.Page)
	}
	sure := s.do(http.MethodPost, list.Form.Action, list.json("act", "disconnect:"+list.Apps[0].Key))
	if sure.Name != core.PageAct || sure.App.Name != "Notebook" {
		t.Fatalf("asked %+v", sure.Page)
	}
	if got := w.script("https://evil.example").do(http.MethodPost, sure.Form.Action, sure.json()); got.status != http.StatusForbidden {
		t.Errorf("another origin: %d", got.status)
	}
	done := s.do(http.MethodPost, sure.Form.Action, sure.json())
	if done.Name != "redirect" || !strings.Contains(done.Links["to"], "/account/apps?done=") || w.renews("notebook", refresh) {
		t.Errorf("done %+v", done.Page)
	}
}

// json is the form of a page as a script sends it.
func (s shown) json(fields ...string) map[string]string {
	out := map[string]string{}
	for name := range s.fields(fields...) {
		out[name] = s.fields(fields...).Get(name)
	}
	return out
}
