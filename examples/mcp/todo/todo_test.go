package todo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/core/resource"

	"github.com/keywright/keywright/examples/mcp/idp"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// world is the MCP server beside a provider that knows it.
type world struct {
	t   *testing.T
	p   *providertest.Provider
	app *providertest.Client
	url string
}

func start(t *testing.T) world {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	at := server.URL + "/mcp"
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Resources, c.Scopes = idp.Resources(at), idp.Scopes() }))
	s, err := todo.New(todo.Options{Guard: resource.Options{
		Resource: at, Issuers: []resource.Issuer{{URL: p.Issuer()}}, Now: p.Now, InsecureAllowLoopback: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	handler = s.Handler()
	app := p.Client(clientreg.Seed{Resources: []string{at}, Scope: todo.ScopeRead + " " + todo.ScopeWrite})
	return world{t, p, app, at}
}

// token is one of somebody with scopes.
func (w world) token(who *providertest.Person, scopes ...string) string {
	w.t.Helper()
	request := w.app.AuthorizeWith(url.Values{"resource": {w.url}}, scopes...)
	return w.app.Redeem(request, who.Browser().SignIn(request.URL)).Access
}

// post sends a message, and gives status, challenge and body.
func (w world) post(token, message string) (status int, challenge, body string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url, strings.NewReader(message))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header.Get("WWW-Authenticate"), string(text)
}

const (
	listTodos = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_todos","arguments":{}}}`
	addTodo   = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add_todo","arguments":{"text":"buy milk"}}}`
)

// PR-05, PR-06, PR-07, PR-09: without a token, with that of something else, with too little, with enough.
func TestFrom401ToToolCall(t *testing.T) {
	w := start(t)
	ada, bob := w.p.Person("ada@example.com", "seven slow trains to Turin"), w.p.Person("bob@example.com", "nine loud cranes in Kyiv")
	if status, challenge, _ := w.post("", listTodos); status != http.StatusUnauthorized || !strings.Contains(challenge, "resource_metadata=") {
		t.Errorf("without a token: %d %s", status, challenge)
	}
	other := ada.SignIn(w.p.Client(clientreg.Seed{}), "openid").Access
	if status, challenge, _ := w.post(other, listTodos); status != http.StatusUnauthorized || !strings.Contains(challenge, "invalid_token") {
		t.Errorf("with a token for something else: %d %s", status, challenge)
	}
	reading := w.token(ada, todo.ScopeRead)
	if status, _, body := w.post(reading, listTodos); status != http.StatusOK || !strings.Contains(body, `{"todos":[]}`) {
		t.Errorf("list: %d %s", status, body)
	}
	status, challenge, _ := w.post(reading, addTodo)
	if status != http.StatusForbidden || !strings.Contains(challenge, "insufficient_scope") || !strings.Contains(challenge, `scope="todos:write todos:read"`) {
		t.Errorf("add, without the scope: %d %s", status, challenge)
	}
	if status, _, body := w.post(w.token(ada, todo.ScopeRead, todo.ScopeWrite), addTodo); status != http.StatusOK || !strings.Contains(body, "buy milk") {
		t.Errorf("add: %d %s", status, body)
	}
	// Each person has a list of their own.
	if _, _, body := w.post(reading, listTodos); !strings.Contains(body, "buy milk") {
		t.Errorf("Ada's list: %s", body)
	}
	if _, _, body := w.post(w.token(bob, todo.ScopeRead), listTodos); !strings.Contains(body, `{"todos":[]}`) {
		t.Errorf("Bob's list: %s", body)
	}
}

// However the message is written, nothing is added without the scope.
func TestNoSpellingAddsWithoutTheScope(t *testing.T) {
	w := start(t)
	token := w.token(w.p.Person("ada@example.com", "seven slow trains to Turin"), todo.ScopeRead)
	for _, message := range []string{
		addTodo,
		strings.Replace(addTodo, `"name":"add_todo"`, `"name":"add_todo","Name":"list_todos"`, 1),
		strings.Replace(addTodo, `"name":"add_todo"`, `"Name":"list_todos","name":"add_todo"`, 1),
		strings.Replace(addTodo, `"name":"add_todo"`, `"name":"list_todos","name":"add_todo"`, 1),
		strings.Replace(addTodo, `"method":"tools/call"`, `"method":"tools/call","METHOD":"ping"`, 1),
		`[` + addTodo + `]`, `[1,` + addTodo + `]`,
		strings.Replace(addTodo, "add_todo", "add_\\u0074odo", 1),
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":5}`, `{`, ``,
	} {
		if status, _, body := w.post(token, message); status >= 500 || strings.Contains(body, "buy milk") {
			t.Errorf("%s: %d %s", message, status, body)
		}
		if _, _, body := w.post(token, listTodos); !strings.Contains(body, `{"todos":[]}`) {
			t.Fatalf("%s has added: %s", message, body)
		}
	}
}
