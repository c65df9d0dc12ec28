package outages

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// own is a server of the test's own, with a database whose user has no
// privileges beyond it.
type own struct {
	*rig
	server *dbserver.Server
	root   *sql.DB
}

// ownServers runs a test on a Postgres and on a MySQL or MariaDB of its own.
func ownServers(t *testing.T, settings map[faultproxy.Server]map[string]string, test func(t *testing.T, o *own)) {
	t.Helper()
	for _, kind := range []faultproxy.Server{faultproxy.Postgres, faultproxy.MySQL} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newOwn(t, kind, settings[kind]))
		})
	}
}

func newOwn(t *testing.T, kind faultproxy.Server, settings map[string]string) *own {
	t.Helper()
	start, driver, dsn := databases.PostgresServer, "pgx", "postgres://app:app@%/app?sslmode=disable"
	statements := []string{"CREATE ROLE app LOGIN PASSWORD 'app'", "CREATE DATABASE app OWNER app"}
	if kind == faultproxy.MySQL {
		start, driver, dsn = databases.MySQLServer, "mysql", "app:app@tcp(%)/app"
		statements = []string{"CREATE DATABASE app", "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app'", "GRANT ALL ON app.* TO app@'127.0.0.1'"}
	}
	server := start(t, dbserver.Options{Settings: settings})
	dsnOfRoot := server.DSN("")
	if kind == faultproxy.Postgres {
		dsnOfRoot += "&default_transaction_read_only=off" // whatever the server is set to
	}
	root, err := sql.Open(driver, dsnOfRoot)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	for _, s := range statements {
		run(t, root, s)
	}
	proxy := faultproxy.Start(t, kind, server.Address())
	return &own{
		rig: &rig{
			server: kind, proxy: proxy,
			beside: strings.ReplaceAll(dsn, "%", server.Address()), dsn: strings.ReplaceAll(dsn, "%", proxy.Addr()),
		},
		server: server, root: root,
	}
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement)
	must(t, fmtError(statement, err))
}

// FLT01, FLT17: a server that is stopped, or killed, and comes back.
func TestThreat_FLT01_ServerStoppedAndKilled(t *testing.T) {
	t.Parallel()
	ownServers(t, nil, func(t *testing.T, o *own) {
		c := newCompany(t, o.openAt(t, o.beside, 4, time.Second))
		c.works(t)
		must(t, o.server.Stop())
		c.away(t, time.Second)
		must(t, o.server.Start(t.Context()))
		c.recovers(t)
		o.server.Kill()
		c.away(t, time.Second)
		must(t, o.server.Start(t.Context()))
		c.recovers(t)
	})
}

// readOnly makes the server one that can only be read, with connections that
// live on, as one that was the primary.
func (o *own) readOnly(t *testing.T, is bool) {
	t.Helper()
	value := map[bool]string{true: "ON", false: "OFF"}[is]
	if o.rig.server == faultproxy.MySQL {
		run(t, o.root, "SET GLOBAL read_only = "+value)
		return
	}
	run(t, o.root, "ALTER DATABASE app SET default_transaction_read_only = "+value) // new sessions begin with it
	run(t, o.root, "ALTER SYSTEM SET default_transaction_read_only = "+value)       // and those that are open hear of it
	run(t, o.root, "SELECT pg_reload_conf()")
}

// FLT08, FLT18: the server can only be read from one moment on. Writes are 503
// and readiness says so; what only reads goes on; once it can be written, or
// another can, so can we, over connections that lived through it.
func TestThreat_FLT08_FLT18_ServerReadOnly(t *testing.T) {
	t.Parallel()
	ownServers(t, nil, func(t *testing.T, o *own) {
		dsn := o.beside
		if o.rig.server == faultproxy.Postgres {
			dsn += "&target_session_attrs=any" // by default a server that can only be read is left alone, reads too
		}
		c := newCompany(t, o.openAt(t, dsn, 4, 5*time.Second))
		c.works(t)
		o.readOnly(t, true)
		writes := map[string]bool{"authorize": true, "change of password": true, "revocation": true, "readiness": true}
		for _, q := range c.stored() {
			until(t, func() string {
				if got := q.ask(t); got.away() != writes[q.name] || !writes[q.name] && got.status != q.want {
					return fmt.Sprintf("%s: %d %s", q.name, got.status, got.body)
				}
				return ""
			})
		}
		o.readOnly(t, false)
		c.recovers(t)
	})
}

// until asks again until nothing is wrong any more: a setting takes its time to
// reach every session.
func until(t *testing.T, wrong func() string) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for since := time.Now(); ; <-again.C {
		what := wrong()
		if what == "" {
			return
		}
		if time.Since(since) > 30*time.Second {
			t.Error(what)
			return
		}
	}
}
