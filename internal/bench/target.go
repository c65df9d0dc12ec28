package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errAbsent says that a store cannot be measured here, and what it needs.
var errAbsent = errors.New("absent")

// target is a store to measure: an empty database of its own, and the processes
// that serve it.
type target struct {
	store string
	// source is what its adapter opens: a path, a DSN; empty for memory.
	source string
	// address of its server, and the same source at another address; empty and
	// nil where no wire leads there.
	address string
	at      func(address string) (string, error)
	// root of the server's processes; 0 where it is not known.
	root int
	// close removes the database, and the server if it was started for it.
	close func() error
}

// newTarget makes an empty database. It returns errAbsent for a store that is
// not there.
func newTarget(ctx context.Context, store string, o Options) (*target, error) {
	switch store {
	case "memory":
		return &target{store: store, close: func() error { return nil }}, nil
	case "sqlite":
		folder, err := os.MkdirTemp("", "keywright-bench-")
		if err != nil {
			return nil, err
		}
		return &target{
			store: store, source: filepath.Join(folder, "bench.db"),
			close: func() error { return os.RemoveAll(folder) },
		}, nil
	case "postgres":
		return newPostgres(ctx, o.Postgres)
	case "mysql":
		return newMySQL(ctx, o.MySQL)
	}
	return nil, fmt.Errorf("bench: no store is called %q: choose from %v", store, All())
}

// server is the CPU time of the database's processes so far; 0 where there are
// none, or not on this machine.
func (t *target) server() (time.Duration, error) {
	if t.root == 0 {
		return 0, nil
	}
	return treeCPU(t.root)
}

// metered says whether all CPU time of an operation is known.
func (t *target) metered() bool { return t.address == "" || t.root != 0 }

// databaseName is one that nothing else uses.
func databaseName() string {
	return fmt.Sprintf("keywright_bench_%d_%d", os.Getpid(), time.Now().UnixNano())
}
