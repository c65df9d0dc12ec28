package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// audience is the aud of a JWT; empty for another form.
func audience(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Audience string `json:"aud"`
	}
	if err := json.Unmarshal(b, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Audience
}

// serves adds a client that asks about tokens for the resource.
func (w *world) serves(id, resource string) func(token string) bool {
	w.client(id, func(c *core.Client) {
		c.AuthMethod, c.Serves = core.AuthSecretPost, []string{resource}
		c.Secrets = []core.ClientSecret{{Hash: sha256.Sum256([]byte("a secret of the api"))}}
	})
	return func(token string) bool {
		w.t.Helper()
		r := w.send(http.MethodPost, "/introspect", fields("client_id", id, "client_secret", "a secret of the api", "token", token).Encode(),
			"Content-Type", "application/x-www-form-urlencoded")
		active, is := r.body["active"].(bool)
		if r.status != http.StatusOK || !is {
			w.t.Fatalf("status %d: %s", r.status, r.text)
		}
		return active
	}
}

// RI-02, RI-05, AT-03, MC-07: one authorization for two resources; each token is
// for one of them, in that one's form and for its time, and opens nothing at the
// other.
func TestRI02_RI05_MC07_severalResources(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) {
		c.Resources[0].Format, c.Resources[0].Lifetime = core.JWT, 5*time.Minute
		c.Resources[1].Lifetime = 20 * time.Minute
	})
	w.agent("agent", nil)
	atTodo, atFiles := w.serves("todo-api", todoAPI), w.serves("file-api", fileAPI)
	b := w.browser()
	both := atTodos("agent", "todos:read files:read") + "&resource=" + url.QueryEscape(fileAPI)
	s := b.signIn(both, "ada@example.com")
	if len(s.Consent.Resources) != 2 || s.Consent.Resources[0].Name != "Todos" || s.Consent.Resources[1].Name != "Files" {
		t.Errorf("shown: %v", s.Consent.Resources)
	}
	code := b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code")
	redeem := []string{"client_id", "agent", "grant_type", "authorization_code", "code", code, "code_verifier", verifier}
	for _, wrong := range [][]string{
		{"resource", "https://other.example"}, {"resource", todoAPI, "resource", fileAPI}, {"resource", todoAPI, "resource", todoAPI}, {"resource", todoAPI + "#x"},
	} {
		form := fields(redeem...)
		for i := 0; i < len(wrong); i += 2 {
			form.Add(wrong[i], wrong[i+1])
		}
		if r := w.send(http.MethodPost, "/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"); r.says("error") != "invalid_target" {
			t.Errorf("%v: %s", wrong, r.text)
		}
	}
	first := w.token(append(redeem, "resource", fileAPI)...)
	refresh := first.says("refresh_token")
	if scopes(first) != "files:read todos:read" || first.body["expires_in"] != 1200.0 || audience(t, first.says("access_token")) != "" {
		t.Errorf("files: %s", first.text)
	}
	second := w.renew("agent", refresh, "resource", "HTTPS://Todo.example/mcp")
	if scopes(second) != "todos:read" || second.body["expires_in"] != 300.0 || audience(t, second.says("access_token")) != todoAPI {
		t.Errorf("todos: %s", second.text)
	}
	third := w.renew("agent", second.says("refresh_token"), "resource", fileAPI)
	for _, one := range []struct {
		name        string
		token       string
		todo, files bool
	}{{"JWT for todos", second.says("access_token"), true, false}, {"opaque for files", third.says("access_token"), false, true}, {"first", first.says("access_token"), false, true}} {
		if gotTodo, gotFiles := atTodo(one.token), atFiles(one.token); gotTodo != one.todo || gotFiles != one.files {
			t.Errorf("%s: active %v at todos, %v at files", one.name, gotTodo, gotFiles)
		}
	}
	if own := w.renew("agent", third.says("refresh_token"), "scope", "files:read", "resource", todoAPI); own.says("error") == "" && scopes(own) != "" {
		t.Errorf("a scope of the other resource: %s", own.text)
	}
}

// RI-01, AUT22: what an authorization request may name.
func TestRI01_resourcesOfARequest(t *testing.T) {
	w := newWorld(t, withTodos)
	w.agent("agent", func(c *core.Client) { c.Resources = []string{todoAPI} })
	b := w.browser()
	for _, one := range []struct {
		resources []string
		error     string
	}{
		{[]string{todoAPI, todoAPI}, ""}, {[]string{todoAPI, "HTTPS://TODO.example/mcp"}, ""}, {[]string{issuer}, ""}, {[]string{""}, ""},
		{[]string{fileAPI}, "invalid_target"}, {[]string{todoAPI, fileAPI}, "invalid_target"}, {[]string{"https://other.example"}, "invalid_target"},
		{[]string{todoAPI + "#a"}, "invalid_target"}, {[]string{"/mcp"}, "invalid_target"}, {[]string{todoAPI + "/"}, "invalid_target"},
		{[]string{todoAPI + "?a=1"}, "invalid_target"}, {[]string{"https://todo.example/MCP"}, "invalid_target"}, {[]string{"urn:todo"}, "invalid_target"},
		{[]string{"https://me@todo.example/mcp"}, "invalid_target"},
		{[]string{todoAPI, todoAPI, todoAPI, todoAPI, todoAPI, todoAPI}, "invalid_target"},
	} {
		q := url.Values{"resource": one.resources}
		s := b.get(request("agent", "scope", "openid todos:read") + "&" + q.Encode())
		if one.error == "" {
			b.want(s, core.PageSignIn)
		} else if got := b.answer(s).Get("error"); got != one.error {
			t.Errorf("%q: %q", one.resources, got)
		}
	}
}

// RI-03, IN-15: the names that clients have for a resource; the token says the one
// that is registered.
func TestRI03_IN15_aliases(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) {
		r := &c.Resources[0]
		r.Format, r.Aliases, r.IgnoreQuery = core.JWT, []string{"https://todo.example", "https://todo.example/mcp/", "https://old.example/mcp?v=1"}, true
		c.Resources = append(c.Resources, core.Resource{URI: todoAPI + "?tenant=b", Scopes: []string{"todos:read"}, Format: core.JWT})
	})
	w.agent("agent", func(c *core.Client) { c.Resources = append(c.Resources, todoAPI+"?tenant=b") })
	b := w.browser()
	b.answer(b.agree(atTodos("agent", "todos:read", "resource", todoAPI), "ada@example.com"))
	for asked, want := range map[string]string{
		todoAPI: todoAPI, "https://TODO.example/": todoAPI, "https://todo.example": todoAPI, "https://todo.example/mcp/": todoAPI,
		todoAPI + "?x=1": todoAPI, "https://todo.example/?a=b": todoAPI, "https://old.example/mcp?v=1": todoAPI, "https://old.example/mcp?v=2": todoAPI,
		todoAPI + "?tenant=b": "consent", "https://todo.example/other": "", "https://todo.example/mcp/x": "", "https://todo.example.evil/mcp": "", fileAPI + "?x=1": "",
	} {
		s := b.get(atTodos("agent", "todos:read", "resource", asked))
		if want == "consent" { // another resource, although the first does not mind a query
			b.want(s, core.PageConsent)
			continue
		}
		answer := b.answer(s)
		if want == "" {
			if answer.Get("error") != "invalid_target" {
				t.Errorf("%s: %v", asked, answer)
			}
			continue
		}
		r := w.token("client_id", "agent", "grant_type", "authorization_code", "code", answer.Get("code"), "code_verifier", verifier, "resource", asked)
		if got := audience(t, r.says("access_token")); got != want {
			t.Errorf("%s: aud %q, %s", asked, got, r.text)
		}
		if r = w.renew("agent", r.says("refresh_token"), "resource", asked); audience(t, r.says("access_token")) != want {
			t.Errorf("%s, refreshed: %s", asked, r.text)
		}
	}
}

// IN-16: a client that takes its scopes from somewhere else gets the resource's
// default ones, and is told; what it may not have is not among them.
func TestIN16_defaultScopes(t *testing.T) {
	w := newWorld(t, withTodos, func(c *provider.Config) { c.Resources[0].DefaultScopes = []string{"todos:read", "todos:admin"} })
	w.agent("agent", func(c *core.Client) { c.Scopes = []string{"openid", "email", "todos:read", "todos:write"} })
	w.agent("strict", func(c *core.Client) { c.StrictScopes = true })
	b := w.browser()
	got := w.redeemed("agent", b.answer(b.agree(atTodos("agent", "openid"), "ada@example.com")).Get("code"))
	if scopes(got) != "todos:read" {
		t.Errorf("openid alone: %s", got.text)
	}
	if got = w.redeemed("agent", b.answer(b.get(atTodos("agent", "mcp:tools nothing"))).Get("code")); scopes(got) != "todos:read" {
		t.Errorf("unknown ones: %s", got.text)
	}
	s := b.get(atTodos("agent", "todos:write"))
	if b.want(s, core.PageConsent); !strings.Contains(lines(s), "+todos:write") {
		t.Errorf("one that fits: %q", lines(s))
	}
	for _, q := range []string{atTodos("strict", "mcp:tools"), atTodos("agent", "mcp:tools", "resource", ""), atTodos("agent", "mcp:tools", "resource", fileAPI)} {
		if got := b.answer(b.get(q)).Get("error"); got != "invalid_scope" {
			t.Errorf("%s: %q", q, got)
		}
	}
}

// MC-13, PR-10: a scope brings what it implies, at the resources that have it and
// as far as the client may ask; the page has one line for both.
func TestMC13_hierarchies(t *testing.T) {
	for _, one := range []struct {
		name, asked, may string
		page, given      string
	}{
		{"to the end", "todos:admin", "todos:read todos:write todos:admin", "=(todos:write)(todos:read)todos:admin", "todos:admin todos:read todos:write"},
		{"both asked", "todos:read todos:write", "todos:read todos:write", "=(todos:read)todos:write", "todos:read todos:write"},
		{"not upwards", "todos:read", "todos:read todos:write", "=todos:read", "todos:read"},
		{"not what the client may not ask", "todos:admin", "todos:read todos:admin", "=(todos:read)todos:admin", "todos:admin todos:read"},
	} {
		w := newWorld(t, withTodos)
		w.agent("agent", func(c *core.Client) { c.Scopes = strings.Fields(one.may) })
		b := w.browser()
		s := b.signIn(atTodos("agent", one.asked), "ada@example.com")
		if b.want(s, core.PageConsent); lines(s) != one.page {
			t.Errorf("%s: the page says %q", one.name, lines(s))
		}
		got := w.redeemed("agent", b.answer(b.submit(s, "decision", "allow", "remember", "on")).Get("code"))
		if scopes(got) != one.given {
			t.Errorf("%s: given %q", one.name, scopes(got))
		}
		if narrow := w.renew("agent", got.says("refresh_token"), "scope", "todos:read"); scopes(narrow) != "todos:read" {
			t.Errorf("%s: the implied alone: %s", one.name, narrow.text)
		}
	}
}

// MC-13: where the scope is asked at a resource that lacks the wider one, it keeps
// its line; and a scope that comes to imply another asks nobody again.
func TestMC13_hierarchiesAcrossResourcesAndTime(t *testing.T) {
	w := newWorld(t, withTodos)
	implying := w.config.Scopes
	w.config.Scopes = implying[:3]
	w.restart()
	w.agent("agent", nil)
	b := w.browser()
	b.answer(b.agree(atTodos("agent", "todos:write"), "ada@example.com"))
	w.config.Scopes = implying
	w.restart()
	got := w.redeemed("agent", b.answer(b.get(atTodos("agent", "todos:write", "prompt", "none"))).Get("code"))
	if scopes(got) != "todos:read todos:write" {
		t.Errorf("given %q", scopes(got))
	}
	s := b.get(atTodos("agent", "todos:write todos:read") + "&resource=" + url.QueryEscape(fileAPI))
	if b.want(s, core.PageConsent); lines(s) != "+todos:read =todos:write" || !s.Consent.Resources[1].New || s.Consent.Resources[0].New {
		t.Errorf("%q %v", lines(s), s.Consent.Resources)
	}
}
