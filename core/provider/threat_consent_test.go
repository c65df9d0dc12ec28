package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// renamed changes what people are shown of a client, by another of its replicas.
func (w *world) renamed(id, name string) {
	w.t.Helper()
	c, err := w.store.Client(w.t.Context(), id)
	w.must(err)
	c.Name, c.Change = name, core.NewID(w.now())
	w.must(w.store.UpdateClient(w.t.Context(), c))
	w.pass(2 * core.MaxClientStale)
}

// CN-01, CM-38, CON03: what was agreed to under another name does not pass in silence
// because something smaller was agreed to under the new one.
func TestThreat_CON03_CN01_agreementUnderAnotherNameIsNotCarriedOver(t *testing.T) {
	w := newWorld(t, withTodos)
	w.agent("agent", nil)
	b := w.browser()
	b.answer(b.agree(atTodos("agent", "openid todos:read todos:write"), "ada@example.com"))
	w.renamed("agent", "Somebody else")
	s := b.get(atTodos("agent", "openid todos:read"))
	if b.want(s, core.PageConsent); s.Consent.StepUp {
		t.Error("the page says that it only asks for more")
	}
	b.answer(b.submit(s, "decision", "allow", "remember", "on"))
	w.pass(time.Minute)
	if again := b.get(atTodos("agent", "openid todos:read", "prompt", "none")); b.answer(again).Get("code") == "" {
		t.Error("what was agreed to under the new name is not remembered")
	}
	if got := b.answer(b.get(atTodos("agent", "openid todos:write", "prompt", "none"))); got.Get("error") != "consent_required" {
		t.Errorf("agreed to under the old name, and given in silence: %v", got)
	}
	// All of it is ended as one, as before.
	s = b.get("/account/apps")
	if b.want(s, core.PageApps); len(s.Apps) != 1 {
		t.Errorf("apps %+v", s.Apps)
	}
}

// MC-11, DV-04: a step-up in the browser does not end what a device of the same person
// holds: it is another copy, though the client authenticates itself and the session is
// the one in which the device was approved.
func TestThreat_CON_aStepUpLeavesDevicesAlone(t *testing.T) {
	w := deviceWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("web", func(c *core.Client) {
		confidential(c)
		c.GrantTypes = append(c.GrantTypes, core.GrantDeviceCode)
	})
	b := w.browser()
	code, said, _ := w.ask("/device_authorization", "client_id", "web", "client_secret", agentSecret, "scope", "todos:read", "resource", todoAPI)
	if code != http.StatusOK {
		t.Fatal(said)
	}
	s := b.confirms(said["user_code"].(string), "ada@example.com")
	b.submit(s, "decision", "allow")
	w.pass(6 * time.Second)
	r := w.token("client_id", "web", "client_secret", agentSecret, "grant_type", core.GrantDeviceCode, "device_code", said["device_code"].(string))
	tv := r.says("refresh_token")
	if r.status != http.StatusOK || tv == "" {
		t.Fatal(r.text)
	}
	st := &stepping{world: w, b: b, id: "web"}
	s = b.get(atTodos("web", "todos:read"))
	b.want(s, core.PageConsent)
	st.old = st.redeem(b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code"))
	w.pass(time.Minute)
	s = b.get(atTodos("web", "todos:write"))
	if b.want(s, core.PageConsent); !s.Consent.StepUp {
		t.Fatal("no step up")
	}
	st.wider = st.redeem(b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code"))
	if !st.refreshes(st.wider) || st.refreshes(st.old) {
		t.Error("the narrower grant of the browser goes on")
	}
	if !st.refreshes(tv) {
		t.Error("the device was signed out by the browser")
	}
}

// DCR07, approval: what an operator let in is what they saw. A client that calls itself
// something else afterwards waits again; what it was granted goes on.
func TestThreat_DCR07_aNewNameNeedsANewApproval(t *testing.T) {
	l := newLanesWorld(t, true)
	m := l.registerManaged()
	admin := l.admin(l.world.provider)
	_, err := admin.Approve(t.Context(), m.id, byOla)
	l.must(err)
	b, refresh, _ := l.tokens(m.id)
	const rest = `"redirect_uris":["http://127.0.0.1/cb"],"grant_types":["authorization_code","refresh_token"],"id_token_signed_response_alg":"ES256",`
	for _, step := range []struct{ scope, name, page string }{
		{"openid", "Todo CLI", core.PageConsent}, {"openid email", "Payroll", core.PageApproval},
	} {
		if r := m.put(rest + `"scope":"` + step.scope + `","client_name":"` + step.name + `"`); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.text)
		}
		l.pass(2 * core.MaxClientStale)
		b.want(b.get(l.ask(m.id)), step.page)
	}
	if l.refresh(m.id, refresh).status != http.StatusOK {
		t.Error("what was granted has ended")
	}
	if _, err := admin.Approve(t.Context(), m.id, byOla); err != nil {
		t.Fatal(err)
	}
	b.want(b.get(l.ask(m.id)), core.PageConsent)
}
