package provider_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
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
	operator := l.admin(l.world.provider)
	_, err := operator.Approve(t.Context(), m.id, byOla)
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
	if _, err := operator.Approve(t.Context(), m.id, byOla); err != nil {
		t.Fatal(err)
	}
	b.want(b.get(l.ask(m.id)), core.PageConsent)
}

// CON11, FPA: an application of the operator's own cannot press the button of the
// consent page in the person's name, though it can work out what stands in its form.
func TestThreat_CON11_anApplicationAgreesToNothing(t *testing.T) {
	w := newWorld(t, firstParty)
	app := w.native("native")
	ada := w.person("eve@example.com")
	c, err := w.store.Client(t.Context(), "native")
	w.must(err)
	shown, err := json.Marshal(struct {
		Account          core.ID
		Client           string
		Hash             core.Hash
		Access           []core.Access
		Redirect, Claims string
		Epoch            uint64
	}{Account: ada.ID, Client: "native", Hash: c.Digest(), Access: []core.Access{{Scopes: []string{"openid", "email"}}}})
	w.must(err)
	digest := sha256.Sum256(shown)
	session := app.begin("prompt", "consent").Session
	app.want(app.goOn(session, "step", "signin", "identifier", "eve@example.com", "password", "open"), core.RedirectToWeb, "")
	app.want(app.goOn(session, "step", "consent", "decision", "allow", "digest", hex.EncodeToString(digest[:]), "remember", "on"), core.RedirectToWeb, "")
	if consent, _, err := w.store.Consent(t.Context(), ada.ID, "native"); err != nil || consent.Version != 0 {
		t.Errorf("agreed to: %+v, %v", consent, err)
	}
}

// STA05, DR-04: what the operator takes off the lists of the lane is gone for clients
// that people have agreed to, too.
func TestThreat_STA05_whatIsTakenOffTheLaneIsGone(t *testing.T) {
	lane := func(o clientreg.DynamicOptions) func(*provider.Config) {
		return func(c *provider.Config) { withTodos(c); registering(o)(c) }
	}
	const hosted = "https://assistant.example/cb"
	wide := clientreg.DynamicOptions{Redirects: []string{hosted}, Scopes: []string{"openid", "todos:read", "todos:write"}, Resources: []string{todoAPI, fileAPI}}
	w := newWorld(t, lane(wide))
	id := w.register(`{"client_name":"Todo CLI","redirect_uris":["http://127.0.0.1/cb","` + hosted + `"],"grant_types":["authorization_code","refresh_token"],
		"scope":"todos:read","id_token_signed_response_alg":"ES256"}`)
	b := w.browser()
	tokens := w.redeem(id, b.approve(atLoopback(id, "scope", "openid todos:read todos:write", "resource", todoAPI)).Get("code"))
	if got := strings.Fields(tokens.says("scope")); !slices.Contains(got, "todos:write") {
		t.Fatalf("%d %s", tokens.status, tokens.text)
	}
	narrow := wide
	narrow.Redirects, narrow.Scopes, narrow.Resources = nil, wide.Scopes[:2], wide.Resources[:1]
	registering(narrow)(&w.config)
	w.restart()
	next := w.refresh(id, tokens.says("refresh_token"))
	if got := next.says("scope"); next.status != http.StatusOK || strings.Contains(got, "write") {
		t.Errorf("%d %s", next.status, next.text)
	}
	s := b.get(atLoopback(id, "scope", "openid todos:read todos:write", "resource", todoAPI))
	if b.want(s, core.PageConsent); slices.Contains(onPage(s), "todos:write") {
		t.Error("the person is asked for what the lane is not open for")
	}
	b.wantError(b.get(atLoopback(id, "scope", "openid todos:read", "redirect_uri", hosted)), core.PageAppAddress)
	refused := b.get(atLoopback(id, "scope", "openid todos:read", "resource", fileAPI))
	if u, err := url.Parse(refused.location); err != nil || u.Query().Get("error") != "invalid_target" {
		t.Errorf("the other resource: %d %q %s", refused.status, refused.Name, refused.location)
	}
}

// STA02, LEA: the reason of an operator is for the log, wherever somebody comes with
// the client: in a browser, by JSON, at each endpoint, or to manage its registration.
func TestThreat_STA02_theReasonIsNobodysBusiness(t *testing.T) {
	const reason = "canary: suspected of fraud by Mallory"
	l := newLanesWorld(t, false)
	m := l.registerManaged()
	_, refresh, access := l.tokens(m.id)
	b := l.browser()
	_, err := l.admin(l.world.provider).Disable(t.Context(), m.id, admin.Act{By: "canary-operator", Reason: reason})
	l.must(err)
	form := func(path string, pairs ...string) reply {
		return l.send(http.MethodPost, path, fields(pairs...).Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	for name, r := range map[string]reply{
		"page":       l.send(http.MethodGet, l.ask(m.id), ""),
		"page, JSON": l.send(http.MethodGet, l.ask(m.id), "", "Accept", "application/json"),
		"silent":     l.send(http.MethodGet, l.ask(m.id, "prompt", "none"), ""),
		"refresh":    form("/token", "client_id", m.id, "grant_type", "refresh_token", "refresh_token", refresh),
		"revoke":     form("/revoke", "client_id", m.id, "token", refresh),
		"introspect": form("/introspect", "client_id", m.id, "token", access),
		"device":     form("/device_authorization", "client_id", m.id),
		"userinfo":   l.send(http.MethodGet, "/userinfo", "", "Authorization", "Bearer "+access),
		"manage":     m.send(http.MethodGet, ""),
		"replace":    m.put(`"redirect_uris":["http://127.0.0.1/cb"]`),
	} {
		if r.status < 400 && name != "revoke" || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		if all := r.text + strings.Join(slices.Concat(slices.Collect(maps.Values(r.header))...), " "); strings.Contains(all, "canary") || strings.Contains(all, "fraud") {
			t.Errorf("%s tells: %s", name, all)
		}
	}
	if s := b.get(l.ask(m.id)); s.Error == "" {
		t.Errorf("page %q", s.Name)
	}
}

// CN-04, CN-09, INV-K1: the answer of a page that was open while the app was
// disconnected, or while more was agreed to elsewhere, does not count: it is shown anew,
// with what the grant would hold now.
func TestThreat_CN04_aPageThatWasOpenMeanwhile(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("agent", nil)
	b := w.browser()
	_, refresh := w.tokens("agent", b.answer(b.agree(atTodos("agent", "openid todos:read"), "ada@example.com")).Get("code"))
	open := b.get(atTodos("agent", "todos:write"))
	if b.want(open, core.PageConsent); lines(open) != "+todos:write =todos:read" {
		t.Fatalf("%q", lines(open))
	}
	b.answer(b.submit(b.get(atTodos("agent", "todos:admin")), "decision", "allow", "remember", "on"))
	again := b.submit(open, "decision", "allow", "remember", "on")
	if b.want(again, core.PageConsent); len(again.Problems) != 1 || !slices.Contains(onPage(again), "todos:admin") {
		t.Errorf("more was agreed to elsewhere, and the page of before counts: %v %q", again.Problems, lines(again))
	}
	b.want(b.submit(b.pressed(b.apps(), "disconnect:agent")), core.PageApps)
	for _, page := range []shown{open, again} {
		s := b.submit(page, "decision", "allow", "remember", "on")
		if b.want(s, core.PageConsent); len(s.Problems) != 1 || s.Consent.StepUp || slices.Contains(onPage(s), "todos:admin") {
			t.Errorf("disconnected, and the page of before counts: %v %q", s.Problems, lines(s))
		}
	}
	if w.renews("agent", refresh) {
		t.Error("a token lives on")
	}
	if got := b.answer(b.get(atTodos("agent", "todos:read", "prompt", "none"))); got.Get("error") != "consent_required" {
		t.Errorf("%v", got)
	}
}

// CON07, CN-05: who presses no has said no, also where the same was agreed to and
// remembered in another tab meanwhile, so that the question need not be asked any more.
func TestThreat_CON07_noIsNoThoughAnotherTabSaidYes(t *testing.T) {
	w := newWorld(t)
	w.client("other", nil)
	b := w.browser()
	b.answer(b.agree(request("other"), "ada@example.com"))
	first := b.get(request("app"))
	b.want(first, core.PageConsent)
	b.answer(b.submit(b.get(request("app")), "decision", "allow", "remember", "on"))
	if got := b.answer(b.submit(first, "decision", "deny")); got.Get("error") != "access_denied" || got.Has("code") {
		t.Errorf("%v", got)
	}
	if got := b.answer(b.submit(first, "decision", "allow")); got.Get("error") != "access_denied" {
		t.Errorf("pressed again: %v", got)
	}
	if got := b.answer(b.get(request("app", "prompt", "none"))); got.Get("code") == "" {
		t.Errorf("what was agreed to is gone: %v", got)
	}
}
