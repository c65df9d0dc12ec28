package mcp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/examples/mcp/idp"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// operator is one who lets these redirects be registered.
func operator(redirects ...string) idp.Options { return idp.Options{Redirects: redirects} }

// cli is a program on the person's computer that has registered itself.
func (w *world) cli() player {
	w.t.Helper()
	at := listener(w.t, "127.0.0.1") + "/callback"
	return w.player(w.register(`{"redirect_uris":["`+at+`"],"grant_types":["authorization_code","refresh_token"]}`).ClientID, at)
}

// IN-10, TK-05: a client keeps a registration that is no more. The token endpoint says so in the one way that makes it register again; at
// the authorization endpoint the person is told what to do.
func TestIN10_aRegistrationThatIsNoMore(t *testing.T) {
	w := newWorld(t)
	p := w.cli()
	tokens := p.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	w.end(p.ID, true)
	if got := p.Refresh(tokens.Refresh); got.Status != http.StatusUnauthorized || got.Error != "invalid_client" {
		t.Errorf("refresh: %d %s", got.Status, got.Error)
	}
	stale := p
	stale.Client = w.player(w.register(`{"redirect_uris":["`+p.RedirectURI+`"]}`).ClientID, p.RedirectURI).Client
	w.Advance(25 * time.Hour)
	for _, id := range []string{stale.ID, "kw_cl_garbled", "desktop-of-last-year"} {
		c := w.player(id, p.RedirectURI)
		landed := c.browser.Open(c.ask(todo.ScopeRead).URL)
		if landed.Page() != "error" || landed.Status >= 500 || !landed.Says("remove this connection and add it again") {
			t.Errorf("%.20s: %s %d %s", id, landed.Page(), landed.Status, landed.Heading())
		}
	}
}

// IN-12, PR-06, CO-01: Inspector and other clients in browsers ask first, for documents and for /mcp, without a token, and with the headers
// of the newest revision.
func TestIN12_inspectorAsksFirst(t *testing.T) {
	w := newWorld(t)
	origin := strings.TrimSuffix(w.server, "/mcp")
	for _, to := range []string{w.server, w.server + "/", origin + "/.well-known/oauth-protected-resource/mcp", origin + "/.well-known/oauth-protected-resource"} {
		answer, _ := w.send(http.MethodOptions, to, "", "Origin", "http://localhost:6274", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization, content-type, mcp-method, mcp-name, mcp-protocol-version")
		allowed := strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))
		for _, name := range []string{"authorization", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"} {
			if answer.StatusCode >= 300 || answer.Header.Get("Access-Control-Allow-Origin") == "" || !strings.Contains(allowed, name) {
				t.Errorf("%s: %d does not allow %s: %v", to, answer.StatusCode, name, answer.Header)
			}
		}
	}
	answer, _ := w.send(http.MethodPost, w.server, "{}", "Origin", "http://localhost:6274")
	if !strings.Contains(answer.Header.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") {
		t.Errorf("the challenge cannot be read: %v", answer.Header)
	}
}

// IN-14, IN-25, PR-01, PR-02, PR-05: the document names the very URL that was called; a slash at its end makes no difference to the answer.
func TestIN14_theResourceIsTheURLThatIsCalled(t *testing.T) {
	w := newWorld(t)
	for _, at := range []string{w.server, w.server + "/"} {
		answer, _ := w.send(http.MethodPost, at, "{}")
		challenge := answer.Header.Get("WWW-Authenticate")
		if answer.StatusCode != http.StatusUnauthorized || strings.Contains(challenge, "error") || !strings.Contains(challenge, `scope="`+todo.ScopeRead+`"`) {
			t.Errorf("%s: %d %s", at, answer.StatusCode, challenge)
		}
		_, place, _ := strings.Cut(challenge, `resource_metadata="`)
		place, _, _ = strings.Cut(place, `"`)
		_, text := w.send(http.MethodGet, place, "")
		var m struct {
			Resource string   `json:"resource"`
			Issuers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		if json.Unmarshal([]byte(text), &m) != nil || m.Resource != w.server || len(m.Issuers) != 1 || m.Issuers[0] != w.Issuer() || len(m.Scopes) != 1 {
			t.Errorf("%s: %s", place, text)
		}
	}
}

// IN-15, RI-03: a client derives the resource from the URL that was typed. What is the same URL is the same resource; what is not is refused
// in a way that says so.
func TestIN15_resourceAsItWasTyped(t *testing.T) {
	w := newWorld(t)
	for resource, want := range map[string]string{
		w.server: "", strings.Replace(w.server, "http://", "HTTP://", 1): "",
		w.server + "?token=1": "invalid_target", w.server + "/other": "invalid_target", strings.ToUpper(w.server): "invalid_target",
	} {
		p := w.cli()
		landed := p.browser.SignIn(p.AuthorizeWith(url.Values{"resource": {resource}, "nonce": {""}}, todo.ScopeRead).URL)
		if landed.Page() == "leave" { // a client that registered itself: nobody is sent away without having pressed a button
			landed = p.browser.Follow("go")
		}
		if got := landed.Answer("error"); got != want || (landed.Answer("code") != "") != (want == "") {
			t.Errorf("%s: error %q, wanted %q", resource, got, want)
		}
	}
}

// IN-17, PR-09, MC-11: one step-up is enough for a client that asks for what the challenge names and forgets the rest; a refresh widens
// nothing, and the token with less goes on.
func TestIN17_stepUpNamesWhatIsHeld(t *testing.T) {
	w := newWorld(t)
	p := w.cli()
	first := p.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	status, challenge := w.call("add_todo", first.Access)
	_, scope, _ := strings.Cut(challenge, ` scope="`)
	scope, _, _ = strings.Cut(scope, `"`)
	if status != http.StatusForbidden || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, "resource_metadata=") ||
		!covers(scope, todo.ScopeRead, todo.ScopeWrite) {
		t.Fatalf("%d %s", status, challenge)
	}
	if again := p.Refresh(first.Refresh); again.Status != http.StatusOK || strings.Contains(again.Scope, todo.ScopeWrite) {
		t.Errorf("a refresh gives %d %q", again.Status, again.Scope)
	}
	second := p.wantTokens(todo.ScopeRead+" "+todo.ScopeWrite, true, append(strings.Fields(scope), "offline_access")...)
	for _, name := range []string{"add_todo", "list_todos"} {
		if status, challenge := w.call(name, second.Access); status != http.StatusOK {
			t.Errorf("%s after the step-up: %d %s", name, status, challenge)
		}
	}
	if status, _ := w.call("list_todos", first.Access); status != http.StatusOK {
		t.Errorf("the first token: %d", status)
	}
}

// IN-18, IN-19, RT-04: processes of one client refresh with one token and recover; one that is dead is invalid_grant and nothing else.
func TestIN18_processesRefreshWithOneToken(t *testing.T) {
	w := newWorld(t)
	p := w.cli()
	tokens := p.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	one, two := p.Refresh(tokens.Refresh), p.Refresh(tokens.Refresh)
	if one.Status != http.StatusOK || two.Status != http.StatusOK || one.Refresh != two.Tokens.Refresh {
		t.Errorf("%d and %d, the same successor: %v", one.Status, two.Status, one.Refresh == two.Refresh)
	}
	w.Advance(366 * 24 * time.Hour)
	if got := p.Refresh(one.Refresh); got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Errorf("a dead one: %d %s", got.Status, got.Error)
	}
}

// IN-20, IN-21: nothing keeps the browser from following the answer to an address of a program, and pressing "Allow" twice does no harm.
func TestIN20_theConsentPageLetsGo(t *testing.T) {
	const scheme = "cursor://anysphere.cursor-mcp/oauth/callback"
	w := newWorldWith(t, operator(scheme), "")
	p := w.player(w.register(`{"redirect_uris":["`+scheme+`"]}`).ClientID, scheme)
	request := p.ask(todo.ScopeRead)
	p.browser.Open(request.URL)
	p.browser.Submit("signin", map[string]string{"identifier": w.ada.Email})
	page := p.browser.Submit("password-form", map[string]string{"password": w.ada.Password})
	if page.Page() != "consent" {
		t.Fatalf("at %s", page.Page())
	}
	if policy := page.Header.Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, "form-action") {
		t.Errorf("policy %q", policy)
	}
	first := p.browser.Continue()
	p.browser.Return(page)
	second := p.browser.Continue()
	if first.Answer("code") == "" || second.Status >= 400 || second.Answer("code") != "" && second.Answer("code") != first.Answer("code") {
		t.Errorf("%v, then %v %d", first.URL, second.URL, second.Status)
	}
	if got := p.Redeem(request, first); got.Access == "" {
		t.Error("the code of the first does not work")
	}
}

// IN-22, IN-23: a client_id whose page is a large website, and a callback with a suffix of its own: clear errors; registration is still offered.
func TestIN22_aClientIDThatIsAWebsite(t *testing.T) {
	w := newWorld(t)
	w.page, w.kind = "<!doctype html>"+strings.Repeat("<p>welcome</p>", 100_000), "text/html"
	p := w.player(w.doc, "http://127.0.0.1/callback")
	if landed := p.browser.Open(p.ask(todo.ScopeRead).URL); landed.Page() != "error" || landed.Status != http.StatusBadRequest || len(landed.Body) > 64<<10 {
		t.Errorf("at %s %d, %d bytes", landed.Page(), landed.Status, len(landed.Body))
	}
	c := w.cli()
	c.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	c.RedirectURI += "/a1b2c3"
	if landed := w.ada.Browser().Open(c.ask(todo.ScopeRead).URL); landed.Page() != "error" {
		t.Errorf("a callback with a suffix: %s", landed.Page())
	}
}

// IN-27, MC-06: hosted assistants are let in by the operator's file, and by nothing else.
func TestIN27_hostedAssistantsAreNotBuiltIn(t *testing.T) {
	w := newWorld(t)
	for id, redirect := range map[string]string{
		"claude": "https://claude.ai/api/mcp/auth_callback", "chatgpt": "https://chatgpt.com/connector_platform_oauth_redirect",
	} {
		answer, text := w.send(http.MethodPost, w.Issuer()+"/register", `{"redirect_uris":["`+redirect+`"]}`, "Content-Type", "application/json")
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "invalid_redirect_uri") {
			t.Errorf("%s: %d %s", redirect, answer.StatusCode, text)
		}
		p := player{w.Client(clientreg.Seed{
			ID: id, AuthMethod: "client_secret_post", RedirectURIs: []string{redirect}, Resources: []string{w.server},
			Scope: todo.ScopeRead + " " + todo.ScopeWrite + " offline_access",
		}), w, w.ada.Browser()}
		tokens := p.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
		if status, challenge := w.call("list_todos", p.Refresh(tokens.Refresh).Access); status != http.StatusOK {
			t.Errorf("%s: %d %s", id, status, challenge)
		}
	}
}

// The example's file of hosted assistants is one that the example starts with.
func TestIN27_theExamplesFile(t *testing.T) {
	for _, env := range []string{"CLAUDE_SECRET", "CHATGPT_SECRET"} {
		t.Setenv(env, "a secret of the assistant's maker, of the test")
	}
	server, err := idp.New(t.Context(), idp.Options{
		Issuer: "http://localhost:8080", Todo: "http://localhost:4001/mcp", Database: memory.New(), Secret: []byte("a secret of tests, worth nothing"),
		ClientsFile: "../../../examples/mcp/hosted.example.yaml",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"claude", "chatgpt"} {
		if c, err := server.Store().Client(t.Context(), id); err != nil || c.FirstParty || !strings.HasPrefix(c.RedirectURIs[0], "https://") {
			t.Errorf("%s: %+v, %v", id, c, err)
		}
	}
}
