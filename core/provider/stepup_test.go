package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

const (
	todoAPI = "https://todo.example/mcp"
	fileAPI = "https://file.example/mcp"
)

// withTodos adds two resources, and scopes of which one implies others.
func withTodos(c *provider.Config) {
	c.Resources = []core.Resource{
		{URI: todoAPI, Name: "Todos", Scopes: []string{"todos:read", "todos:write", "todos:admin"}},
		{URI: fileAPI, Name: "Files", Scopes: []string{"files:read", "todos:read"}},
	}
	c.Scopes = append(c.Scopes, core.Scope{Name: "todos:admin", Implies: []string{"todos:write"}}, core.Scope{Name: "todos:write", Implies: []string{"todos:read"}})
}

func (w *world) agent(id string, change func(*core.Client)) core.Client {
	return w.client(id, func(c *core.Client) {
		c.AuthMethod = core.AuthNone
		c.IDTokenAlgorithm, c.GrantTypes = "ES256", append(c.GrantTypes, core.GrantRefreshToken)
		c.Scopes = append(c.Scopes, "todos:read", "todos:write", "todos:admin", "files:read")
		c.Resources = []string{todoAPI, fileAPI}
		if change != nil {
			change(c)
		}
	})
}

// atTodos asks for scopes of the first resource.
func atTodos(client, scope string, more ...string) string {
	return request(client, append([]string{"resource", todoAPI, "scope", scope}, more...)...)
}

// lines are the scopes of a consent page: "+" is new, "=" is held.
func lines(s shown) string {
	var out []string
	for _, one := range s.Consent.Scopes {
		mark := "="
		if one.New {
			mark = "+"
		}
		for _, in := range one.Includes {
			mark += "(" + in.Name + ")"
		}
		out = append(out, mark+one.Name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// redeemed is the answer for a code.
func (w *world) redeemed(client, code string) reply {
	w.t.Helper()
	r := w.token("client_id", client, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	if r.status != http.StatusOK {
		w.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r
}

func (w *world) renew(client, token string, more ...string) reply {
	w.t.Helper()
	return w.token(append([]string{"client_id", client, "grant_type", "refresh_token", "refresh_token", token}, more...)...)
}

func scopes(r reply) string {
	all := strings.Fields(r.says("scope"))
	slices.Sort(all)
	return strings.Join(all, " ")
}

// MC-11, CN-08, IN-17: a client that asks for more, all of it or the addition
// alone, is asked about the addition and gets both; the consent keeps both.
func TestMC11_CN08_IN17_asksForTheAdditionAndGivesTheUnion(t *testing.T) {
	for _, asked := range []string{"todos:write", "todos:read todos:write", "openid todos:write"} {
		w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
		w.agent("agent", nil)
		b := w.browser()
		first := w.redeemed("agent", b.answer(b.agree(atTodos("agent", "openid offline_access todos:read"), "ada@example.com")).Get("code"))
		if scopes(first) != "todos:read" {
			t.Fatalf("first: %q", scopes(first))
		}
		s := b.get(atTodos("agent", asked))
		b.want(s, core.PageConsent)
		want := "+todos:write =offline_access =openid =todos:read"
		if !strings.Contains(asked, "openid") {
			want = "+todos:write =offline_access =todos:read"
		}
		if got := lines(s); got != want || !s.Consent.StepUp || s.Consent.EveryTime {
			t.Errorf("%q: the page says %q, step up %v", asked, got, s.Consent.StepUp)
		}
		got := w.redeemed("agent", b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code"))
		if scopes(got) != "todos:read todos:write" {
			t.Errorf("%q: given %q", asked, scopes(got))
		}
		if again := b.get(atTodos("agent", "openid todos:read todos:write", "prompt", "none")); again.location == "" || b.answer(again).Get("code") == "" {
			t.Errorf("%q: both are not remembered", asked)
		}
		// What is within is given as asked: to ask for less gives less.
		if less := w.redeemed("agent", b.answer(b.get(atTodos("agent", "todos:write"))).Get("code")); scopes(less) != "todos:write" {
			t.Errorf("less: %q", scopes(less))
		}
	}
}

// MC-11: what is held elsewhere, or may not be had any longer, does not come along.
func TestMC11_keepsOnlyWhatIsAskedForAndAllowed(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("agent", nil)
	b := w.browser()
	b.answer(b.agree(request("agent", "scope", "openid todos:read todos:admin files:read"), "ada@example.com"))
	agent, err := w.store.Client(t.Context(), "agent")
	w.must(err)
	agent.Scopes = slices.DeleteFunc(slices.Clone(agent.Scopes), func(s string) bool { return s == "todos:admin" })
	agent.Change = core.NewID(w.now())
	w.must(w.store.UpdateClient(t.Context(), agent))
	w.pass(time.Minute)
	s := b.get(atTodos("agent", "todos:write"))
	b.want(s, core.PageConsent)
	if got := lines(s); got != "+todos:write =todos:read" || len(s.Consent.Resources) != 1 {
		t.Errorf("%q at %v", got, s.Consent.Resources)
	}
	r := w.redeemed("agent", b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code"))
	if r.body["id_token"] != nil {
		t.Error("an ID token comes along")
	}
	if elsewhere := w.renew("agent", r.says("refresh_token"), "resource", fileAPI); elsewhere.says("error") != "invalid_target" {
		t.Errorf("the other resource came along: %s", elsewhere.text)
	}
	// Denying adds nothing and takes nothing.
	// OpenID Connect Core section 5.4: what is learnt of the person is what is asked.
	s = b.get(atTodos("agent", "openid email todos:read"))
	if b.want(s, core.PageConsent); lines(s) != "+email =openid =todos:read" || !s.Consent.StepUp {
		t.Errorf("more of the person: %q", lines(s))
	}
	if got := b.answer(b.submit(s, "decision", "deny")); got.Get("error") != "access_denied" {
		t.Errorf("%v", got)
	}
	if again := b.get(atTodos("agent", "todos:read todos:write", "prompt", "none")); b.answer(again).Get("code") == "" {
		t.Error("a refusal took what was held")
	}
}

// CON01, BB-02, MD-04: a client that cannot be told from others is asked about
// everything again, gets what it asks for and no more, and is told so beforehand.
func TestCON01_CN08_whoIsNotToldApartStepsUpByNothing(t *testing.T) {
	const loopback = "http://127.0.0.1/cb"
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("cli", func(c *core.Client) { c.RedirectURIs, c.ApplicationType = []string{loopback}, "native" })
	b := w.browser()
	at := func(scope string) string {
		return atTodos("cli", scope, "redirect_uri", "http://127.0.0.1:49152/cb")
	}
	b.approve(at("todos:read"))
	s := b.get(at("todos:write"))
	b.want(s, core.PageConsent)
	if got := lines(s); got != "+todos:write" || s.Consent.StepUp || !s.Consent.EveryTime {
		t.Errorf("%q, step up %v, every time %v", got, s.Consent.StepUp, s.Consent.EveryTime)
	}
	s = b.get(at("todos:read todos:write"))
	if got := lines(s); got != "+todos:write =todos:read" || s.Consent.StepUp {
		t.Errorf("%q, step up %v", got, s.Consent.StepUp)
	}
	if silent := b.get(at("todos:read") + "&prompt=none"); !strings.Contains(silent.location, "consent_required") {
		t.Errorf("silently: %q", silent.location)
	}
}

// IN-17: at a resource that keeps its scopes, a client that forgets what it holds
// does not lose it; the person sees all of it.
func TestIN17_aResourceKeepsItsScopes(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes, c.Resources[0].KeepsScopes = c.Scopes[:3], true })
	w.agent("agent", nil)
	w.agent("cli", func(c *core.Client) { c.RedirectURIs, c.ApplicationType = []string{"http://127.0.0.1/cb"}, "native" })
	b := w.browser()
	b.answer(b.agree(atTodos("agent", "openid todos:read"), "ada@example.com"))
	s := b.get(atTodos("agent", "todos:write"))
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow", "remember", "on"))
	for _, one := range []string{"todos:read", "todos:write"} { // asked one after the other, for ever
		r := w.redeemed("agent", b.answer(b.get(atTodos("agent", one))).Get("code"))
		if scopes(r) != "todos:read todos:write" {
			t.Errorf("%s: %q", one, scopes(r))
		}
	}
	at := func(scope string) string {
		return atTodos("cli", scope, "redirect_uri", "http://127.0.0.1:49152/cb")
	}
	b.approve(at("todos:read"))
	if s = b.get(at("todos:write")); lines(s) != "+todos:write =todos:read" {
		t.Errorf("not told apart: %q", lines(s))
	}
	r := w.redeemed("cli", b.approve(at("todos:write")).Get("code"))
	if scopes(r) != "todos:read todos:write" {
		t.Errorf("not told apart: %q", scopes(r))
	}
}

// CN-04: what is held changes while the page is open: it is asked again.
func TestCN04_aStepUpIsDecidedOnAsItIs(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Scopes = c.Scopes[:3] })
	w.agent("agent", nil)
	b := w.browser()
	b.answer(b.agree(atTodos("agent", "todos:read"), "ada@example.com"))
	one, other := b.get(atTodos("agent", "todos:write")), b.get(atTodos("agent", "todos:admin"))
	b.answer(b.submit(other, "decision", "allow", "remember", "on"))
	s := b.submit(one, "decision", "allow", "remember", "on")
	b.want(s, core.PageConsent)
	if len(s.Problems) != 1 || s.Problems[0].ID != "consent_changed" || lines(s) != "+todos:write =todos:admin =todos:read" {
		t.Errorf("%v %q", s.Problems, lines(s))
	}
}
