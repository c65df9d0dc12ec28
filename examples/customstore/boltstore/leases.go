package boltstore

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// lease is held until its KeepUntil.
type lease struct {
	core.Row
	bare
	name   string
	holder core.ID
}

var leases = table[lease, *lease]{
	bucket: "leases",
	key:    func(_ core.ID, l *lease) key { return tenantKey(nobody).text(l.name) },
	row:    func(l *lease) *core.Row { return &l.Row },
	fields: func(f *fields, l *lease) {
		text(f, &l.name)
		f.id(&l.holder)
	},
}

// Lease gives a lease that is free or one's own.
func (db *DB) Lease(ctx context.Context, name string, holder core.ID, now, until time.Time) (held bool, err error) {
	err = db.write(ctx, func(t *tx) error {
		l, found, err := leases.find(t, tenantKey(nobody).text(name))
		if err != nil {
			return err
		}
		if held = !found || l.holder == holder || !now.Before(l.KeepUntil); !held {
			return nil
		}
		return leases.set(t, nobody, &lease{Row: core.Row{KeepUntil: until}, name: name, holder: holder})
	})
	return held && err == nil, err
}
