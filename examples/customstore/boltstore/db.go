package boltstore

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/keywright/keywright/core"
)

// gather is how long a write waits for others to be made durable with it.
const gather = time.Millisecond

// DB is a file that holds the rows of all tenants. It is a core.Database.
type DB struct{ bolt *bolt.DB }

// Store is one tenant's view of a DB. It is a core.Store.
type Store struct {
	db     *DB
	tenant core.ID
}

var (
	_ core.Database = (*DB)(nil)
	_ core.Store    = (*Store)(nil)
)

// Open opens the file, and makes it if there is none. It fails after a second
// if another process has it open. Migrate comes before everything else.
func Open(path string) (*DB, error) {
	b, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("boltstore: another process has %s open: stop it, or give each its own file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("boltstore: open: %w", err)
	}
	b.MaxBatchDelay = gather
	return &DB{b}, nil
}

// Tenant is the store of one tenant; it costs nothing.
func (db *DB) Tenant(id core.ID) core.Store { return &Store{db, id} }

// Close waits for what is under way and lets go of the file. What is called
// afterwards gives core.ErrUnavailable.
func (db *DB) Close() error { return db.bolt.Close() }
