package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
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
	// private is the server that was started for this, or nil.
	private *dbserver.Server
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
		return onServer(ctx, o.Postgres, o.Settings, dbserver.StartPostgres, newPostgres)
	case "mysql":
		return onServer(ctx, o.MySQL, o.Settings, dbserver.StartMySQL, newMySQL)
	}
	return nil, fmt.Errorf("bench: no store is called %q: choose from %v", store, All())
}

// onServer makes a database on the server of a DSN or, if that is empty, on one
// that is started for it and waits for the disk as production does.
func onServer(
	ctx context.Context, dsn string, settings map[string]string,
	start func(context.Context, dbserver.Options) (*dbserver.Server, error), on func(context.Context, string) (*target, error),
) (*target, error) {
	if dsn != "" {
		return on(ctx, dsn)
	}
	s, err := start(ctx, dbserver.Options{Durable: true, Settings: settings})
	var missing *dbserver.MissingError
	if errors.As(err, &missing) {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	if err != nil {
		return nil, err
	}
	t, err := on(ctx, s.DSN(""))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	drop := t.close
	t.private, t.close = s, func() error {
		_ = drop() // what is left goes with the server
		return s.Close()
	}
	return t, nil
}

// server is the CPU time of the database's processes so far; 0 where there are
// none, or not on this machine.
func (t *target) server() (time.Duration, error) {
	switch {
	case t.private != nil:
		return t.private.CPU(), nil
	case t.root == 0:
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
