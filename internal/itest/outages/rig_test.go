package outages

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// rig is an empty database of a server, a proxy before it, and ways to it.
type rig struct {
	server faultproxy.Server
	proxy  *faultproxy.Proxy
	// dsn goes through the proxy, and beside past it.
	dsn, beside string
}

// servers runs a test on Postgres and on MySQL or MariaDB.
func servers(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, server := range []faultproxy.Server{faultproxy.Postgres, faultproxy.MySQL} {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, server))
		})
	}
}

func newRig(t *testing.T, server faultproxy.Server) *rig {
	t.Helper()
	var dsn string
	elsewhere := databases.PostgresElsewhere
	if server == faultproxy.MySQL {
		dsn, elsewhere = databases.MySQL(t), databases.MySQLElsewhere
	} else {
		dsn = databases.Postgres(t)
	}
	address, at := elsewhere(t, dsn)
	r := &rig{server: server, beside: dsn, proxy: faultproxy.Start(t, server, address)}
	r.dsn = at(r.proxy.Addr())
	return r
}

// open opens the database through the proxy.
func (r *rig) open(t *testing.T, connections int, timeout time.Duration) core.Database {
	t.Helper()
	return r.openAt(t, r.dsn, connections, timeout)
}

// direct opens the database past the proxy.
func (r *rig) direct(t *testing.T) core.Database {
	t.Helper()
	return r.openAt(t, r.beside, 4, time.Minute)
}

func (r *rig) openAt(t *testing.T, dsn string, connections int, timeout time.Duration) core.Database {
	t.Helper()
	var db core.Database
	var err error
	if r.server == faultproxy.MySQL {
		db, err = mysql.Open(t.Context(), dsn, mysql.Connections(connections), mysql.Timeout(timeout))
	} else {
		db, err = postgres.Open(t.Context(), dsn, postgres.Connections(connections), postgres.Timeout(timeout))
	}
	if err == nil {
		err = migrate(t, db)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // may say that its connections were lost
	return db
}

// with adds a setting to a DSN of Postgres.
func with(dsn, setting string) string {
	switch {
	case !strings.Contains(dsn, "://"):
		return dsn + " " + setting
	case strings.Contains(dsn, "?"):
		return dsn + "&" + setting
	}
	return dsn + "?" + setting
}

// migrate gives the schema more time than a call may take.
func migrate(t *testing.T, db core.Database) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return db.Migrate(ctx)
}

// admin talks to the server past the proxy and the adapter.
func (r *rig) admin(t *testing.T) *sql.DB {
	t.Helper()
	name := "pgx"
	if r.server == faultproxy.MySQL {
		name = "mysql"
	}
	db, err := sql.Open(name, r.beside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	tenant  = core.ID{1}
	counter atomic.Int64
	start   = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
)

// id is one that nobody else has.
func id() core.ID {
	n := counter.Add(1)
	return core.NewID(start.Add(time.Duration(n) * time.Millisecond))
}

// row is what every stored thing has.
func row() core.Row { return core.Row{Change: id(), KeepUntil: start.Add(24 * time.Hour)} }

// grant is one that tokens were given for.
func grant() core.Grant {
	return core.Grant{
		ID: id(), Row: row(), State: core.GrantActive, Account: id(), Client: "app", Session: id(),
		GrantTerms: core.GrantTerms{CreatedAt: start, Ends: start.Add(time.Hour), Secret: core.Hash{1}, Generation: 1, Refreshable: true},
	}
}

// event is one of a thing.
func event(of core.ID) core.Event {
	return core.Event{ID: id(), At: start, Name: core.EventGrantCreated, Thing: of, Version: 1, KeepUntil: start.Add(24 * time.Hour)}
}
