package provider_test

import (
	"net/http"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// FLT02 to FLT05 at the first sign-in by another identity provider: whichever call
// is lost, before or after it took effect, the same step taken again ends at the
// same account, and there is one.
func TestFLT_AFirstSignInByAnotherProviderIsRepeatable(t *testing.T) {
	said := []string{"sub", "s", "email", "new@corp.example", "verified", "1", "trusted", "1"}
	for _, call := range []string{"Interaction", "Credential", "AccountByIdentifier", "CreateAccount", "UpdateInteraction", "Account"} {
		for _, before := range []bool{true, false} {
			t.Run(call+map[bool]string{true: "/lost", false: "/answer lost"}[before], func(t *testing.T) {
				w := newWorld(t, others)
				b := w.browser()
				s := b.submit(b.get(request("app")), "way", "elsewhere")
				w.fault(call, before)
				first := b.do(http.MethodPost, s.Form.Action, s.fields(said...), "X-Fault", "1")
				if first.status != http.StatusSeeOther && first.status != http.StatusServiceUnavailable {
					t.Fatalf("status %d, page %q error %q", first.status, first.Name, first.Error)
				}
				w.store.Arm(provider.Fault{})
				if first.status == http.StatusSeeOther {
					s = b.follow(first)
				} else {
					s = b.submit(s, said...)
				}
				b.want(s, core.PageConsent)
				if w.accounts() != 2 || w.linkedTo("s") != w.holder("new@corp.example").ID {
					t.Errorf("%d accounts, linked to %v", w.accounts(), w.linkedTo("s"))
				}
			})
		}
	}
}
