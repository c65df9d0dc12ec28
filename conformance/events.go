package conformance

import (
	"bytes"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// farOff is after everything that a check makes.
var farOff = time.Date(2900, 1, 1, 0, 0, 0, 0, time.UTC)

func compareIDs(a, b core.ID) int { return bytes.Compare(a[:], b[:]) }

// newEvent is complete and carries one delivery.
func newEvent() core.Event {
	e := core.Event{
		ID: newID(), At: noon, Name: core.EventGrantCreated, Account: newID(), Client: "client " + newID().String(),
		Thing: newID(), Version: 1<<53 + 1, KeepUntil: noon.Add(365 * 24 * time.Hour),
		Deliveries: []core.Delivery{newDelivery()},
	}
	fill(&e.EventTerms)
	return e
}

func newDelivery() core.Delivery {
	d := core.Delivery{ID: newID(), Kind: "mail", Due: noon, KeepUntil: noon.Add(24 * time.Hour)}
	fill(&d.Body)
	return d
}

// kept is an event as the log gives it back: deliveries are not part of it.
func kept(e core.Event) core.Event {
	e.Deliveries = nil
	return e
}

// before is the id just below one.
func before(id core.ID) core.ID {
	for n := len(id) - 1; n >= 0; n-- {
		id[n]--
		if id[n] != 0xff {
			break
		}
	}
	return id
}

// event finds an event by its id.
func (t *trial) event(id core.ID) (core.Event, error) {
	all, err := t.s.Events(t.ctx, core.EventFilter{}, core.PageOf{After: before(id), Limit: 1})
	switch {
	case err != nil:
		return core.Event{}, err
	case len(all) > 1:
		return core.Event{}, errors.New("a page of one event holds several")
	case len(all) == 0 || all[0].ID != id:
		return core.Event{}, core.ErrNotFound
	}
	return kept(all[0]), nil
}

// wantEvent wants the event to be in the log as it was written, or not at all.
func (t *trial) wantEvent(e core.Event, there bool, which string) {
	got, err := t.event(e.ID)
	if !there {
		t.that(errors.Is(err, core.ErrNotFound), "the event %s is in the log (%v), want none", which, err)
		return
	}
	t.ok(err, "reading the event "+which)
	same(t, kept(e), got, "the event "+which)
}

// drain claims and finishes every delivery of this tenant and gives them.
func (t *trial) drain() map[core.ID]core.Delivery {
	mine := map[core.ID]core.Delivery{}
	for range 1000 {
		all, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant}, farOff, farOff.Add(time.Hour), 1000)
		t.ok(err, "ClaimDeliveries")
		for _, d := range all {
			t.that(d.Tenant == t.tenant, "a claim for one tenant gives a delivery of another")
			mine[d.ID] = d.Delivery
			t.ok(t.db.FinishDelivery(t.ctx, d.Tenant, d.ID), "FinishDelivery")
		}
		if len(all) == 0 {
			return mine
		}
	}
	t.failf("ClaimDeliveries hands out deliveries that were finished")
	return nil
}

// wantDeliveries wants exactly the deliveries of these events to wait.
func (t *trial) wantDeliveries(of ...core.Event) {
	got, n := t.drain(), 0
	for _, e := range of {
		for _, d := range e.Deliveries {
			one, found := got[d.ID]
			t.that(found, "the delivery of an event that was stored is missing")
			same(t, d, one, "the delivery of an event")
			n++
		}
	}
	t.that(len(got) == n, "%d deliveries wait, want %d: some belong to writes that were refused", len(got), n)
}
