package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/provider"
)

// waits goes by way of the sign-in to the page that says so.
func (l *lanesWorld) waits(b *browser, id string) shown {
	l.t.Helper()
	s := b.get(l.ask(id))
	if s.Name == core.PageSignIn {
		s = b.submit(s, "identifier", "ada@example.com")
		s = b.submit(s, "password", "open")
	}
	b.want(s, core.PageApproval)
	return s
}

// answered reads what went to the app on this computer.
func (l *lanesWorld) answered(s shown) url.Values {
	l.t.Helper()
	u, err := url.Parse(s.location)
	l.must(err)
	if s.status != http.StatusSeeOther || !strings.HasPrefix(s.location, "http://127.0.0.1:49152/cb") {
		l.t.Fatalf("no answer to the app: %d, page %q, error %q, location %q", s.status, s.Name, s.Error, s.location)
	}
	return u.Query()
}

func TestApproval_aPersonAsksAndAnOperatorDecides(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		t.Run(string(lane), func(t *testing.T) {
			l := newLanesWorld(t, true)
			id, c, b := l.ids[lane], l.admin(l.world.provider), l.browser()
			before, _ := l.rows()
			s := l.waits(b, id)
			if s.Args["asked"] != false {
				t.Errorf("asked: %v", s.Args["asked"])
			}
			if after, _ := l.rows(); after != before {
				t.Error("looking at the page has stored the client")
			}
			s = b.submit(s, "decision", "ask")
			if b.want(s, core.PageApproval); s.Args["asked"] != true {
				t.Errorf("after asking: %v", s.Args["asked"])
			}
			waiting, _, err := c.List(t.Context(), admin.Filter{Waiting: true}, "", 10)
			if err != nil || len(waiting) != 1 || waiting[0].ID != id || waiting[0].Record.WaitingFor.IsZero() || waiting[0].KeepUntil.IsZero() {
				t.Fatalf("%+v, %v", waiting, err)
			}
			if got := l.answered(b.submit(s, "decision", "back")); got.Get("error") != "access_denied" || got.Get("state") == "" {
				t.Errorf("back: %v", got)
			}
			if got := l.answered(b.get(l.ask(id, "prompt", "none"))); got.Get("error") != "access_denied" {
				t.Errorf("prompt=none: %v", got)
			}
			other := l.browser()
			if s := l.waits(other, id); s.Args["asked"] != true {
				t.Error("somebody else does not see that it waits")
			}
			there := l.replica()
			_, err = l.admin(there).Approve(t.Context(), id, byOla)
			l.must(err)
			_, refresh, access := l.tokens(id) // at once, on the replica that has it in memory
			if a, b, c := l.stands(id, refresh, access); !a || !b || !c {
				t.Errorf("approved: refreshed %v, userinfo %v, active %v", a, b, c)
			}
			for name, want := range map[core.EventName]int{core.EventClientWaiting: 1, core.EventClientApproved: 1, core.EventClientAdmitted: 1} {
				if got := l.happened(id, name); len(got) != want {
					t.Errorf("%s: %+v", name, got)
				}
			}
			row, err := c.Client(t.Context(), id)
			if err != nil || !row.Record.WaitingSince.IsZero() || lane == core.LaneCIMD && !row.KeepUntil.IsZero() {
				t.Errorf("%+v, %v", row, err)
			}
		})
	}
}

func TestApproval_refused(t *testing.T) {
	l := newLanesWorld(t, true)
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		id, b, c := l.ids[lane], l.browser(), l.admin(l.world.provider)
		s := b.submit(l.waits(b, id), "decision", "ask")
		_, err := c.Disable(t.Context(), id, admin.Act{By: "ola", Reason: "not for us"})
		l.must(err)
		b.wantError(b.submit(s, "decision", "back"), core.PageAppOff)
		waiting, _, err := c.List(t.Context(), admin.Filter{Waiting: true}, "", 10)
		if err != nil || len(waiting) != 0 {
			t.Errorf("%+v, %v", waiting, err)
		}
		_, err = c.Enable(t.Context(), id, byOla)
		l.must(err)
		if s := l.waits(b, id); s.Args["asked"] != false {
			t.Error("enabled, it has been asked for already")
		}
	}
	if s := l.browser().signIn(l.ask("desk"), "ada@example.com"); s.Name != core.PageConsent {
		t.Errorf("a client that the operator wrote down: page %q", s.Name)
	}
}

// What was granted before the operator asked to approve goes on; what is new waits,
// also where the answer was remembered.
func TestApproval_switchedOnLater(t *testing.T) {
	l := newLanesWorld(t, false)
	strict := newLanesWorld(t, true)
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		id := l.ids[lane]
		b, refresh, access := l.tokens(id)
		lax := l.config.Lanes
		l.config.Lanes = strict.config.Lanes
		l.at(l.replica())
		if a, b, c := l.stands(id, refresh, access); !a || !b || !c {
			t.Errorf("%s: refreshed %v, userinfo %v, active %v", lane, a, b, c)
		}
		l.waits(b, id)
		l.config.Lanes = lax
		l.at(l.replica())
	}
}

// Who may fill the database: people who are signed in, so many an hour.
func TestApproval_asksAreLimited(t *testing.T) {
	l := newLanesWorld(t, true)
	b := l.browser()
	before, _ := l.rows()
	for n := range 8 {
		id := l.register(cli)
		s := l.waits(b, id)
		s = b.submit(s, "decision", "ask")
		if n < 5 {
			b.want(s, core.PageApproval)
		} else {
			b.wantError(s, core.PageBusy)
		}
	}
	if after, _ := l.rows(); after != before+5 {
		t.Errorf("%d rows", after-before)
	}
	l.pass(time.Hour)
	b.want(b.submit(l.waits(b, l.register(cli)), "decision", "ask"), core.PageApproval)
	l.pass(39 * 24 * time.Hour)
	l.purge()
	if after, _ := l.rows(); after != before {
		t.Errorf("%d rows are left that nobody decided about", after-before)
	}
}

// Many people ask at once, for a client without a row: one of them is written down.
func TestApproval_asksRace(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		t.Run(string(lane), func(t *testing.T) {
			l := newLanesWorld(t, true)
			id := l.ids[lane]
			var asking sync.WaitGroup
			for n := range 8 {
				l.person(fmt.Sprintf("p%d@example.com", n))
				b := l.browser()
				s := b.signIn(l.ask(id), fmt.Sprintf("p%d@example.com", n))
				b.want(s, core.PageApproval)
				asking.Go(func() {
					if s := b.submit(s, "decision", "ask"); s.Name != core.PageApproval || s.Args["asked"] != true {
						t.Errorf("page %q, error %q", s.Name, s.Error)
					}
				})
			}
			asking.Wait()
			if got := l.happened(id, core.EventClientWaiting); len(got) != 1 {
				t.Errorf("%d events", len(got))
			}
		})
	}
}

// Each write of a client is lost, or its answer is: a repeat ends well, and each
// thing has happened once.
func TestApproval_faults(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		for _, lost := range clientFaults() {
			t.Run(fmt.Sprintf("%s/%+v", lane, lost), func(t *testing.T) {
				l := newLanesWorld(t, true)
				id := l.ids[lane]
				l.at(l.replica())
				c := l.admin(l.world.provider)

				b := l.browser()
				s := l.waits(b, id)
				l.store.Arm(lost)
				answer := b.do(http.MethodPost, s.Form.Action, s.fields("decision", "ask"), "X-Fault", "yes")
				if answer.status >= 500 && answer.status != http.StatusServiceUnavailable {
					t.Errorf("asking: %d", answer.status)
				}
				l.store.Arm(provider.Fault{})
				b.want(b.submit(s, "decision", "ask"), core.PageApproval)

				l.store.Arm(lost)
				if _, err := c.Approve(t.Context(), id, byOla); err != nil {
					l.store.Arm(provider.Fault{})
					_, err = c.Approve(t.Context(), id, byOla)
					l.must(err)
				}
				s = b.get(s.Form.Action) // the page is loaded again
				b.want(s, core.PageConsent)
				l.store.Arm(lost)
				b.do(http.MethodPost, s.Form.Action, s.fields("decision", "allow", "mine", "on"), "X-Fault", "yes")
				l.store.Arm(provider.Fault{})
				got := l.answered(b.submit(s, "decision", "allow", "mine", "on"))
				if r := l.redeem(id, got.Get("code")); r.status != http.StatusOK {
					t.Errorf("%d %s", r.status, r.text)
				}
				for _, name := range []core.EventName{core.EventClientWaiting, core.EventClientApproved, core.EventClientAdmitted} {
					if got := l.happened(id, name); len(got) != 1 {
						t.Errorf("%s: %d times", name, len(got))
					}
				}
			})
		}
	}
}
