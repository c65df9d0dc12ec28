package memory

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

var errBadPurge = errors.New("memory: purge needs a limit above zero")

// Purge removes up to limit rows whose end has come, tenant by tenant.
// It looks for them under a read lock and removes what is still past its end.
func (d *database) Purge(ctx context.Context, now time.Time, limit int) (int, bool, error) {
	if err := d.begin(ctx); err != nil {
		return 0, false, err
	}
	if limit < 1 {
		return 0, false, errBadPurge
	}
	b := &batch{now: core.Instant(now), room: limit}
	d.purgeDeliveries(b)
	for _, s := range d.allStores() {
		s.purge(b)
	}
	d.purgeTenants(b)
	return b.n, b.more, nil
}

// batch is one run of Purge.
type batch struct {
	now  time.Time
	room int
	n    int
	more bool
}

// past says whether an instant has come; the zero time never does.
func (b *batch) past(keepUntil time.Time) bool {
	return !keepUntil.IsZero() && !keepUntil.After(b.now)
}

// full says that no room is left, and remembers that something is.
func (b *batch) full() bool {
	b.more = b.more || b.n >= b.room
	return b.more
}

func (d *database) allStores() []*store {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*store, 0, len(d.stores))
	for _, s := range d.stores {
		all = append(all, s)
	}
	return all
}

func (s *store) purge(b *batch) {
	purgeKind(s, b, grantKind())
	purgeKind(s, b, clientKind())
	purgeKind(s, b, accountKind())
	purgeKind(s, b, credentialKind())
	purgeKind(s, b, membershipKind())
	purgeKind(s, b, organizationKind())
	purgeKind(s, b, groupKind())
	purgeKind(s, b, connectionKind())
	purgeKind(s, b, sessionKind())
	purgeKind(s, b, interactionKind())
	purgeKind(s, b, consentKind())
	purgeKind(s, b, ticketKind())
	purgeKind(s, b, keyKind())
	purgeMap(s, b, s.events, func(r *row[core.Event]) time.Time { return r.columns.KeepUntil })
	purgeMap(s, b, s.marks, func(m marked) time.Time { return m.until })
	purgeMap(s, b, s.limits, func(w window) time.Time { return w.resets })
}

func purgeKind[K comparable, V any](s *store, b *batch, k kind[K, V]) {
	until := func(r *row[V]) time.Time { return k.row(&r.columns).KeepUntil }
	if k.kept != nil {
		until = func(r *row[V]) time.Time { return k.kept(&r.columns) }
	}
	purgeRows(s, b, k.table(s), until, func(key K) { remove(s, k, key) })
}

func purgeMap[K comparable, V any](s *store, b *batch, rows map[K]V, until func(V) time.Time) {
	purgeRows(s, b, rows, until, func(key K) { delete(rows, key) })
}

func purgeRows[K comparable, V any](s *store, b *batch, rows map[K]V, until func(V) time.Time, remove func(K)) {
	s.mu.RLock()
	var keys []K
	for key, v := range rows {
		if b.past(until(v)) {
			if keys = append(keys, key); len(keys) > b.room-b.n {
				break
			}
		}
	}
	s.mu.RUnlock()
	if len(keys) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		if v, found := rows[key]; found && b.past(until(v)) && !b.full() {
			remove(key)
			b.n++
		}
	}
}

func (d *database) purgeDeliveries(b *batch) {
	d.outbox.mu.Lock()
	defer d.outbox.mu.Unlock()
	for key, one := range d.outbox.waiting {
		if b.past(one.KeepUntil) && !b.full() {
			delete(d.outbox.waiting, key)
			b.n++
		}
	}
}

func (d *database) purgeTenants(b *batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, t := range d.tenants {
		if b.past(t.KeepUntil) && !b.full() {
			delete(d.tenants, id)
			delete(d.names, t.Name)
			b.n++
		}
	}
}
