//go:build unix

package galera

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver registers itself

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

const nodes = 3

// world is a cluster with a database of the test's own.
type world struct {
	t       *testing.T
	cluster *dbserver.Galera
	name    string // of the database
	admin   [nodes]*sql.DB
}

// long says that there is time for everything: make galera.
var long = flag.Bool("long", false, "also run what takes long")

type test struct {
	name string
	long bool // runs only where there is time
	run  func(w world)
}

// on runs tests, one after another, on one cluster.
func on(t *testing.T, tests []test) {
	t.Helper()
	cluster := databases.Galera(t, nodes, dbserver.Options{})
	for _, test := range tests {
		if test.long && !*long {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			w := world{t: t, cluster: cluster, name: "test_" + strings.ToLower(rand.Text()[:12])}
			for n, s := range cluster.Nodes {
				w.admin[n] = w.connect(s.DSN(""))
			}
			w.create()
			test.run(w)
		})
	}
}

// create creates the database, on all nodes: who connects names it before its session
// can wait for what another node has done.
func (w world) create() {
	w.t.Helper()
	w.run(0, "CREATE DATABASE "+w.name)
	for _, admin := range w.admin {
		session, err := admin.Conn(w.t.Context())
		w.must(err)
		for _, text := range []string{"SET wsrep_sync_wait = 1", "START TRANSACTION", "ROLLBACK", "SET wsrep_sync_wait = DEFAULT"} {
			_, err = session.ExecContext(w.t.Context(), text)
			w.must(err)
		}
		w.must(session.Close())
	}
}

func (w world) connect(dsn string) *sql.DB {
	w.t.Helper()
	db, err := sql.Open("mysql", dsn)
	w.must(err)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (w world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// run runs statements on a node as its administrator.
func (w world) run(node int, statements ...string) {
	w.t.Helper()
	for _, text := range statements {
		if _, err := w.admin[node].ExecContext(context.WithoutCancel(w.t.Context()), text); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
	}
}

func (w world) dsn(node int) string { return w.cluster.Nodes[node].DSN(w.name) }

// open opens the database on a node, as the replica beside it does.
func (w world) open(node int, o ...mysql.Option) core.Database {
	w.t.Helper()
	db, err := mysql.Open(w.t.Context(), w.dsn(node), o...)
	w.must(err)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// replicas opens the database on each node, with its schema.
func (w world) replicas(o ...mysql.Option) (all [nodes]core.Database) {
	w.t.Helper()
	for n := range all {
		all[n] = w.open(n, o...)
	}
	w.must(all[0].Migrate(w.t.Context()))
	return all
}

// stores are views of one new tenant, one on each node.
func (w world) stores(all [nodes]core.Database) (views [nodes]core.Store) {
	w.t.Helper()
	now := core.Instant(time.Now())
	tenant := core.Tenant{ID: core.NewID(now), Name: "acme", Row: core.Row{Change: core.NewID(now)}}
	w.must(all[0].CreateTenant(w.t.Context(), tenant))
	for n, db := range all {
		views[n] = db.Tenant(tenant.ID)
	}
	return views
}

// together runs act for so many callers at once.
func together(callers int, act func(n int)) {
	var start, all sync.WaitGroup
	start.Add(1)
	for n := range callers {
		all.Go(func() {
			start.Wait()
			act(n)
		})
	}
	start.Done()
	all.Wait()
}

func grant() core.Grant {
	now := core.Instant(time.Now())
	return core.Grant{ID: core.NewID(now), Row: core.Row{Change: core.NewID(now)}, State: core.GrantCode, Client: "app"}
}
