package mcp

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/keywright/keywright/core/resource"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// sessions is an MCP server that keeps sessions, on the SDK behind the guard.
type sessions struct {
	http.Handler
	url string
}

// newSessions makes one whose only tool says what the token of its call may do, and that of its context.
func newSessions(w *world) sessions {
	guard, err := resource.New(resource.Options{
		Resource: w.server, Issuers: []resource.Issuer{{URL: w.Issuer()}}, InsecureAllowLoopback: true, KeepToken: true, Now: w.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	verify := resource.Verifier(guard, func(k *resource.Token) *auth.TokenInfo {
		return &auth.TokenInfo{Scopes: k.Scopes, UserID: k.Issuer + " " + k.Subject, Extra: map[string]any{"token": k}}
	}, auth.ErrInvalidToken)
	server := mcp.NewServer(&mcp.Implementation{Name: "scopes", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "scopes"}, func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		k, _ := r.Extra.TokenInfo.Extra["token"].(*resource.Token)
		began, _ := resource.FromContext(ctx)
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf("call %v, context %v", k.Scopes, began.Scopes)}}}, nil, nil
	})
	w.t.Cleanup(func() {
		for session := range server.Sessions() {
			_ = session.Close()
		}
	})
	streamable := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{JSONResponse: true})
	return sessions{guard.Protect(auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(streamable)), w.server}
}

// post sends a message in a session, with a token or without one.
func (s sessions) post(t *testing.T, token, session, message string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(message))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

// PR-06, PR-14: where an MCP server on the SDK keeps sessions, one belongs to a person, by the UserID that the bridge gives; and a tool that
// wants the token of its call finds it in the request, not in the context.
func TestSessionsBelongToWhoBeganThem(t *testing.T) {
	w := newWorld(t)
	s := newSessions(w)
	const call = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"scopes","arguments":{}}}`
	ada := w.cli()
	bob := ada
	bob.browser = w.Person("bob@example.com", password).Browser()

	began := s.post(t, ada.tokens(todo.ScopeRead).Access, "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":
		{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`)
	session := began.Header().Get("Mcp-Session-Id")
	if began.Code != http.StatusOK || session == "" {
		t.Fatalf("initialize: %d %s", began.Code, began.Body)
	}
	s.post(t, ada.tokens(todo.ScopeRead).Access, session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if got := s.post(t, bob.tokens(todo.ScopeRead).Access, session, call); got.Code != http.StatusForbidden {
		t.Errorf("Bob in Ada's session: %d %s", got.Code, got.Body)
	}
	if got := s.post(t, "", session, call); got.Code != http.StatusUnauthorized {
		t.Errorf("nobody in Ada's session: %d", got.Code)
	}
	got := s.post(t, ada.tokens(todo.ScopeRead, todo.ScopeWrite).Access, session, call)
	if !strings.Contains(got.Body.String(), "call [todos:read todos:write], context [todos:read]") {
		t.Errorf("Ada, after a step-up: %d %s", got.Code, got.Body)
	}
}
