// Package memory is a store that lives in the process and is gone with it. It
// is meant for tests, for demonstrations and for core/providertest: it keeps no
// file, and two replicas cannot share it. It passes the same conformance suite
// as the databases, refuses what they refuse, and is the fake that stands where
// others would write mocks.
//
// Rows are kept as their columns and their payload bytes, as a database would
// keep them, so nothing read shares memory with what was written. Each tenant
// has tables and a lock of its own; encoding happens before the lock is taken
// and decoding after it is released. Reads by key and by account, client or
// session are quick at any size; whole lists and Purge look at every row.
package memory

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/keywright/keywright/core"
)

// database is all tenants together.
type database struct {
	closed atomic.Bool
	outbox outbox

	mu      sync.RWMutex
	tenants map[core.ID]core.Tenant
	names   map[string]core.ID
	stores  map[core.ID]*store
	leases  map[string]lease
}

// New makes an empty database. Close only makes it refuse further calls, with
// core.ErrUnavailable.
func New() core.Database {
	return &database{
		outbox:  outbox{waiting: map[deliveryKey]*delivery{}},
		tenants: map[core.ID]core.Tenant{},
		names:   map[string]core.ID{},
		stores:  map[core.ID]*store{},
		leases:  map[string]lease{},
	}
}

// Tenant is the store of one tenant. It is the same for every call with the
// same id, and holds nothing until something is written.
func (d *database) Tenant(id core.ID) core.Store {
	d.mu.RLock()
	s := d.stores[id]
	d.mu.RUnlock()
	if s != nil {
		return s
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stores[id] == nil {
		d.stores[id] = newStore(d, id)
	}
	return d.stores[id]
}

// Migrate has nothing to do.
func (d *database) Migrate(ctx context.Context) error { return d.begin(ctx) }

// Pending lists nothing: there is no schema.
func (d *database) Pending(ctx context.Context) ([]core.Migration, error) { return nil, d.begin(ctx) }

// Ready says whether the database is open.
func (d *database) Ready(ctx context.Context) error { return d.begin(ctx) }

// Close refuses all later calls.
func (d *database) Close() error {
	d.closed.Store(true)
	return nil
}

var errClosed = errors.New("memory: closed")

// begin is the first thing every method does.
func (d *database) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return core.Unavailable(err)
	}
	if d.closed.Load() {
		return core.Unavailable(errClosed)
	}
	return nil
}
