//go:build unix

package dbserver_test

import (
	"errors"
	"testing"

	"github.com/keywright/keywright/internal/dbserver"
)

// What one node has answered the others have, also one that was dead meanwhile, and
// all of them after all have died.
func TestGalera(t *testing.T) {
	g, err := dbserver.StartGalera(t.Context(), 3, dbserver.Options{})
	var missing *dbserver.MissingError
	if errors.As(err, &missing) {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	has := func(n int, want string) {
		t.Helper()
		db := connect(t, "mysql", g.Nodes[n].DSN("")+"?wsrep_sync_wait=1")
		if sum := ask(t, db, "SELECT SUM(n) FROM kept"); sum != want {
			t.Errorf("node %d has %s, want %s", n, sum, want)
		}
	}
	run(t, connect(t, "mysql", g.Nodes[0].DSN("")), "CREATE TABLE kept (n INTEGER PRIMARY KEY)", "INSERT INTO kept VALUES (1)")
	has(1, "1")
	g.Nodes[2].Kill()
	run(t, connect(t, "mysql", g.Nodes[1].DSN("")), "INSERT INTO kept VALUES (10)")
	begin(t, g.Nodes[2])
	has(2, "11")
	for _, s := range g.Nodes {
		s.Kill()
	}
	started := make(chan error, len(g.Nodes))
	for _, s := range g.Nodes {
		go func() { started <- s.Start(t.Context()) }()
	}
	for range g.Nodes {
		if err := <-started; err != nil {
			t.Fatal(err)
		}
	}
	for n := range g.Nodes {
		has(n, "11")
	}
}
