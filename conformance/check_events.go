package conformance

import (
	"time"

	"github.com/keywright/keywright/core"
)

func eventChecks() []Check {
	return []Check{
		check("event.append_comes_back_equal", "an audit log that alters what it was told is no evidence", eventAppended),
		check("event.append_all_or_nothing", "half a record of one act reads like another act", eventAllOrNothing),
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

func deliveryChecks() []Check {
	return []Check{
		check("delivery.claimed_once", "a delivery that two replicas hold is a mail sent twice", deliveryClaimedOnce),
		check("delivery.hidden_until", "what a replica held when it died must be handed out again, and not before", deliveryHidden),
		check("delivery.retry_and_finish", "a mail that failed must be tried again when it is due, one that went out never", deliveryRetried),
		check("delivery.due_only", "what is due later must wait", deliveryDue),
		check("delivery.tenants_apart", "finishing one company's mail must not drop another's", deliveryTenants),
	}
}

// claim gives this tenant's deliveries that are due.
func (t *trial) claim(now, until time.Time) map[core.ID]core.Delivery {
	mine := map[core.ID]core.Delivery{}
	all, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant}, now, until, 1000)
	t.ok(err, "ClaimDeliveries")
	for _, d := range all {
		t.that(d.Tenant == t.tenant, "a claim for one tenant gives a delivery of another")
		mine[d.ID] = d.Delivery
	}
	return mine
}

// waiting stores an event with n deliveries after clearing away the tenant's others.
func (t *trial) waiting(n int) []core.Delivery {
	t.drain()
	e := newEvent()
	for len(e.Deliveries) < n {
		e.Deliveries = append(e.Deliveries, newDelivery())
	}
	t.ok(t.s.Append(t.ctx, e), "Append")
	return e.Deliveries
}

func deliveryClaimedOnce(t *trial) {
	all := t.waiting(callers)
	claimed := make([][]core.ClaimedDelivery, 16)
	for _, err := range t.race(len(claimed), func(n int) (err error) {
		for range callers {
			got, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant}, noon, noon.Add(time.Hour), 5)
			if err != nil || len(got) == 0 {
				return err
			}
			t.that(len(got) <= 5, "a claim of at most 5 gives %d", len(got))
			claimed[n] = append(claimed[n], got...)
		}
		return nil
	}) {
		t.ok(err, "ClaimDeliveries in a race")
	}
	count := map[core.ID]int{}
	for _, some := range claimed {
		for _, d := range some {
			count[d.ID]++
		}
	}
	for _, d := range all {
		t.that(count[d.ID] <= 1, "a delivery was claimed %d times in one race, want once", count[d.ID])
	}
	for _, d := range all {
		t.that(count[d.ID] == 1, "a delivery that is due was claimed by nobody")
	}
	t.drain()
}

func deliveryHidden(t *trial) {
	d, until := t.waiting(1)[0], noon.Add(time.Minute)
	t.that(len(t.claim(noon, until)) == 1, "a delivery that is due is not handed out")
	t.that(len(t.claim(until.Add(-time.Microsecond), until)) == 0, "a claimed delivery is handed out again before its claim ends")
	again, found := t.claim(until, until.Add(time.Minute))[d.ID]
	t.that(found, "a delivery is not handed out when its claim has ended")
	t.that(again.Attempts == 0, "a claim counts %d attempts, want only RetryDelivery to count", again.Attempts)
	t.drain()
}

func deliveryRetried(t *trial) {
	d, due := t.waiting(1)[0], noon.Add(time.Minute)
	t.claim(noon, noon.Add(time.Hour))
	t.ok(t.db.RetryDelivery(t.ctx, t.tenant, d.ID, due), "RetryDelivery")
	t.that(len(t.claim(due.Add(-time.Microsecond), due)) == 0, "a delivery to be tried again is handed out before it is due")
	got, found := t.claim(due, due.Add(time.Hour))[d.ID]
	t.that(found, "a delivery to be tried again is not handed out when it is due")
	d.Due, d.Attempts = due, 1
	same(t, d, got, "a delivery that was tried again")
	t.ok(t.db.FinishDelivery(t.ctx, t.tenant, d.ID), "FinishDelivery")
	t.that(len(t.claim(farOff, farOff)) == 0, "a finished delivery is handed out")
	_ = t.db.RetryDelivery(t.ctx, t.tenant, d.ID, due)
	t.that(len(t.claim(farOff, farOff)) == 0, "a finished delivery came back by being retried")
}

func deliveryDue(t *trial) {
	t.drain()
	e := newEvent()
	e.Deliveries[0].Due = noon.Add(time.Microsecond)
	t.ok(t.s.Append(t.ctx, e), "Append")
	t.that(len(t.claim(noon, noon)) == 0, "a delivery is handed out before it is due")
	t.that(len(t.claim(noon.Add(time.Microsecond), farOff)) == 1, "a delivery is not handed out when it is due")
	t.drain()
}

func deliveryTenants(t *trial) {
	other, d := t.neighbour(), t.waiting(1)[0]
	_ = t.db.FinishDelivery(t.ctx, other.tenant, d.ID)
	_ = t.db.RetryDelivery(t.ctx, other.tenant, d.ID, farOff)
	got := t.claim(noon, noon.Add(time.Hour))
	t.that(len(got) == 1, "a delivery is gone, or late, after a call that named another tenant")
	same(t, d, got[d.ID], "a delivery after a call that named another tenant")
	t.drain()
}
