package boltstore_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customstore/boltstore"
)

const crashFile = "BOLTSTORE_TEST_CRASH_FILE"

var crashTenant = core.ID{1}

// TestMain lets this binary run again as a process that only writes, to be
// killed while it does.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever creates grants from many callers, each with an event of the same
// id, and prints the id once it was answered.
func writeForever(path string) error {
	db, err := migrated(path)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() {
			for {
				id := core.NewID(time.Now())
				e := core.Event{ID: id, Name: core.EventGrantCreated, Thing: id}
				if err := db.Tenant(crashTenant).CreateGrant(context.Background(), core.Grant{ID: id}, e); err != nil {
					failed <- err
				}
				_, _ = os.Stdout.WriteString(id.String() + "\n") // one write call, so lines stay whole
			}
		}()
	}
	return <-failed
}

func migrated(path string) (*boltstore.DB, error) {
	db, err := boltstore.Open(path)
	if err != nil {
		return nil, err
	}
	return db, db.Migrate(context.Background())
}

// What was answered is there after a kill, and a grant is there if and only if
// its event is.
func TestKilledWriterLosesNothingAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash.db")
	answered := map[core.ID]bool{}
	for range 5 {
		killWriter(t, path, 200, answered)
	}
	db, err := migrated(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, seen := db.Tenant(crashTenant), map[core.ID]bool{}
	for p := (core.PageOf{Limit: 1000}); ; {
		grants, err := s.Grants(t.Context(), core.GrantFilter{}, p)
		if err != nil {
			t.Fatal(err)
		}
		events, err := s.Events(t.Context(), core.EventFilter{}, p)
		if err != nil || len(events) != len(grants) {
			t.Fatalf("%d grants and %d events: %v", len(grants), len(events), err)
		}
		if len(grants) == 0 {
			break
		}
		for i, g := range grants {
			if seen[g.ID] = true; events[i].ID != g.ID {
				t.Fatal("a grant without its event, or the other way round")
			}
			p.After = g.ID
		}
	}
	for id := range answered {
		if !seen[id] {
			t.Error("a write that was answered is lost")
		}
	}
	t.Logf("%d writes answered, %d found", len(answered), len(seen))
}

// killWriter kills a writing process after some answers, and notes all that it
// gave before it died.
func killWriter(t *testing.T, path string, after int, answered map[core.ID]bool) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), crashFile+"="+path)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	n := 0
	for ; lines.Scan(); n++ {
		if n == after {
			_ = c.Process.Kill()
		}
		if id, err := core.ParseID(lines.Text()); err == nil { // the last line may be cut
			answered[id] = true
		}
	}
	_ = c.Wait() // killed, which is an error
	if n <= after {
		t.Fatalf("only %d writes were answered", n)
	}
}
