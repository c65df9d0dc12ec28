package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

// dueDelivery is a delivery that could be claimed, as long as hidden is what was
// read.
type dueDelivery struct {
	core.ClaimedDelivery
	hidden int64
}

// ClaimDeliveries hands out what is due, oldest first, by a conditional update
// of each: of two callers one gets it. While nothing is due nothing is written.
func (db *DB) ClaimDeliveries(
	ctx context.Context, tenants []core.ID, now, until time.Time, limit int,
) ([]core.ClaimedDelivery, error) {
	if len(tenants) > core.MaxClaimTenants {
		return nil, fmt.Errorf("bunstore: a claim for %d tenants; at most %d can be named", len(tenants), core.MaxClaimTenants)
	}
	due, err := db.dueDeliveries(ctx, tenants, now, limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	var mine []core.ClaimedDelivery
	err = db.write(ctx, true, func(r runner) error {
		claimed := make([]core.ClaimedDelivery, 0, len(due))
		for _, d := range due {
			n, err := r.exec(db.hot.claimDelivery, instantValue(until), idValue(d.Tenant), idValue(d.ID), d.hidden)
			if err != nil {
				return err
			}
			if n > 0 {
				claimed = append(claimed, d.ClaimedDelivery)
			}
		}
		mine = claimed
		return nil
	})
	if err != nil {
		return nil, err
	}
	return mine, nil
}

func (db *DB) dueDeliveries(
	ctx context.Context, tenants []core.ID, now time.Time, limit int,
) (list []dueDelivery, err error) {
	var tenant, id, kind, body octets
	var due, hidden, attempts, keep number
	q := db.reader.NewSelect().TableExpr("deliveries").
		ColumnExpr("tenant, id, kind, due, hidden, attempts, keep_until, body").
		Where("due <= ?", instantValue(now)).Where("hidden <= ?", instantValue(now)).
		OrderExpr("due, tenant, id").Limit(limited(limit))
	if len(tenants) > 0 {
		q = q.Where("tenant IN (?)", bun.List(idValues(tenants)))
	}
	into := []any{&tenant, &id, &kind, &due, &hidden, &attempts, &keep, &body}
	err = db.list(ctx, q, into, func() error {
		d := dueDelivery{hidden: hidden.n}
		d.Tenant = tenant.id()
		d.Delivery = core.Delivery{
			ID: id.id(), Kind: string(kind), Due: due.instant(), Attempts: int(attempts.n),
			KeepUntil: keep.instant(), Body: append([]byte{}, body...),
		}
		list = append(list, d)
		return nil
	})
	return list, err
}

// FinishDelivery removes a delivery; one that is gone is no error.
func (db *DB) FinishDelivery(ctx context.Context, tenant, id core.ID) error {
	return db.write(ctx, false, func(r runner) error {
		_, err := r.exec(db.hot.finishDelivery, idValue(tenant), idValue(id))
		return err
	})
}

// RetryDelivery counts an attempt, gives up the claim and sets when it is due
// again; one that is gone is no error.
func (db *DB) RetryDelivery(ctx context.Context, tenant, id core.ID, due time.Time) error {
	return db.write(ctx, false, func(r runner) error {
		_, err := r.exec(db.hot.retryDelivery, instantValue(due), idValue(tenant), idValue(id))
		return err
	})
}
