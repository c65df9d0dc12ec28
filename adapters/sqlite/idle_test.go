package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

// A migration holds the connection that writes, and may wait there for another
// process: who reads meanwhile goes elsewhere.
func TestReadsDoNotWaitForAMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	writer, err := pool(path, 1, "&_txlock=immediate")
	if err == nil {
		err = enterWAL(t.Context(), writer)
	}
	if err != nil {
		t.Fatal(err)
	}
	reader, err := pool(path, 2, "&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	db := bunstore.New(dialect(resultCode), writer, reader, bunstore.Options{})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	held, err := writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, _, err := db.Tenant(core.NewID(time.Now())).Grant(t.Context(), core.NewID(time.Now()))
		read <- err
	}()
	select {
	case err := <-read:
		if !errors.Is(err, core.ErrNotFound) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a read waits for the connection that writes")
	}
	if err := errors.Join(held.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}
