package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// MC-15, CON05, CON06, CON09: another identity provider that lets its people in
// without a question is no consent: each client of ours is asked about here, and
// what one browser began no other can go on with.
func TestMC15_ThreatCON05_CON06_anUpstreamSessionIsNoConsent(t *testing.T) {
	w := newWorld(t, others)
	w.organization("corp", false, []string{"corp.example"}, justInTime("Corp"))
	w.client("evil", nil)
	victim := w.browser()
	s := victim.typed(request("app"), "bob@corp.example")
	s = victim.submit(s, "sub", "bob", "email", "bob@corp.example", "verified", "1", "trusted", "1")
	victim.answer(victim.submit(s, "decision", "allow", "remember", "on"))
	victim.answer(victim.get(request("app", "prompt", "none")))

	// With a session here: asked, for this client; silence is refused.
	s = victim.get(request("evil"))
	if victim.want(s, core.PageConsent); s.App == nil || s.Consent.StepUp {
		t.Errorf("%+v", s.Consent)
	}
	if got := victim.answer(victim.get(request("evil", "prompt", "none"))); got.Get("error") != "consent_required" {
		t.Errorf("silently: %v", got)
	}
	// With none here, and one there: the way back leads to the question, not to a code.
	again := w.browser()
	s = again.typed(request("evil"), "bob@corp.example")
	if s = again.submit(s, "sub", "bob"); s.Name != core.PageConsent || strings.Contains(s.location, "code=") {
		t.Errorf("page %q, to %q", s.Name, s.location)
	}
	// What an attacker began is not the victim's to end.
	attacker := w.browser()
	begun := attacker.typed(request("evil"), "bob@corp.example")
	if attacker.want(begun, "company"); begun.path == "" {
		t.Fatal("no way there")
	}
	if got := victim.get(begun.path); got.status != http.StatusBadRequest || got.location != "" {
		t.Errorf("drawn in another browser: status %d, page %q", got.status, got.Name)
	}
	if got := victim.do(http.MethodPost, begun.Form.Action, begun.fields("sub", "bob")); got.status < 400 || got.location != "" {
		t.Errorf("ended in another browser: status %d, to %q", got.status, got.location)
	}
}
