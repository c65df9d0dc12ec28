//go:build unix

package galera

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
)

// TestCluster: what the contract promises holds across nodes.
func TestCluster(t *testing.T) {
	on(t, []test{
		{name: "MIG04: replicas that start at once at other nodes all succeed", run: startAtOnce},
		{name: "what one node has answered the others read", run: readAtOnce},
		{name: "what one node has answered the others write upon", run: writeAtOnce},
		{name: "TOK01: one of 64 redemptions wins", run: redeemOnce},
		{name: "RFR09: 64 refreshes keep one family", run: rotateOnce},
		{name: "limits are exact", run: countTogether},
		{name: "a node that stands still answers nothing old", run: standStill},
		{name: "sessions that would break a promise are refused", run: refuseSessions},
		{name: "INV-R1: nothing outlives a revocation", long: true, run: revokeEverywhere},
		{name: "RFR10: one winner for each version", long: true, run: replaceOnce},
		{name: "a role without other privileges does", long: true, run: ordinaryRole},
		{name: "conformance, each statement at another node", long: true, run: conform},
		{name: "a node that has lost the others answers 503", long: true, run: loseOthers},
		{name: "nodes that died have what was answered", long: true, run: die},
	})
}

func conflict(err error) bool { return errors.Is(err, core.ErrConflict) }

func (w world) tell(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

// MIG04.
func startAtOnce(w world) {
	together(3*nodes, func(n int) {
		db, err := mysql.Open(w.t.Context(), w.dsn(n%nodes), mysql.Connections(1))
		if err == nil {
			err = errors.Join(db.Migrate(w.t.Context()), db.Ready(w.t.Context()), db.Close())
		}
		w.tell(err)
	})
	pending, err := w.open(1).Pending(w.t.Context())
	if err != nil || len(pending) > 0 {
		w.t.Errorf("still to be taken: %v, %v", pending, err)
	}
}

func readAtOnce(w world) {
	views := w.stores(w.replicas())
	for n := range 300 {
		g := grant()
		w.must(views[n%nodes].CreateGrant(w.t.Context(), g))
		if _, _, err := views[(n+1)%nodes].Grant(w.t.Context(), g.ID); err != nil {
			w.t.Fatalf("after %d grants: %v", n, err)
		}
	}
}

// writeAtOnce changes at a node what another has answered, without a read there: an
// old row would be a false refusal.
func writeAtOnce(w world) {
	views, now := w.stores(w.replicas()), core.Instant(time.Now())
	g := grant()
	w.must(views[0].CreateGrant(w.t.Context(), g))
	for n := range 200 {
		g.Version, g.Change = uint64(n+1), core.NewID(now)
		if err := views[n%nodes].UpdateGrant(w.t.Context(), g); err != nil {
			w.t.Fatalf("version %d: %v", g.Version, err)
		}
	}
	for n := range 100 { // a key that another node has freed is free
		change := core.NewID(now)
		if err := views[n%nodes].Mark(w.t.Context(), "test", core.Hash{1}, now.Add(time.Hour), change); err != nil {
			w.t.Fatalf("mark %d: %v", n, err)
		}
		w.must(views[n%nodes].Unmark(w.t.Context(), "test", core.Hash{1}, change))
	}
}

// refuseSessions: what Open sets wins over the DSN; a pool of one's own that lacks it,
// and a server that replicates nothing, are refused.
func refuseSessions(w world) {
	db, err := mysql.Open(w.t.Context(), w.dsn(0)+"?wsrep_sync_wait=0&wsrep_dirty_reads=1&wsrep_osu_method='RSU'")
	w.must(err)
	w.must(errors.Join(db.Migrate(w.t.Context()), db.Close()))
	own := w.connect(w.dsn(0) + "?clientFoundRows=true&rejectReadOnly=true&wsrep_osu_method='RSU'&tx_isolation='READ-COMMITTED'")
	_, err = mysql.New(w.t.Context(), own)
	w.says(err, "wsrep_sync_wait is 0", "set it to 7 in the DSN", "wsrep_osu_method is RSU")
	w.run(2, "SET GLOBAL wsrep_on = OFF")
	defer w.run(2, "SET GLOBAL wsrep_on = ON")
	_, err = mysql.Open(w.t.Context(), w.dsn(2))
	w.says(err, "wsrep_on is OFF", "set it ON on the server")
}

func (w world) says(err error, wants ...string) {
	w.t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			w.t.Errorf("%v, want %q", err, want)
		}
	}
}

func ordinaryRole(w world) {
	w.run(0, "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app'", "GRANT ALL ON "+w.name+".* TO app@'127.0.0.1'")
	for _, s := range w.cluster.Nodes {
		db, err := mysql.Open(w.t.Context(), "app:app@tcp("+s.Address()+")/"+w.name)
		w.must(err)
		w.tell(errors.Join(db.Migrate(w.t.Context()), db.Ready(w.t.Context()), db.Close()))
	}
}

// standStill has a node carry out nothing of what the others write. It must not
// answer as if that had not happened.
func standStill(w world) {
	views := w.stores(w.replicas(mysql.Timeout(time.Second)))
	g := grant()
	w.must(views[0].CreateGrant(w.t.Context(), g))
	conn, err := w.admin[2].Conn(w.t.Context())
	w.must(err)
	defer conn.Close()
	_, err = conn.ExecContext(w.t.Context(), "FLUSH TABLES WITH READ LOCK")
	w.must(err)
	next := g
	next.Version, next.Change = 1, core.NewID(core.Instant(time.Now()))
	w.must(views[0].UpdateGrant(w.t.Context(), next))
	if got, _, err := views[2].Grant(w.t.Context(), g.ID); !errors.Is(err, core.ErrUnavailable) {
		w.t.Errorf("version %d, %v; want nothing until it has what was answered", got.Version, err)
	}
	if got, _, err := views[1].Grant(w.t.Context(), g.ID); err != nil || got.Change != next.Change {
		w.t.Errorf("version %d, %v at a node that goes on", got.Version, err)
	}
	_, err = conn.ExecContext(w.t.Context(), "UNLOCK TABLES")
	w.must(err)
	if got, _, err := views[2].Grant(w.t.Context(), g.ID); err != nil || got.Change != next.Change {
		w.t.Errorf("version %d, %v once it goes on", got.Version, err)
	}
}

// loseOthers cuts a node off: it refuses reads and writes, the others go on, and when
// it is back it has what they have written.
func loseOthers(w world) {
	views := w.stores(w.replicas(mysql.Timeout(2 * time.Second)))
	g := grant()
	w.must(views[2].CreateGrant(w.t.Context(), g))
	w.run(2, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
	w.await(2, "OFF")
	for range 3 {
		if _, _, err := views[2].Grant(w.t.Context(), g.ID); !errors.Is(err, core.ErrUnavailable) {
			w.t.Errorf("a read: %v", err)
		}
		if err := views[2].CreateGrant(w.t.Context(), grant()); !errors.Is(err, core.ErrUnavailable) {
			w.t.Errorf("a write: %v", err)
		}
	}
	next := g
	next.Version, next.Change = 1, core.NewID(core.Instant(time.Now()))
	w.await(0, "ON")
	w.must(views[0].UpdateGrant(w.t.Context(), next))
	w.run(2, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
	w.await(2, "ON")
	if got, _, err := views[2].Grant(w.t.Context(), g.ID); err != nil || got.Change != next.Change {
		w.t.Errorf("version %d, %v when it is back", got.Version, err)
	}
}

// die kills one node, and then all. What was answered is there, at each of them.
//
// Writes wait until a node that vanished is missed, which by evs.suspect_timeout
// takes 5 s: as long as a call may by default. So these may take longer.
func die(w world) {
	views := w.stores(w.replicas(mysql.Timeout(20 * time.Second)))
	var all []core.Grant
	write := func(node int) {
		w.t.Helper()
		g := grant()
		w.must(views[node].CreateGrant(w.t.Context(), g))
		all = append(all, g)
	}
	write(0)
	w.cluster.Nodes[2].Kill()
	if err := views[2].CreateGrant(w.t.Context(), grant()); !errors.Is(err, core.ErrUnavailable) {
		w.t.Errorf("a write at a node that died: %v", err)
	}
	write(1)
	w.must(w.cluster.Nodes[2].Start(w.t.Context()))
	write(2)
	for _, s := range w.cluster.Nodes {
		s.Kill()
	}
	together(nodes, func(n int) { w.tell(w.cluster.Nodes[n].Start(w.t.Context())) })
	for n := range views {
		for _, g := range all {
			if _, _, err := views[n].Grant(w.t.Context(), g.ID); err != nil {
				w.t.Errorf("at node %d: %v", n, err)
			}
		}
	}
}

// await waits until a node says so of itself.
func (w world) await(node int, ready string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for name, is := "", ""; is != ready; {
		if err := w.admin[node].QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_ready'").Scan(&name, &is); err != nil {
			w.t.Fatalf("node %d did not become ready=%s: %v", node, ready, err)
		}
	}
}
