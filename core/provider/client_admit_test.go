package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// Of many first approvals one makes the row, whichever lane the client came by.
func TestAdmit_firstApprovalsRace(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		t.Run(string(lane), func(t *testing.T) {
			l := newLanesWorld(t, false)
			id := l.ids[lane]
			codes := make([]string, 8)
			var agreeing sync.WaitGroup
			for n := range codes {
				b := l.browser()
				s := b.signIn(l.ask(id), "ada@example.com")
				agreeing.Go(func() {
					s = b.submit(s, "decision", "allow", "mine", "on")
					_, code, _ := strings.Cut(s.location, "code=")
					codes[n], _, _ = strings.Cut(code, "&")
				})
			}
			agreeing.Wait()
			for n, code := range codes {
				if r := l.redeem(id, code); r.status != http.StatusOK {
					t.Errorf("number %d: %d %s", n, r.status, r.text)
				}
			}
			if got := l.happened(id, core.EventClientAdmitted); len(got) != 1 || got[0].Account.IsZero() || got[0].Version != 1 {
				t.Errorf("admitted: %+v", got)
			}
		})
	}
}

// The write of the row is lost, or its answer is, so and so often: no code leaves
// before it stands, and a repeat ends well.
func TestAdmit_faults(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		for _, lost := range clientFaults() {
			t.Run(fmt.Sprintf("%s/%+v", lane, lost), func(t *testing.T) {
				l := newLanesWorld(t, false)
				l.at(l.replica())
				id, b := l.ids[lane], l.browser()
				s := b.signIn(l.ask(id), "ada@example.com")
				l.store.Arm(lost)
				first := b.do(http.MethodPost, s.Form.Action, s.fields("decision", "allow", "mine", "on"), "X-Fault", "yes")
				if _, err := l.store.Client(t.Context(), id); err != nil && strings.Contains(first.location, "code=") {
					t.Error("a code for a client without a row")
				}
				l.store.Arm(provider.Fault{})
				_, code, _ := strings.Cut(b.submit(s, "decision", "allow", "mine", "on").location, "code=")
				code, _, _ = strings.Cut(code, "&")
				if r := l.redeem(id, code); r.status != http.StatusOK {
					t.Errorf("%d %s", r.status, r.text)
				}
				if got := l.happened(id, core.EventClientAdmitted); len(got) != 1 {
					t.Errorf("admitted %d times", len(got))
				}
			})
		}
	}
}
