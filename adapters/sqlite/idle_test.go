package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

// opened is a migrated database with its connections in sight.
func opened(t *testing.T, path string, readers int) (*bunstore.DB, *direct) {
	t.Helper()
	writer, err := pool(path, 1, "&_txlock=immediate")
	if err == nil {
		err = enterWAL(t.Context(), writer)
	}
	if err != nil {
		t.Fatal(err)
	}
	reader, err := pool(path, readers, asked(readsOnly))
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDirect(path, readers)
	if err != nil {
		t.Fatal(err)
	}
	db := bunstore.New(dialect(resultCode), writer, reader, bunstore.Options{Direct: d})
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, d
}

// answers fails the test unless a read is answered.
func answers(t *testing.T, db core.Database) {
	t.Helper()
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
		t.Error("a read waits")
	}
}

// Decision 19: where nobody writes, the connection that does reads, since it keeps
// its pages; the others are not needed.
func TestIdleWriterReads(t *testing.T) {
	db, d := opened(t, filepath.Join(t.TempDir(), "idle.db"), 2)
	for range cap(d.turns) {
		d.turns <- struct{}{}
	}
	answers(t, db)
	for range cap(d.turns) {
		<-d.turns
	}
	if len(d.idle) != 0 {
		t.Errorf("%d connections were opened to read beside an idle writer", len(d.idle))
	}
}

// Where no connection can be opened to write, those that are open read on.
func TestReadsDoWithoutAWriter(t *testing.T) {
	db, d := opened(t, filepath.Join(t.TempDir(), "none.db"), 1)
	if err := d.Read(func(bunstore.Connection) {}); err != nil {
		t.Fatal(err)
	}
	d.writer.close()
	d.writer, d.path = nil, filepath.Join(t.TempDir(), "gone.db")
	answers(t, db)
	if err := db.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("a write: %v", err)
	}
}

// Who reads while another writes, or waits to, goes elsewhere.
func TestReadsDoNotWaitForAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy.db")
	db, d := opened(t, path, 2)
	other, err := connect(path, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.Begin(); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		now := time.Now()
		_, err := db.Lease(context.WithoutCancel(t.Context()), "name", core.NewID(now), now, now.Add(time.Minute))
		written <- err
	}()
	for d.write.TryLock() { // until it waits, in SQLite, for the other process
		d.write.Unlock()
		runtime.Gosched()
	}
	answers(t, db)
	if len(d.idle) != 1 {
		t.Errorf("%d connections read beside a busy writer", len(d.idle))
	}
	if err := errors.Join(other.Commit(), <-written); err != nil {
		t.Error(err)
	}
}

// A migration holds the connection of the pool that writes, and may wait there for
// another process: who reads meanwhile goes elsewhere.
func TestReadsDoNotWaitForAMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	db, _ := opened(t, path, 2)
	migrates, err := connect(path, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer migrates.close()
	if err := migrates.Begin(); err != nil {
		t.Fatal(err)
	}
	answers(t, db)
	if err := migrates.Rollback(); err != nil {
		t.Error(err)
	}
}
