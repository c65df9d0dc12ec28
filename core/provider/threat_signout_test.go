package provider_test

import (
	"testing"

	"github.com/keywright/keywright/core"
)

func TestThreat_CSR20_WhatWasOpenAtASignOutDoesNotSignInAgain(t *testing.T) {
	for _, out := range []bool{false, true} {
		w := newWorld(t)
		b := w.browser()
		b.consented("ada@example.com")
		// Another tab: she has shown who she is, and stops at the question.
		left := b.get(request("app", "prompt", "login consent"))
		b.want(left, core.PagePassword)
		left = b.submit(left, "password", "open")
		b.want(left, core.PageConsent)
		if out {
			b.want(b.submit(b.get(endSession()), "decision", "signout"), core.PageSignedOut)
		}
		// Whoever sits there next finds the tab.
		again := b.submit(left, "decision", "allow")
		if signedIn := again.location != ""; signedIn == out {
			t.Errorf("signed out %v: page %q, error %q, location %q", out, again.Name, again.Error, again.location)
		}
		if out && !b.signedOut() {
			t.Error("signed in again")
		}
	}
}
