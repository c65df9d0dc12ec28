package mcp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/mcp/idp"
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
		{"typescript 2 2025-06-18", 2, "2025-06-18"},
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
				id := map[string]string{"cimd": w.doc, "seeded": "desk"}[lane]
				if lane == "seeded" {
					w.desk()
				}
				c := begin(t, folder, k.command(t, program), k.settings(w, lane, id))
				w.wholeLife(c, k)
			})
		}
		t.Run(k.name+" issuer below a path", func(t *testing.T) { belowAPath(t, folder, program, k) })
	}
}

// belowAPath, IN-13, MC-02: such an issuer has its metadata at other places, and the clients find it.
func belowAPath(t *testing.T, folder, program string, k kind) {
	w := newWorldWith(t, idp.Options{}, "/tenant/one", k.revision)
	l := &life{world: w, c: begin(t, folder, k.command(t, program), k.settings(w, "dcr", "")), k: k, browser: w.ada.Browser()}
	l.connects()
}

// command starts the client of the kind.
func (k kind) command(t *testing.T, goProgram string) []string {
	t.Helper()
	if k.sdk == 0 {
		return []string{goProgram}
	}
	return []string{tool(t, "node"), "client.mjs"}
}

// settings are what the client is told.
func (k kind) settings(w *world, lane, id string) map[string]any {
	return map[string]any{"server": w.server, "issuer": w.Issuer(), "lane": lane, "clientID": id, "sdk": k.sdk, "revision": k.revision}
}

// life is what one client does, and the person beside it.
type life struct {
	*world
	c       *client
	k       kind
	browser *providertest.Browser
	last    string // the page that was opened last
}

func (w *world) wholeLife(c *client, k kind) {
	l := &life{world: w, c: c, k: k, browser: w.ada.Browser()}
	l.connects()
	l.stepsUp()
	l.refreshes()
	l.isDisconnected()
	l.revokes()
	l.losesItsGrant()
	l.isDisabled()
}

// agree has the person sign in where that is needed, and agree.
func (l *life) agree(address string) {
	l.last = address
	if landed := l.browser.SignIn(address); landed.Status != 200 || landed.Page() != "" {
		l.t.Fatalf("the browser is at %s %d: %s", landed.Page(), landed.Status, landed.Heading())
	}
}

// nobody is there to agree.
func (l *life) nobody(address string) { l.t.Fatalf("asks the person: %s", address) }

// connects: 401, metadata of the resource, metadata of the issuer, registration, consent, token, call.
func (l *life) connects() {
	got := l.c.does(order{"connect": true}, l.agree)
	if got.Connected == nil || got.Connected.Revision != l.k.revision || len(got.opened) != 1 {
		l.t.Fatalf("connect: %+v", got)
	}
	q := asks(l.t, l.last)
	if q.Get("resource") != l.server || q.Get("code_challenge_method") != "S256" || !covers(q.Get("scope"), todo.ScopeRead) || covers(q.Get("scope"), todo.ScopeWrite) {
		l.t.Errorf("asks %v", q)
	}
	l.t.Logf("negotiated %s; client %.40s; asked for %q, got %q, refresh token %v", got.Connected.Revision, q.Get("client_id"), q.Get("scope"), got.scopes, got.refresh)
	l.wantList(l.c.does(order{"tool": "list_todos"}, l.nobody), `{"todos":[]}`)
}

// stepsUp: the tool that writes asks for more; what was held is kept (MC-11).
func (l *life) stepsUp() {
	got := l.c.does(order{"tool": "add_todo", "input": map[string]any{"text": "buy milk"}}, l.agree)
	l.wantList(got, "buy milk")
	if len(got.opened) != 1 || !covers(asks(l.t, l.last).Get("scope"), todo.ScopeRead, todo.ScopeWrite) {
		l.t.Errorf("PR-09: step-up opens %v", got.opened)
	}
	if len(got.scopes) == 0 || !covers(got.scopes[len(got.scopes)-1], todo.ScopeRead, todo.ScopeWrite) {
		l.t.Errorf("MC-11: the token of the step-up has %q", got.scopes)
	}
}

// refreshes: the access token has expired, and nobody is asked. What was agreed to is there again.
func (l *life) refreshes() {
	l.Advance(2 * time.Minute)
	got := l.c.does(order{"tool": "add_todo", "input": map[string]any{"text": "walk the dog"}}, l.nobody)
	l.wantList(got, "walk the dog")
	if len(got.scopes) == 0 || !covers(got.scopes[0], todo.ScopeRead, todo.ScopeWrite) {
		l.t.Errorf("the refreshed token has %q", got.scopes)
	}
}

// losesItsGrant: the person signs in again, and finds what they left.
func (l *life) losesItsGrant() {
	l.end(asks(l.t, l.last).Get("client_id"), false) // the Go SDK has registered once more for the step-up
	l.Advance(2 * time.Minute)
	got := l.c.does(order{"tool": "list_todos"}, l.agree)
	l.wantList(got, "buy milk")
	if len(got.opened) != 1 {
		l.t.Errorf("opens %v", got.opened)
	}
}

// isDisabled: the person is told that there is nothing to be had.
func (l *life) isDisabled() {
	id := asks(l.t, l.last).Get("client_id")
	l.end(id, true)
	l.Advance(2 * time.Minute)
	address, failed := l.c.asksOrFails(order{"tool": "list_todos"})
	switch {
	case l.k.sdk == 0 && strings.Contains(failed, "invalid_client"): // the Go SDK says so and stops
	case strings.HasPrefix(id, "kw_cl_") && asks(l.t, address).Get("client_id") != id:
		// IN-10: it has registered anew, as anybody may. An operator who wants to keep out who does closes the lane.
	default:
		if landed := l.browser.Open(address); landed.Status < 400 || landed.Page() != "error" {
			l.t.Errorf("a disabled client leads to %s %d; it failed with %q", landed.Page(), landed.Status, failed)
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
