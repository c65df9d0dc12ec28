package provider_test

import (
	"context"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/provider"
)

// operatorAct is one act, and what follows from it.
type operatorAct struct {
	name  string
	do    func(admin.Clients, context.Context, string, admin.Act) (core.Client, error)
	keeps bool            // what was granted
	page  *core.PageError // that answers the next request; nil: it gets in
	token string          // what the token endpoint says to a refresh
	event core.EventName
}

func operatorActs() []operatorAct {
	disableAndEnable := func(c admin.Clients, ctx context.Context, id string, act admin.Act) (core.Client, error) {
		if c, err := c.Disable(ctx, id, act); err != nil {
			return c, err
		}
		return c.Enable(ctx, id, act)
	}
	return []operatorAct{
		{"disable", admin.Clients.Disable, false, core.PageAppOff, "invalid_client", core.EventClientDisabled},
		{"enable", disableAndEnable, false, nil, "invalid_grant", core.EventClientEnabled},
		{"revoke", admin.Clients.Revoke, false, nil, "invalid_grant", core.EventClientRevoked},
		{"delete", admin.Clients.Delete, false, core.PageAppUnknown, "invalid_client", core.EventClientDeleted},
		{"approve", admin.Clients.Approve, true, nil, "", core.EventClientApproved},
	}
}

// What each act of an operator does to what was granted, and to what is asked for
// next, on the replica of the act and on another that has everything in memory.
func TestOperator_eachActOnEachLane(t *testing.T) {
	for _, act := range operatorActs() {
		for _, lane := range []core.Lane{core.LaneSeeded, core.LaneCIMD, core.LaneDCR} {
			t.Run(act.name+"/"+string(lane), func(t *testing.T) {
				l := newLanesWorld(t, false)
				id, here, there := l.ids[lane], l.world.provider, l.replica()
				b, refresh, access := l.tokens(id)
				l.at(there)
				if a, b, c := l.stands(id, refresh, access); !a || !b || !c {
					t.Fatalf("before: refreshed %v, userinfo %v, active %v", a, b, c)
				}
				_, refresh, access = l.tokens(id)
				_, err := act.do(l.admin(here), t.Context(), id, byOla)
				l.must(err)

				l.follows(act, there, id, refresh, access)
				l.asksAgain(act, b, id)
				l.follows(act, here, id, refresh, access)
				l.asksAgain(act, b, id)
				l.must(l.seeded.Apply(t.Context(), l.store)) // a restart with the same seed
				l.asksAgain(act, l.browser(), id)
				if lane == core.LaneSeeded && act.name == "approve" {
					return // nothing to approve
				}
				events := l.happened(id, act.event)
				if len(events) != 1 || events[0].More["by"] != byOla.By || events[0].Reason != byOla.Reason {
					t.Errorf("events: %+v", events)
				}
			})
		}
	}
}

// follows looks at what was granted, with no time gone by.
func (l *lanesWorld) follows(act operatorAct, p *provider.Provider, id, refresh, access string) {
	l.t.Helper()
	l.at(p)
	refreshed, read, active := l.stands(id, refresh, access)
	if read != act.keeps || active != act.keeps || refreshed && !act.keeps {
		l.t.Errorf("refreshed %v, userinfo %v, active %v", refreshed, read, active)
	}
	if r := l.refresh(id, refresh); act.token != "" && r.says("error") != act.token {
		l.t.Errorf("refreshing gives %q, want %q", r.says("error"), act.token)
	}
}

// asksAgain looks at what people get who come with the app, within the time that a
// client may be remembered for.
func (l *lanesWorld) asksAgain(act operatorAct, b *browser, id string) {
	l.t.Helper()
	l.pass(core.MaxClientStale)
	s := b.get(l.ask(id))
	if act.page != nil {
		b.wantError(s, act.page)
	} else if s.Name != core.PageConsent && s.Name != core.PageSignIn {
		l.t.Errorf("page %q, error %q", s.Name, s.Error)
	}
}
