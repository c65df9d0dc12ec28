package conformance

import (
	"time"

	"github.com/keywright/keywright/core"
)

func timeChecks() []Check {
	return []Check{
		check("time.microseconds_and_utc",
			"an instant that moves by a fraction, or by the offset of a zone, ends a session early or late, and no longer equals itself",
			timesKept),
		check("time.far_and_near",
			"what ends after 2038, before 1970 or never must do so on every database",
			timesFar),
		check("time.counted_to_the_microsecond",
			"a window or a lease that ends early lets a guess or a second worker in, one that ends late keeps people out",
			timesCounted),
		check("time.due_keeps_microseconds",
			"deliveries must be handed out neither early nor twice",
			timesDue),
	}
}

// instants are as callers may pass them: of any zone, with nanoseconds, around
// changes to summer time.
func instants() []time.Time {
	east, west := time.FixedZone("east", 5*3600+45*60), time.FixedZone("west", -9*3600)
	return []time.Time{
		noon,
		noon.Add(999 * time.Nanosecond),
		noon.In(east).Add(time.Microsecond),
		noon.In(west).Add(1999 * time.Nanosecond),
		time.Date(2031, 3, 30, 1, 30, 0, 999_999_999, time.UTC), // the hour that London skips
		time.Date(2031, 3, 30, 2, 30, 0, 1_000, time.UTC),       // … and Berlin
		time.Date(2031, 3, 9, 2, 30, 0, 1_000, time.UTC),        // … and New York
		time.Date(2031, 10, 26, 0, 30, 0, 1_000, time.UTC),      // the hour that Berlin has twice
		time.Date(2031, 10, 26, 1, 30, 0, 1_000, time.UTC),
		time.Date(2031, 10, 26, 2, 30, 0, 1_000, time.UTC),
		time.Date(2016, 12, 31, 23, 59, 59, 999_999_000, time.UTC), // before a leap second
		time.Date(2032, 2, 29, 23, 59, 59, 999_999_000, west),
	}
}

func timesKept(t *trial) {
	for _, at := range instants() {
		t.keepsInstant(at)
	}
}

func timesFar(t *trial) {
	for _, at := range []time.Time{
		{},
		time.Date(2038, 1, 19, 3, 14, 8, 1000, time.UTC),
		time.Date(2106, 2, 7, 6, 28, 16, 1000, time.UTC),
		time.Date(2262, 4, 11, 23, 47, 16, 854_776_000, time.UTC), // beyond 64 bits of nanoseconds
		time.Date(2500, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), // the last that a payload can say
		time.Date(1970, 1, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	} {
		t.keepsInstant(at)
	}
}

// keepsInstant tries an instant in every column that holds one.
func (t *trial) keepsInstant(at time.Time) {
	v := sessions().sample()
	v.Ends, v.IdleEnds, v.KeepUntil = at, at, at
	t.ok(t.s.CreateSession(t.ctx, v), "CreateSession")
	v.Ends, v.IdleEnds, v.KeepUntil = core.Instant(at), core.Instant(at), core.Instant(at)
	sessions().unchanged(t, sessions().at(v, 1), "with an instant of "+at.Format(time.RFC3339Nano))

	g := grants().sample()
	g.Session = v.ID
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
	_, standing, err := t.s.Grant(t.ctx, g.ID)
	t.ok(err, "Grant")
	same(t, core.Instant(at), standing.Session.Ends, "the end of a session in the standing of its grant")
	same(t, core.Instant(at), standing.Session.IdleEnds, "the idle end of a session in the standing of its grant")

	e := newEvent()
	e.At, e.KeepUntil = at, at
	t.ok(t.s.Append(t.ctx, e), "Append")
	e.At, e.KeepUntil = core.Instant(at), core.Instant(at)
	t.wantEvent(e, true, "with an instant of "+at.Format(time.RFC3339Nano))
}

// timesCounted tries instants where none is read back but all are compared.
func timesCounted(t *trial) {
	far := time.Date(9999, 12, 31, 22, 0, 0, 1_000, time.UTC)
	for _, at := range append(instants(), time.Date(2038, 1, 19, 3, 14, 7, 999_999_000, time.UTC), far) {
		key, ends := newHash(), core.Instant(at).Add(time.Minute)
		for n, now := range []time.Time{at, ends.Add(-time.Microsecond), ends} {
			same(t, core.Taken{Count: []int{1, 2, 1}[n], Resets: []time.Time{ends, ends, ends.Add(time.Minute)}[n]}, t.take(now, key),
				"an attempt at "+now.Format(time.RFC3339Nano))
		}
		name := "conformance " + newID().String()
		for _, one := range []struct {
			now  time.Time
			want bool
		}{{at, true}, {ends.Add(-time.Microsecond), false}, {ends, true}} {
			got, err := t.db.Lease(t.ctx, name, newID(), one.now, one.now.Add(ends.Sub(core.Instant(at))))
			t.ok(err, "Lease")
			t.that(got == one.want, "a lease until %v, asked for by another at %v: got it is %t", ends, one.now, got)
		}
	}
}

func timesDue(t *trial) {
	for _, at := range instants() {
		t.drain()
		e := newEvent()
		e.Deliveries[0].Due, e.Deliveries[0].KeepUntil = at, at
		t.ok(t.s.Append(t.ctx, e), "Append")
		e.Deliveries[0].Due, e.Deliveries[0].KeepUntil = core.Instant(at), core.Instant(at)
		t.wantDeliveries(e)
	}
}
