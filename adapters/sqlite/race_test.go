package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

// rotateAll lets callers read and rotate one grant until it has reached a
// version, and counts who won each.
func rotateAll(t *testing.T, stores []core.Store, id core.ID, callers int, last uint64) {
	t.Helper()
	var winners [200]atomic.Int32
	var wait sync.WaitGroup
	for n := range callers {
		s := stores[n%len(stores)]
		wait.Go(func() {
			for {
				g, _, err := s.Grant(t.Context(), id)
				if err != nil || g.Version >= last {
					if err != nil {
						t.Error(err)
					}
					return
				}
				read := g.Version
				g.Generation++
				g.Change[0]++
				switch err := s.UpdateGrant(t.Context(), g); {
				case err == nil:
					winners[read].Add(1)
				case !errors.Is(err, core.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	g, _, err := stores[0].Grant(t.Context(), id)
	if err != nil || g.Version != last || g.Generation != last {
		t.Fatalf("version %d, generation %d, want %d: %v", g.Version, g.Generation, last, err)
	}
	for v := uint64(1); v < last; v++ {
		if n := winners[v].Load(); n != 1 {
			t.Errorf("version %d was replaced by %d callers", v, n)
		}
	}
}

func TestThreat_RFR10_OneWinnerForEachVersion(t *testing.T) {
	s := open(t).Tenant(crashTenant)
	g := sample()
	if err := s.CreateGrant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	rotateAll(t, []core.Store{s}, g.ID, 64, 100)
}

func TestThreat_FLT22_TwoHandlesOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two.db")
	dbs := make([]core.Database, 2)
	var wait sync.WaitGroup
	for n := range dbs {
		wait.Go(func() {
			db, err := sqlite.Open(context.Background(), path)
			if err == nil {
				err = db.Migrate(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
			dbs[n] = db
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	stores := []core.Store{dbs[0].Tenant(crashTenant), dbs[1].Tenant(crashTenant)}
	g := sample()
	if err := stores[1].CreateGrant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	rotateAll(t, stores, g.ID, 16, 60)
	for _, db := range dbs {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A caller that goes away takes nobody with it, and what was answered stands.
func TestThreat_FLT16_CancelledCallersHarmNobody(t *testing.T) {
	s := open(t).Tenant(crashTenant)
	var wait sync.WaitGroup
	for n := range 64 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if n%2 == 0 {
				go cancel()
			}
			g := sample()
			err := s.CreateGrant(ctx, g, eventOf(g))
			_, _, read := s.Grant(t.Context(), g.ID)
			switch {
			case n%2 == 1 && err != nil:
				t.Errorf("nobody cancelled this one: %v", err)
			case err == nil && read != nil:
				t.Errorf("answered but not there: %v", read)
			case errors.Is(err, context.Canceled) && !errors.Is(err, core.ErrUnavailable) && read == nil:
				t.Error("told that nothing was written, but it is there")
			}
		})
	}
	wait.Wait()
}

// The connection that writes also reads while it is idle. While it waits, for the
// disk or as here for another process, readers go elsewhere.
func TestReadsDoNotWaitForAWrite(t *testing.T) {
	path, writing := filepath.Join(t.TempDir(), "waits.db"), make(chan struct{})
	s := openAt(t, path, sqlite.OnStatement(func(_ context.Context, text string) {
		if strings.HasPrefix(text, "UPDATE grants") {
			close(writing)
		}
	})).Tenant(crashTenant)
	g := sample()
	if err := s.CreateGrant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	raw := rawDB(t, path)
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec("BEGIN IMMEDIATE"); err != nil { // holds the one lock of writers
		t.Fatal(err)
	}
	written := make(chan error, 1)
	g.Version = 1
	go func() { written <- s.UpdateGrant(t.Context(), g) }()
	<-writing
	for range 100 {
		if found, _, err := s.Grant(t.Context(), g.ID); err != nil || found.Version != 1 {
			t.Errorf("version %d: %v", found.Version, err)
		}
	}
	select {
	case err := <-written:
		t.Errorf("the write is answered: %v", err)
	default:
	}
	if _, err := raw.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if found, _, err := s.Grant(t.Context(), g.ID); err != nil || found.Version != 2 {
		t.Errorf("version %d: %v", found.Version, err)
	}
}
