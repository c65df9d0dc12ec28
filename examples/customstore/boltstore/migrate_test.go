package boltstore

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/keywright/keywright/core"
)

func opened(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// A file that nobody migrated answers nothing, and says what is missing.
func TestBeforeMigrate(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "new.db"))
	_, err := db.Tenant(core.ID{1}).Client(t.Context(), "app")
	for what, err := range map[string]error{"a read": err, "Ready": db.Ready(t.Context())} {
		if !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "not been migrated") {
			t.Errorf("%s before Migrate: %v", what, err)
		}
	}
	pending, err := db.Pending(t.Context())
	if err != nil || len(pending) != len(steps()) || pending[0].Number != 1 {
		t.Errorf("pending: %v, %v", pending, err)
	}
}

// A file that a later release has migrated is left alone, yet can be used.
func TestLaterRelease(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "later.db"))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.bolt.Update(func(b *bolt.Tx) error {
		return b.Bucket([]byte(metaBucket)).Put([]byte("steps"), binary.BigEndian.AppendUint64(nil, 99))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err == nil || errors.Is(err, core.ErrUnavailable) {
		t.Errorf("Migrate: %v", err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
}

// Who opens a file that is open hears so, and does not wait for ever.
func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "open.db")
	opened(t, path)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "another process has") {
		t.Errorf("opened a second time: %v", err)
	}
}
