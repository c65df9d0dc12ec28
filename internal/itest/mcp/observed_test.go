package mcp

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// What clients of others have been seen to do (requirements IN-01 to IN-27), played here without them.

// player is a client of somebody.
type player struct {
	*providertest.Client
	w       *world
	browser *providertest.Browser
}

func (w *world) player(id, redirect string) player {
	c := w.Client(clientreg.Seed{AuthMethod: "none"})
	c.ID, c.RedirectURI = id, redirect
	return player{c, w, w.ada.Browser()}
}

// ask makes an authorization request as MCP clients do: a resource, no nonce.
func (p player) ask(scopes ...string) providertest.Request {
	return p.AuthorizeWith(url.Values{"resource": {p.w.server}, "nonce": {""}}, scopes...)
}

// tokens are those of a sign-in.
func (p player) tokens(scopes ...string) providertest.Tokens {
	p.w.t.Helper()
	request := p.ask(scopes...)
	return p.Redeem(request, p.browser.SignIn(request.URL))
}

// wantTokens has a whole sign-in come to tokens with these scopes.
func (p player) wantTokens(scope string, refresh bool, asked ...string) providertest.Tokens {
	p.w.t.Helper()
	got := p.tokens(asked...)
	if got.Access == "" || !covers(got.Scope, strings.Fields(scope)...) || (got.Refresh != "") != refresh {
		p.w.t.Errorf("%s: scope %q, refresh token %v", p.RedirectURI, got.Scope, got.Refresh != "")
	}
	return got
}

// listener is where programs on a person's computer wait for the browser: an origin of the loopback, at a port of its own.
func listener(t *testing.T, host string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", host, 1)
}

// send sends a request, and gives the answer with its body.
func (w *world) send(method, to, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, to, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := w.HTTP().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, string(text)
}

// register registers a client, which has to work, and gives what is registered.
func (w *world) register(body string) (registered struct {
	ClientID   string   `json:"client_id"`
	Redirects  []string `json:"redirect_uris"`
	AuthMethod string   `json:"token_endpoint_auth_method"`
	Secret     string   `json:"client_secret"`
	Scope      string   `json:"scope"`
}) {
	w.t.Helper()
	answer, text := w.send(http.MethodPost, w.Issuer()+"/register", body, "Content-Type", "application/json")
	if answer.StatusCode != http.StatusCreated || json.Unmarshal([]byte(text), &registered) != nil {
		w.t.Fatalf("%s: %d %s", body, answer.StatusCode, text)
	}
	if strings.Contains(text, "null") {
		w.t.Errorf("IN-26: %s", text)
	}
	return registered
}

// call calls a tool, and gives status and challenge.
func (w *world) call(name, token string) (status int, challenge string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{"text":"x"}}}`, name)
	answer, _ := w.send(http.MethodPost, w.server, body, "Authorization", "Bearer "+token, "Content-Type", "application/json",
		"Accept", "application/json, text/event-stream", "Mcp-Protocol-Version", "2025-06-18")
	return answer.StatusCode, answer.Header.Get("WWW-Authenticate")
}

// IN-01, IN-05: Claude Code's document has loopback addresses without a port; it listens at any, by either name.
func TestIN01_claudeCodeListensAtAnyPort(t *testing.T) {
	w := newWorld(t)
	w.page = w.document(`["http://localhost/callback","http://127.0.0.1/callback"]`, `"client_uri":"https://claude.ai","token_endpoint_auth_method":"none"`)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		w.player(w.doc, listener(t, host)+"/callback").wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	}
	if landed := w.ada.Browser().Open(w.player(w.doc, "http://localhost/other").ask(todo.ScopeRead).URL); landed.Page() != "error" {
		t.Errorf("another path: %s", landed.Page())
	}
}

// IN-02, IN-05, IN-13, IN-16, IN-26: what clients read before they do anything.
func TestIN02_metadataThatClientsActUpon(t *testing.T) {
	w := newWorld(t)
	for _, place := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		answer, text := w.send(http.MethodGet, w.Issuer()+place, "", "MCP-Protocol-Version", "2025-11-25")
		var m struct {
			CIMD    bool     `json:"client_id_metadata_document_supported"`
			Iss     bool     `json:"authorization_response_iss_parameter_supported"`
			Methods []string `json:"token_endpoint_auth_methods_supported"`
			Scopes  []string `json:"scopes_supported"`
			PKCE    []string `json:"code_challenge_methods_supported"`
		}
		if answer.StatusCode != http.StatusOK || json.Unmarshal([]byte(text), &m) != nil || strings.Contains(text, "null") {
			t.Fatalf("%s: %d %s", place, answer.StatusCode, text)
		}
		scopes := strings.Join(m.Scopes, " ")
		if !m.CIMD || !m.Iss || !covers(strings.Join(m.Methods, " "), "none") || !covers(scopes, "offline_access", todo.ScopeRead, todo.ScopeWrite) ||
			!covers(strings.Join(m.PKCE, " "), "S256") {
			t.Errorf("%s: %s", place, text)
		}
	}
}

// IN-03, IN-04: ChatGPT's document would rather prove a key, and names none too; it asks for offline_access without prompt=consent.
func TestIN03_chatGPTListsSeveralMethods(t *testing.T) {
	const redirect = "https://chatgpt.com/connector_platform_oauth_redirect"
	w := newWorld(t)
	w.page = w.document(`["`+redirect+`"]`, `"token_endpoint_auth_method":"private_key_jwt","token_endpoint_auth_methods_supported":["none"]`)
	w.player(w.doc, redirect).wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
}

// IN-06, DR-06, MC-11: an SDK registers with the scopes of the first challenge, and later wants to stay, and more.
func TestIN06_asksForMoreThanItRegistered(t *testing.T) {
	w := newWorld(t)
	at := listener(t, "127.0.0.1") + "/callback"
	registered := w.register(`{"redirect_uris":["` + at + `"],"grant_types":["authorization_code","refresh_token"],"scope":"` + todo.ScopeRead + `"}`)
	if registered.Scope != todo.ScopeRead+" offline_access" {
		t.Errorf("registered with %q", registered.Scope)
	}
	p := w.player(registered.ClientID, at)
	request := p.AuthorizeWith(url.Values{"resource": {w.server}, "nonce": {""}, "scope": {""}})
	if got := p.Redeem(request, p.browser.SignIn(request.URL)); got.Scope != todo.ScopeRead {
		t.Errorf("without a scope it gets %q", got.Scope)
	}
	p.wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	p.wantTokens(todo.ScopeRead+" "+todo.ScopeWrite, true, todo.ScopeRead, todo.ScopeWrite, "offline_access")
}

// IN-07, MD-02: Cursor registers an address of its own scheme, one of its site and one of loopback, as "web" or as nothing.
func TestIN07_cursorRegistersAMixedList(t *testing.T) {
	const scheme, site = "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback"
	w := newWorldWith(t, operator(scheme, site), "")
	at := listener(t, "localhost") + "/callback"
	for _, kind := range []string{"", `"application_type":"web",`} {
		registered := w.register(fmt.Sprintf(`{%s"client_name":"Cursor","redirect_uris":[%q,%q,"http://localhost:8787/callback"],
			"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none"}`, kind, scheme, site))
		if len(registered.Redirects) != 3 {
			t.Errorf("registered %v", registered.Redirects)
		}
		for _, redirect := range []string{scheme, site, at} {
			w.player(registered.ClientID, redirect).wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
		}
	}
	w = newWorld(t)
	answer, text := w.send(http.MethodPost, w.Issuer()+"/register", fmt.Sprintf(`{"redirect_uris":[%q,"http://localhost:8787/callback"]}`, scheme),
		"Content-Type", "application/json")
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "invalid_redirect_uri") {
		t.Errorf("a scheme that the operator has not listed: %d %s", answer.StatusCode, text)
	}
}

// IN-08, IN-11: VS Code registers its site and two addresses of loopback, and falls back to another port; others keep one registration and
// listen elsewhere each time.
func TestIN08_vsCodeFallsBackToAnotherPort(t *testing.T) {
	const site = "https://vscode.dev/redirect"
	w := newWorldWith(t, operator(site), "")
	registered := w.register(`{"client_name":"Visual Studio Code","redirect_uris":["` + site + `","http://127.0.0.1/","http://127.0.0.1:33418/"],
		"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],
		"token_endpoint_auth_method":"none","application_type":"native"}`)
	for _, redirect := range []string{site, listener(t, "127.0.0.1") + "/", listener(t, "127.0.0.1") + "/"} {
		w.player(registered.ClientID, redirect).wantTokens(todo.ScopeRead, true, todo.ScopeRead, "offline_access")
	}
}

// IN-09, IN-24: hosted Claude would keep a secret, Copilot CLI names no scope, OpenCode no type: what is registered is what works.
func TestIN09_registrationsThatLeaveOutOrAskForMore(t *testing.T) {
	w := newWorld(t)
	at := listener(t, "127.0.0.1") + "/callback"
	for _, more := range []string{
		`"token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token"]`,
		`"client_name":"GitHub Copilot CLI","grant_types":["authorization_code","refresh_token"],"response_types":["code"]`,
		`"client_name":"OpenCode","grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none"`,
	} {
		registered := w.register(`{"redirect_uris":["` + at + `"],` + more + `}`)
		if registered.AuthMethod != "none" || registered.Secret != "" {
			t.Errorf("%s: %+v", more, registered)
		}
		w.player(registered.ClientID, at).wantTokens(todo.ScopeRead+" "+todo.ScopeWrite, true, todo.ScopeRead, todo.ScopeWrite, "offline_access")
	}
}
