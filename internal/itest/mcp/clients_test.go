package mcp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/examples/mcp/todo"
)

// kind is a client program and the revision of the protocol that it is to speak.
type kind struct {
	name     string
	sdk      int // of TypeScript; 0 is Go
	revision string
}

// kinds are the official SDKs with the revisions that each can be brought to speak.
func kinds() []kind {
	return []kind{
		{"go 2026-07-28", 0, "2026-07-28"},
		{"go 2025-11-25", 0, "2025-11-25"},
		{"go 2025-06-18", 0, "2025-06-18"},
		{"typescript 2 2026-07-28", 2, "2026-07-28"},
		{"typescript 2 2025-11-25", 2, "2025-11-25"},
		{"typescript 1 2025-11-25", 1, "2025-11-25"},
		{"typescript 1 2025-06-18", 1, "2025-06-18"},
	}
}

// MC-01, MC-02, MC-04, MC-05, MC-06, MC-07, MC-08, MC-11, PR-01, PR-02, PR-05, PR-09: from 401 to a tool call, by each lane, each SDK, and
// each revision; then renewal, step-up, and the end of what was granted.
func TestMCP_from401ToToolCall(t *testing.T) {
	folder, program := npm(t), build(t, "./goclient")
	for _, k := range kinds() {
		for _, lane := range []string{"cimd", "dcr", "seeded"} {
			t.Run(k.name+" "+lane, func(t *testing.T) {
				w := newWorld(t, k.revision)
				command := []string{program}
				if k.sdk > 0 {
					command = []string{tool(t, "node"), "client.mjs"}
				}
				id := map[string]string{"cimd": w.doc, "seeded": "desk"}[lane]
				if lane == "seeded" {
					w.desk()
				}
				c := begin(t, folder, command, map[string]any{"server": w.server, "issuer": w.Issuer(), "lane": lane, "clientID": id, "sdk": k.sdk, "revision": k.revision})
				w.wholeLife(c, k)
			})
		}
	}
}

// wholeLife is everything that a client does.
func (w *world) wholeLife(c *client, k kind) {
	t, browser := w.t, w.ada.Browser()
	var last string // the page that was opened last
	agree := func(address string) {
		last = address
		if landed := browser.SignIn(address); landed.Status != 200 || landed.Page() != "" {
			t.Fatalf("the browser is at %s %d: %s", landed.Page(), landed.Status, landed.Heading())
		}
	}
	nobody := func(address string) { t.Fatalf("asks the person: %s", address) }

	// 401, metadata of the resource, metadata of the issuer, registration, consent, token.
	got := c.does(order{"connect": true}, agree)
	if got.Connected == nil || got.Connected.Revision != k.revision || len(got.opened) != 1 {
		t.Fatalf("connect: %+v", got)
	}
	q := asks(t, last)
	if q.Get("resource") != w.server || q.Get("code_challenge_method") != "S256" || !slices.Contains(strings.Fields(q.Get("scope")), todo.ScopeRead) ||
		strings.Contains(q.Get("scope"), todo.ScopeWrite) {
		t.Errorf("asks %v", q)
	}
	t.Logf("negotiated %s; client %.40s; asked for %q, got %q, refresh token %v", got.Connected.Revision, q.Get("client_id"), q.Get("scope"), got.scopes, got.refresh)
	w.wantList(c.does(order{"tool": "list_todos"}, nobody), `{"todos":[]}`)

	// MC-11: the tool that writes asks for more; what was held is kept.
	got = c.does(order{"tool": "add_todo", "input": map[string]any{"text": "buy milk"}}, agree)
	w.wantList(got, "buy milk")
	if len(got.opened) != 1 || !covers(asks(t, last).Get("scope"), todo.ScopeRead, todo.ScopeWrite) {
		t.Errorf("PR-09: step-up opens %v", got.opened)
	}
	if len(got.scopes) == 0 || !covers(got.scopes[len(got.scopes)-1], todo.ScopeRead, todo.ScopeWrite) {
		t.Errorf("MC-11: the token of the step-up has %q", got.scopes)
	}

	// The access token has expired: a refresh, and nobody is asked. What was agreed to is there again.
	w.Advance(2 * time.Minute)
	got = c.does(order{"tool": "add_todo", "input": map[string]any{"text": "walk the dog"}}, nobody)
	w.wantList(got, "walk the dog")
	if len(got.scopes) == 0 || !covers(got.scopes[0], todo.ScopeRead, todo.ScopeWrite) {
		t.Errorf("the refreshed token has %q", got.scopes)
	}

	// What was granted has ended: the person signs in again, and finds what they left.
	w.end(asks(t, last).Get("client_id"), false) // the Go SDK has registered once more for the step-up
	w.Advance(2 * time.Minute)
	got = c.does(order{"tool": "list_todos"}, agree)
	w.wantList(got, "buy milk")
	if len(got.opened) != 1 {
		t.Errorf("opens %v", got.opened)
	}

	// The client is disabled: it asks for a sign-in, and the person is told that there is none to be had.
	w.end(asks(t, last).Get("client_id"), true)
	w.Advance(2 * time.Minute)
	address, failed := c.asksOrFails(order{"tool": "list_todos"})
	switch {
	case k.sdk == 0 && strings.Contains(failed, "invalid_client"): // the Go SDK says so and stops
	case asks(t, address).Get("client_id") != asks(t, last).Get("client_id") && strings.HasPrefix(asks(t, last).Get("client_id"), "kw_cl_"):
		// IN-10: it has registered anew, as anybody may. An operator who wants to keep out who does closes the lane.
	default:
		if landed := browser.Open(address); landed.Status < 400 || landed.Page() != "error" {
			t.Errorf("a disabled client leads to %s %d; it failed with %q", landed.Page(), landed.Status, failed)
		}
	}
}

func (w *world) wantList(got outcome, words string) {
	w.t.Helper()
	if got.Result == nil || got.Result.Error || !strings.Contains(got.Result.Text, words) {
		w.t.Fatalf("wanted %q: %+v", words, got)
	}
}

// covers: a scope parameter has all of these.
func covers(scope string, all ...string) bool {
	has := strings.Fields(scope)
	return !slices.ContainsFunc(all, func(one string) bool { return !slices.Contains(has, one) })
}
