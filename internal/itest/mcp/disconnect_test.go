package mcp

import (
	"net/http"
	"time"

	"github.com/keywright/keywright/examples/mcp/todo"
)

// isDisconnected, CN-09, BC-03: the person ends the connection on the page of their account. The token that the client holds is worth nothing when it
// has expired, which is soon; it can not be renewed; and the person is asked anew, not let through.
func (l *life) isDisconnected() {
	l.t.Helper()
	landed := l.browser.Open(l.Issuer() + "/account/apps")
	for range 3 { // a client that registers anew for a step-up is there more than once
		press := landed.Button("apps-form", "Disconnect")
		if press == "" {
			break
		}
		l.browser.Submit("apps-form", nil, press)
		landed = l.browser.Submit("act", nil)
	}
	if landed.Page() != "apps" || landed.Button("apps-form", "Disconnect") != "" {
		l.t.Fatalf("not disconnected: %s %d %s", landed.Page(), landed.Status, landed.Heading())
	}
	l.asksAgain("disconnected")
}

// revokes, RV-01, RV-03, RV-05: the client itself gives its refresh token back, and hears the same whether it was good or not.
func (l *life) revokes() {
	l.t.Helper()
	for range 2 {
		if got := l.c.does(order{"revoke": true}, l.nobody); got.Revoked != http.StatusOK {
			l.t.Fatalf("revocation: %+v", got)
		}
	}
	l.asksAgain("revoked")
}

// asksAgain: the next call is answered 401 and the refresh invalid_grant, so the client opens the browser, where the person finds the consent
// page. Then their data is there again.
func (l *life) asksAgain(what string) {
	l.t.Helper()
	l.Advance(2 * time.Minute)
	consents := 0
	got := l.c.does(order{"tool": "list_todos"}, func(address string) {
		l.last = address
		landed := l.browser.Open(address)
		if landed.Page() != "consent" {
			l.t.Fatalf("%s: the browser is at %s %d", what, landed.Page(), landed.Status)
		}
		consents++
		l.browser.Continue()
	})
	l.wantList(got, "buy milk")
	if consents != 1 || len(got.scopes) == 0 || !covers(got.scopes[0], todo.ScopeRead) {
		l.t.Errorf("%s: %d consents, scopes %q", what, consents, got.scopes)
	}
}
