package conformance

import (
	"time"

	"github.com/keywright/keywright/core"
)

func deliveryChecks() []Check {
	return []Check{
		check("delivery.claimed_once", "a delivery that two replicas hold is a mail sent twice", deliveryClaimedOnce),
		check("delivery.hidden_until", "what a replica held when it died must be handed out again, and not before", deliveryHidden),
		check("delivery.retry_and_finish", "a mail that failed must be tried again when it is due, one that went out never", deliveryRetried),
		check("delivery.due_only", "what is due later must wait", deliveryDue),
		check("delivery.tenants_apart", "finishing one company's mail must not drop another's", deliveryTenants),
		check("delivery.claim_names_tenants", "a process that claims letters it cannot open keeps them from the one that can; one that does not see past them sends none of its own", deliveryServed),
		check("delivery.claim_of_many_tenants", "a process that serves thousands must not leave the last of them without mail", deliveryMany),
		check("delivery.claim_of_all_tenants", "a process that serves every tenant asks once, not once for each", deliveryAll),
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
	t.ok(t.db.FinishDelivery(t.ctx, t.tenant, d.ID), "FinishDelivery of one that is gone")
	t.ok(t.db.RetryDelivery(t.ctx, t.tenant, d.ID, due), "RetryDelivery of one that is gone")
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

// deliveryServed has a neighbour with many letters, all due before those of this
// tenant.
func deliveryServed(t *trial) {
	other, third := t.neighbour(), t.neighbour()
	all := other.waiting(30)
	d := t.waiting(1)[0]
	third.waiting(1)
	got, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant}, noon, noon.Add(time.Hour), 5)
	t.ok(err, "ClaimDeliveries")
	t.that(len(got) == 1 && got[0].Tenant == t.tenant, "a claim for one tenant gives %d deliveries, want its one", len(got))
	same(t, d, got[0].Delivery, "the delivery of the tenant that was named")
	none, err := t.db.ClaimDeliveries(t.ctx, []core.ID{newID()}, noon, noon.Add(time.Hour), 5)
	t.ok(err, "ClaimDeliveries for a tenant that has none")
	t.that(len(none) == 0, "a claim for a tenant that has none gives %d deliveries", len(none))
	seen := map[core.ID]bool{}
	for range len(all) {
		got, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant, other.tenant}, noon, noon.Add(time.Hour), 5)
		t.ok(err, "ClaimDeliveries for two tenants")
		for _, one := range got {
			t.that(one.Tenant == other.tenant, "a claim gives a delivery that is claimed, or of a tenant that was not named")
			seen[one.ID] = true
		}
	}
	t.that(len(seen) == len(all), "%d of %d deliveries are left after another tenant's were claimed", len(seen), len(all))
	t.that(len(third.drain()) == 1, "a delivery is gone after claims that did not name its tenant")
	t.waiting(3)
	other.waiting(3)
	both, err := t.db.ClaimDeliveries(t.ctx, []core.ID{t.tenant, other.tenant, t.tenant}, noon, noon.Add(time.Hour), 5)
	t.ok(err, "ClaimDeliveries for two tenants, one of them twice")
	apart := map[core.ID]bool{}
	for _, one := range both {
		apart[one.ID] = true
	}
	t.that(len(both) == 5 && len(apart) == 5, "a claim of at most 5 for two tenants with 3 each, one named twice, gives %d, of which %d differ", len(both), len(apart))
	t.drain()
	other.drain()
}

// deliveryMany names as many tenants as can be named, this one last.
func deliveryMany(t *trial) {
	d := t.waiting(1)[0]
	var served []core.ID
	for len(served) < core.MaxClaimTenants-1 {
		served = append(served, newID())
	}
	served = append(served, t.tenant)
	got, err := t.db.ClaimDeliveries(t.ctx, served, noon, noon.Add(time.Hour), 5)
	t.ok(err, "ClaimDeliveries for as many tenants as can be named")
	t.that(len(got) == 1 && got[0].ID == d.ID, "a claim for %d tenants gives %d deliveries, want the one of the last", len(served), len(got))
	_, err = t.db.ClaimDeliveries(t.ctx, append(served, newID()), noon, noon.Add(time.Hour), 5)
	t.that(err != nil, "a claim for more than %d tenants was accepted", core.MaxClaimTenants)
	t.drain()
}

// deliveryAll claims at an instant at which nothing else in a database is due.
func deliveryAll(t *trial) {
	long := time.Date(1985, 6, 1, 0, 0, 0, 0, time.UTC)
	want := map[core.ID]*trial{}
	for _, one := range []*trial{t, t.neighbour()} {
		e := newEvent()
		e.Deliveries[0].Due = long
		t.ok(one.s.Append(t.ctx, e), "Append")
		want[e.Deliveries[0].ID] = one
	}
	for _, nobody := range [][]core.ID{nil, {}} {
		got, err := t.db.ClaimDeliveries(t.ctx, nobody, long, long, 1000)
		t.ok(err, "ClaimDeliveries for all tenants")
		n := 0
		for _, d := range got {
			if want[d.ID] != nil && want[d.ID].tenant == d.Tenant {
				n++
			}
		}
		t.that(n == len(want), "a claim that names no tenant gives %d deliveries of two tenants, want those of both", n)
	}
	for _, one := range want {
		one.drain()
	}
}
