package conformance

import (
	"fmt"
	"slices"

	"github.com/keywright/keywright/core"
)

// rowChecks are what holds for every kind of thing.
func rowChecks[V any](r role[V]) []Check {
	checks := []Check{
		check(r.name+".comes_back_equal",
			"what is read is what decisions are made on; a member lost or altered is a decision changed. Members that a later release wrote must survive an older one, or releases cannot run side by side",
			r.comesBackEqual),
		check(r.name+".create_refuses_a_taken_key",
			"what a one-shot thing becomes takes its id from it; a second create that succeeds is a code, link or invitation used twice",
			r.createRefusesTaken),
		check(r.name+".missing_is_told_from_broken",
			"ErrNotFound becomes invalid_grant or a sign-in page, anything else a 503; confusing them throws away good tokens",
			r.missingIsTold),
		check(r.name+".update_is_conditional",
			"every one-shot promise, a code redeemed once, a family that never forks, rests on this one comparison",
			r.updateIsConditional),
		check(r.name+".one_winner_of_many",
			"callers that race must see one success: two winners are two token families from one code",
			r.oneWinner),
		check(r.name+".no_update_is_lost",
			"a revocation written between another caller's read and write must not be undone by it",
			r.noUpdateLost),
		check(r.name+".events_iff_change",
			"the event log is the audit log: an event without its change accuses, a change without its event hides, and a delivery without its change mails people about nothing",
			r.eventsIffChange),
		check(r.name+".tenants_apart",
			"an id of one issuer must mean nothing at another, whoever learns it",
			r.tenantsApart),
	}
	return append(checks, check(r.name+".create_has_one_winner",
		"two replicas that create the same thing at once must agree who did",
		r.createOneWinner))
}

// stored creates a sample and reads it back.
func (r role[V]) stored(t *trial) V {
	v := r.sample()
	t.ok(r.create(t.ctx, t.s, v), "create")
	got, err := r.read(t.ctx, t.s, v)
	t.ok(err, "read after create")
	return got
}

// at is v as it must be read at a version.
func (r role[V]) at(v V, version uint64) V {
	r.row(&v).Version = version
	return v
}

func (r role[V]) comesBackEqual(t *trial) {
	v := r.sample()
	t.ok(r.create(t.ctx, t.s, v), "create")
	got, err := r.read(t.ctx, t.s, v)
	t.ok(err, "read after create")
	same(t, r.at(v, 1), got, "after create")
	r.alter(&got)
	r.row(&got).Change = newID()
	t.ok(r.update(t.ctx, t.s, got), "update")
	again, err := r.read(t.ctx, t.s, v)
	t.ok(err, "read after update")
	same(t, r.at(got, 2), again, "after update")
}

func (r role[V]) createRefusesTaken(t *trial) {
	v := r.stored(t)
	other := v
	r.alter(&other)
	r.row(&other).Change = newID()
	t.conflict(r.create(t.ctx, t.s, other), "second create of the same keys")
	r.unchanged(t, v, "after a create that was refused")
}

func (r role[V]) missingIsTold(t *trial) {
	v := r.sample()
	_, err := r.read(t.ctx, t.s, v)
	t.notFound(err, "read of what was never stored")
	for _, version := range []uint64{0, 1} {
		t.conflict(r.update(t.ctx, t.s, r.at(v, version)), fmt.Sprintf("update, at version %d, of what was never stored", version))
	}
	_, err = r.read(t.ctx, t.s, v)
	t.notFound(err, "read after an update that was refused")
}

func (r role[V]) updateIsConditional(t *trial) {
	first := r.stored(t)
	second := first
	r.alter(&second)
	r.row(&second).Change = newID()
	t.ok(r.update(t.ctx, t.s, second), "update at the version read")
	second = r.at(second, 2)
	for _, version := range []uint64{0, 1, 3, 1<<63 - 1} {
		stale := r.at(first, version)
		r.row(&stale).Change = newID()
		t.conflict(r.update(t.ctx, t.s, stale), fmt.Sprintf("update at version %d of a row at version 2", version))
		r.unchanged(t, second, "after an update that was refused")
	}
}

// unchanged wants the row to be v.
func (r role[V]) unchanged(t *trial, v V, when string) {
	got, err := r.read(t.ctx, t.s, v)
	t.ok(err, "reading the "+r.name+" "+when)
	same(t, v, got, "the "+r.name+" "+when)
}

// rivals are versions of v, each with its own payload and Change.
func (r role[V]) rivals(v V) []V {
	all := make([]V, callers)
	for n := range all {
		all[n] = v
		r.alter(&all[n])
		r.row(&all[n]).Change = newID()
	}
	return all
}

func (r role[V]) oneWinner(t *trial) {
	v := r.stored(t)
	rivals, events := r.rivals(v), make([]core.Event, callers)
	for n := range events {
		events[n] = newEvent()
	}
	errs := t.race(callers, func(n int) error { return r.update(t.ctx, t.s, rivals[n], events[n]) })
	winner := t.oneWinner(errs, "updates of one row")
	r.unchanged(t, r.at(rivals[winner], 2), "after the race")
	for n := range events {
		t.wantEvent(events[n], n == winner, "of a caller in the race")
	}
	t.wantDeliveries(events[winner])
}

func (r role[V]) createOneWinner(t *trial) {
	rivals := r.rivals(r.sample())
	errs := t.race(callers, func(n int) error { return r.create(t.ctx, t.s, rivals[n]) })
	winner := t.oneWinner(errs, "creates of one key")
	r.unchanged(t, r.at(rivals[winner], 1), "after the race")
}

// noUpdateLost lets callers write until each has succeeded a few times: every
// success must have been built on the one before.
func (r role[V]) noUpdateLost(t *trial) {
	const writers, each, most = 8, 4, 5000
	v := r.stored(t)
	history := make([][]core.ID, writers)
	errs := t.race(writers, func(n int) error {
		for tries := 0; len(history[n]) < each; tries++ {
			t.that(tries < most, "no update under contention succeeds in %d attempts", most)
			got, err := r.read(t.ctx, t.s, v)
			if err != nil {
				return err
			}
			before, change := r.row(&got).Change, newID()
			r.row(&got).Change = change
			if err = r.update(t.ctx, t.s, got); err == nil {
				history[n] = append(history[n], before)
				continue
			}
			t.conflict(err, "update under contention")
		}
		return nil
	})
	for _, err := range errs {
		t.ok(err, "a writer under contention")
	}
	got, err := r.read(t.ctx, t.s, v)
	t.ok(err, "read after contention")
	t.that(r.row(&got).Version == 1+writers*each, "the version is %d after %d updates", r.row(&got).Version, writers*each)
	replaced := slices.Concat(history...)
	slices.SortFunc(replaced, compareIDs)
	t.that(len(slices.Compact(replaced)) == writers*each, "two updates replaced the same state of the row: one of them is lost")
}

func (r role[V]) eventsIffChange(t *trial) {
	v := r.sample()
	created, refused, updated, stale := newEvent(), newEvent(), newEvent(), newEvent()
	if r.eventless {
		t.ok(r.create(t.ctx, t.s, v), "create")
	} else {
		t.ok(r.create(t.ctx, t.s, v, created), "create with an event")
		t.wantEvent(created, true, "of a create")
		t.conflict(r.create(t.ctx, t.s, v, refused), "create of a taken key")
		t.wantEvent(refused, false, "of a create that was refused")
	}
	t.ok(r.update(t.ctx, t.s, r.at(v, 1), updated), "update with an event")
	t.wantEvent(updated, true, "of an update")
	t.conflict(r.update(t.ctx, t.s, r.at(v, 1), stale), "update at an old version")
	t.wantEvent(stale, false, "of an update that was refused")

	again := newEvent()
	again.ID = updated.ID
	err := r.update(t.ctx, t.s, r.at(v, 2), newEvent(), again)
	t.that(err != nil, "an update with an event whose id is taken was accepted")
	r.unchanged(t, r.at(v, 2), "after a write whose event could not be stored")
	if r.eventless {
		t.wantDeliveries(updated)
		return
	}
	t.wantDeliveries(created, updated)
}

func (r role[V]) tenantsApart(t *trial) {
	other, v := t.neighbour(), r.stored(t)
	_, err := r.read(t.ctx, other.s, v)
	t.notFound(err, "read with a neighbour's keys")
	mine := v
	r.alter(&mine)
	t.conflict(r.update(t.ctx, other.s, mine), "update with a neighbour's keys")
	r.unchanged(t, v, "after a neighbour's update")
	t.ok(r.create(t.ctx, other.s, mine), "create of keys that only a neighbour has")
	r.unchanged(t, v, "after a neighbour created the same keys")
	r.unchanged(other, r.at(mine, 1), "of the neighbour's own")
}
