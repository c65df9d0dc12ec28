package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// delivery is a delivery as a row, whose payload is the body.
type delivery struct {
	kept core.Row
	core.Delivery
	hidden time.Time // until then somebody works on it; zero if nobody does
}

// MarshalPayload gives the body.
func (d *delivery) MarshalPayload() ([]byte, error) { return d.Body, nil }

// UnmarshalPayload copies the body.
func (d *delivery) UnmarshalPayload(b []byte) error {
	d.Body = bytes.Clone(b)
	return nil
}

var deliveries = table[delivery, *delivery]{
	bucket: "deliveries",
	key:    func(tenant core.ID, d *delivery) key { return tenantKey(tenant).id(d.ID) },
	row:    func(d *delivery) *core.Row { return &d.kept },
	fields: func(f *fields, d *delivery) {
		f.id(&d.ID)
		text(f, &d.Kind)
		f.time(&d.Due)
		f.time(&d.hidden)
		f.count(&d.Attempts)
		f.time(&d.Delivery.KeepUntil)
	},
	// Each waits in two queues, all tenants' and its own, from the instant at
	// which it may be claimed.
	entries: func(tenant core.ID, d *delivery) []entry {
		from := d.Due
		if d.hidden.After(from) {
			from = d.hidden
		}
		place := key(nil).time(from).id(tenant).id(d.ID)
		return []entry{
			{"deliveries_by_due", place, "id"},
			{"deliveries_by_tenant", tenantKey(tenant).with(place), "id"},
		}
	},
}

// ClaimDeliveries hands out what has been due longest.
func (db *DB) ClaimDeliveries(ctx context.Context, tenants []core.ID, now, until time.Time, limit int) (claimed []core.ClaimedDelivery, err error) {
	if len(tenants) > core.MaxClaimTenants {
		return nil, fmt.Errorf("boltstore: deliveries of %d tenants claimed at once, at most %d", len(tenants), core.MaxClaimTenants)
	}
	err = db.write(ctx, func(t *tx) error {
		claimed = nil
		for _, k := range t.due(tenants, now, bounded(limit)) {
			d, err := deliveries.load(t, k)
			if err != nil {
				return err
			}
			claimed = append(claimed, core.ClaimedDelivery{Tenant: tenantOf(k), Delivery: d.Delivery})
			d.hidden = until
			if err := deliveries.set(t, tenantOf(k), &d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// due gives the keys of what has waited longest in the queues of the tenants, or
// in that of all.
func (t *tx) due(tenants []core.ID, now time.Time, limit int) []key {
	var places []key
	for _, tenant := range tenants {
		places = append(places, t.upTo("deliveries_by_tenant", tenantKey(tenant), now, limit)...)
	}
	if len(tenants) == 0 {
		places = t.upTo("deliveries_by_due", nil, now, limit)
	}
	slices.SortFunc(places, func(a, b key) int { return bytes.Compare(a, b) })
	places = slices.CompactFunc(places, func(a, b key) bool { return bytes.Equal(a, b) }) // a tenant may be named twice
	keys := places[:min(len(places), limit)]
	for i := range keys {
		keys[i] = keys[i][instantSize:]
	}
	return keys
}

// FinishDelivery removes one.
func (db *DB) FinishDelivery(ctx context.Context, tenant, id core.ID) error {
	return db.write(ctx, func(t *tx) error { return deliveries.drop(t, tenantKey(tenant).id(id)) })
}

// RetryDelivery puts one back into the queue; one that is gone stays so.
func (db *DB) RetryDelivery(ctx context.Context, tenant, id core.ID, due time.Time) error {
	return db.write(ctx, func(t *tx) error {
		d, found, err := deliveries.find(t, tenantKey(tenant).id(id))
		if err != nil || !found {
			return err
		}
		d.Attempts++
		d.Due, d.hidden = due, time.Time{}
		return deliveries.set(t, tenant, &d)
	})
}
