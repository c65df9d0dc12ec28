package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// outbox holds the deliveries of all tenants, since whoever delivers works
// across them. Its lock may be taken under a store's, never the reverse.
type outbox struct {
	mu      sync.Mutex
	waiting map[deliveryKey]*delivery
}

type deliveryKey struct{ tenant, id core.ID }

type delivery struct {
	core.Delivery
	hidden time.Time // from other claims until then
}

func copyDeliveries(of []core.Delivery) []core.Delivery {
	out := slices.Clone(of)
	for n := range out {
		d := &out[n]
		d.Due, d.KeepUntil, d.Body = core.Instant(d.Due), core.Instant(d.KeepUntil), bytes.Clone(d.Body)
	}
	return out
}

// add keeps all deliveries of the entries, or none.
func (o *outbox) add(tenant core.ID, log []entry) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	added := map[deliveryKey]*delivery{}
	for _, e := range log {
		for _, d := range e.deliveries {
			key := deliveryKey{tenant, d.ID}
			if o.waiting[key] != nil || added[key] != nil {
				return conflict("delivery")
			}
			added[key] = &delivery{Delivery: d}
		}
	}
	for key, d := range added {
		o.waiting[key] = d
	}
	return nil
}

// ClaimDeliveries hands out what is due, the longest waiting first.
func (d *database) ClaimDeliveries(
	ctx context.Context, tenants []core.ID, now, until time.Time, limit int,
) ([]core.ClaimedDelivery, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	if len(tenants) > core.MaxClaimTenants {
		return nil, fmt.Errorf("memory: a claim for %d tenants; at most %d can be named", len(tenants), core.MaxClaimTenants)
	}
	d.outbox.mu.Lock()
	defer d.outbox.mu.Unlock()
	keys := d.outbox.due(tenants, now)
	claimed := make([]core.ClaimedDelivery, 0, min(limit, len(keys)))
	for _, key := range keys[:min(limit, len(keys))] {
		one := d.outbox.waiting[key]
		one.hidden = core.Instant(until)
		out := core.ClaimedDelivery{Tenant: key.tenant, Delivery: one.Delivery}
		out.Body = bytes.Clone(one.Body)
		claimed = append(claimed, out)
	}
	return claimed, nil
}

// due are the keys of what may be claimed, of the tenants named or of all.
func (o *outbox) due(tenants []core.ID, now time.Time) []deliveryKey {
	served := map[core.ID]bool{}
	for _, id := range tenants {
		served[id] = true
	}
	var keys []deliveryKey
	for key, one := range o.waiting {
		meant := len(tenants) == 0 || served[key.tenant]
		if meant && !one.Due.After(now) && !one.hidden.After(now) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b deliveryKey) int {
		if n := o.waiting[a].Due.Compare(o.waiting[b].Due); n != 0 {
			return n
		}
		return compareIDs(a.id, b.id)
	})
	return keys
}

// FinishDelivery removes a delivery; one that is gone is finished.
func (d *database) FinishDelivery(ctx context.Context, tenant, id core.ID) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.outbox.mu.Lock()
	defer d.outbox.mu.Unlock()
	delete(d.outbox.waiting, deliveryKey{tenant, id})
	return nil
}

// RetryDelivery counts an attempt and gives up the claim; one that is gone is no
// error.
func (d *database) RetryDelivery(ctx context.Context, tenant, id core.ID, due time.Time) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.outbox.mu.Lock()
	defer d.outbox.mu.Unlock()
	one := d.outbox.waiting[deliveryKey{tenant, id}]
	if one == nil {
		return nil
	}
	one.Attempts++
	one.Due, one.hidden = core.Instant(due), time.Time{}
	return nil
}
