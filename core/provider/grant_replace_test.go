package provider_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// stepping is a client in a browser that has been granted a little and is granted
// more.
type stepping struct {
	*world
	b          *browser
	id         string
	old, wider string // refresh tokens

	code string // of the wider grant, not redeemed yet
}

const agentSecret = "a secret of the agent"

func confidential(c *core.Client) {
	c.AuthMethod, c.Secrets = core.AuthSecretPost, []core.ClientSecret{{Hash: sha256.Sum256([]byte(agentSecret))}}
}

func (s *stepping) ask(pairs ...string) reply {
	s.t.Helper()
	pairs = append(pairs, "client_id", s.id)
	if s.id == "web" {
		pairs = append(pairs, "client_secret", agentSecret)
	}
	return s.token(pairs...)
}

func (s *stepping) redeem(code string) string {
	s.t.Helper()
	r := s.ask("grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	if r.status != http.StatusOK {
		s.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r.says("refresh_token")
}

func (s *stepping) refreshes(token string) bool {
	s.t.Helper()
	r := s.ask("grant_type", "refresh_token", "refresh_token", token)
	if r.status != http.StatusOK && r.says("error") != "invalid_grant" {
		s.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r.status == http.StatusOK
}

// newStepping steps up as far as the second code.
func newStepping(t *testing.T, id string) *stepping {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("agent", nil)
	w.agent("web", confidential)
	s := &stepping{world: w, b: w.browser(), id: id}
	s.old = s.redeem(s.b.answer(s.b.agree(atTodos(id, "todos:read"), "ada@example.com")).Get("code"))
	w.pass(time.Hour)
	page := s.b.get(atTodos(id, "todos:write"))
	s.b.want(page, core.PageConsent)
	s.code = s.b.answer(s.b.submit(page, "decision", "allow", "remember", "on")).Get("code")
	return s
}

// MC-11: the old grant ends when the client shows that it has the new one, and by
// nothing else: neither a code that is out, nor a stolen one, nor a redemption of
// which the answer may have been lost.
func TestMC11_theOldGrantEndsOnceTheNewOneIsUsed(t *testing.T) {
	s := newStepping(t, "web")
	if !s.refreshes(s.old) {
		t.Fatal("ended by a code")
	}
	if r := s.ask("grant_type", "authorization_code", "code", s.code, "code_verifier", verifier+"x"); r.says("error") != "invalid_grant" || !s.refreshes(s.old) {
		t.Fatalf("ended by a stolen code: %s", r.text)
	}
	s.wider = s.redeem(s.code)
	if !s.refreshes(s.old) {
		t.Fatal("ended by a redemption")
	}
	if !s.refreshes(s.wider) || s.refreshes(s.old) {
		t.Error("the new grant is used and the old one goes on")
	}
	s.store.Reset()
	if !s.refreshes(s.wider) {
		t.Error("the new grant has ended")
	}
	if calls := s.store.Seen(); len(calls) != 1 || calls["Grant"] != 1 { // design section 13: nothing is added
		t.Errorf("a refresh after that costs %v", calls)
	}
	var reasons []string
	events, err := s.store.Events(t.Context(), core.EventFilter{Name: core.EventGrantRevoked}, core.PageOf{Limit: 10})
	s.must(err)
	for _, e := range events {
		reasons = append(reasons, e.Reason)
	}
	if len(reasons) != 1 || reasons[0] != "replaced" {
		t.Errorf("the log says %v", reasons)
	}
}

// MC-11: two copies of a public client in one browser cannot be told apart, so the
// one that steps up does not end what the other holds; nor does a sign-in elsewhere.
func TestMC11_copiesOfAPublicClientDoNotEndEachOther(t *testing.T) {
	s := newStepping(t, "agent")
	s.wider = s.redeem(s.code)
	if !s.refreshes(s.wider) || !s.refreshes(s.old) {
		t.Error("one copy has ended the other's grant")
	}
	web := newStepping(t, "web")
	elsewhere := web.browser()
	page := elsewhere.signIn(atTodos("web", "todos:read todos:write todos:admin"), "ada@example.com")
	elsewhere.want(page, core.PageConsent)
	other := web.redeem(elsewhere.answer(elsewhere.submit(page, "decision", "allow", "remember", "on")).Get("code"))
	if !web.refreshes(other) || !web.refreshes(web.old) {
		t.Error("another browser's session has ended this one's grant")
	}
}

// failingReads fails reads of one grant.
type failingReads struct {
	core.Store
	id core.ID
}

func (f *failingReads) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	if id == f.id {
		return core.Grant{}, core.Standing{}, core.Unavailable(errors.New("out of reach"))
	}
	return f.Store.Grant(ctx, id)
}

// MC-11: what cannot be ended stays until the next use; the client has its tokens
// all the same.
func TestMC11_anOutageEndsNothingAndRefusesNothing(t *testing.T) {
	s := newStepping(t, "web")
	s.wider = s.redeem(s.code)
	var wider core.Grant
	all, err := s.store.Grants(t.Context(), core.GrantFilter{Client: "web"}, core.PageOf{Limit: 10})
	s.must(err)
	for _, g := range all {
		if len(g.Replaces) > 0 {
			wider = g
		}
	}
	if len(wider.Replaces) != 1 {
		t.Fatalf("%d grants, none replaces", len(all))
	}
	whole := s.store.Store
	s.store.Store = &failingReads{whole, wider.Replaces[0]}
	if !s.refreshes(s.wider) {
		t.Error("refused for what is no concern of the client's")
	}
	s.store.Store = whole
	if !s.refreshes(s.old) || !s.refreshes(s.wider) {
		t.Error("something has ended")
	}
	if s.refreshes(s.old) {
		t.Error("the next use has not ended it")
	}
}
