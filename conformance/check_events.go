package conformance

import (
	"github.com/keywright/keywright/core"
)

func eventChecks() []Check {
	return []Check{
		check("event.append_comes_back_equal", "an audit log that alters what it was told is no evidence", eventAppended),
		check("event.append_all_or_nothing", "half a record of one act reads like another act", eventAllOrNothing),
		check("event.append_has_one_winner", "one act that two replicas record must stand in the log once, with the letters of one", eventOneWinner),
		check("event.filters", "an operator who asks what one account did must see that and nothing else", eventFilters),
		check("event.tenants_apart", "one company must not read another's audit log", eventTenants),
	}
}

func eventAppended(t *trial) {
	a, b := newEvent(), newEvent()
	bare := core.Event{ID: newID(), At: noon, Name: core.EventKeyCreated}
	t.ok(t.s.Append(t.ctx), "Append of nothing")
	t.ok(t.s.Append(t.ctx, a, b, bare), "Append")
	t.wantEvent(a, true, "appended")
	t.wantEvent(b, true, "appended")
	t.wantEvent(bare, true, "appended with nothing but id, time and name")
	t.wantDeliveries(a, b)
}

func eventAllOrNothing(t *trial) {
	there, other, again := newEvent(), newEvent(), newEvent()
	t.ok(t.s.Append(t.ctx, there), "Append")
	again.ID = there.ID
	t.that(t.s.Append(t.ctx, other, again) != nil, "an event whose id is taken was accepted")
	t.wantEvent(there, true, "written first")
	t.wantEvent(other, false, "written with one that was refused")
	t.wantDeliveries(there)
}

func eventOneWinner(t *trial) {
	rivals := make([]core.Event, callers)
	for n := range rivals {
		rivals[n] = newEvent()
		rivals[n].ID = rivals[0].ID
	}
	won := -1
	for n, err := range t.race(callers, func(n int) error { return t.s.Append(t.ctx, rivals[n]) }) {
		t.that(err != nil || won < 0, "two events of one id were accepted")
		if err == nil {
			won = n
		}
	}
	t.that(won >= 0, "none of %d events of one id was accepted", callers)
	t.wantEvent(rivals[won], true, "of the caller that won")
	t.wantDeliveries(rivals[won])
}

func eventFilters(t *trial) {
	want, shout := newEvent(), newEvent()
	shout.Client = upper(want.Client)
	t.ok(t.s.Append(t.ctx, want, shout, newEvent(), newEvent()), "Append")
	named := newEvent()
	named.Name = core.EventKeyCreated
	t.ok(t.s.Append(t.ctx, named), "Append")
	for _, one := range []struct {
		filter core.EventFilter
		want   core.ID
	}{
		{core.EventFilter{Account: want.Account}, want.ID},
		{core.EventFilter{Client: want.Client}, want.ID},
		{core.EventFilter{Name: core.EventKeyCreated}, named.ID},
		{core.EventFilter{Account: want.Account, Client: want.Client, Name: want.Name}, want.ID},
	} {
		got, err := t.s.Events(t.ctx, one.filter, core.PageOf{Limit: 10})
		t.ok(err, "Events")
		t.that(len(got) == 1 && got[0].ID == one.want, "Events with %+v gives %d events, want the one it names", one.filter, len(got))
	}
	none, err := t.s.Events(t.ctx, core.EventFilter{Account: want.Account, Client: shout.Client}, core.PageOf{Limit: 10})
	t.ok(err, "Events")
	t.that(len(none) == 0, "a filter of two members gives an event that has only one of them")
}

func eventTenants(t *trial) {
	other, e := t.neighbour(), newEvent()
	t.ok(t.s.Append(t.ctx, e), "Append")
	other.wantEvent(e, false, "of a neighbour")
	t.ok(other.s.Append(t.ctx, kept(e)), "Append of an id that only a neighbour has")
	got, err := t.s.Events(t.ctx, core.EventFilter{Account: e.Account}, core.PageOf{Limit: 10})
	t.ok(err, "Events")
	t.that(len(got) == 1, "an account's events are %d after a neighbour wrote one of the same name", len(got))
}
