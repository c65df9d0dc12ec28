package boltstore

import (
	"bytes"
	"context"
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
	// One queue for all tenants, by the instant from which each may be claimed.
	entries: func(tenant core.ID, d *delivery) []entry {
		from := d.Due
		if d.hidden.After(from) {
			from = d.hidden
		}
		return []entry{{"deliveries_by_due", key(nil).time(from).id(tenant).id(d.ID), "id"}}
	},
}

// ClaimDeliveries hands out what has been due longest.
func (db *DB) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) (claimed []core.ClaimedDelivery, err error) {
	err = db.write(ctx, func(t *tx) error {
		claimed = nil
		for _, k := range t.upTo("deliveries_by_due", now, bounded(limit)) {
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
