package faultproxy_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// world is a server with a proxy in front and a table of the test's own in it.
type world struct {
	server faultproxy.Server
	proxy  *faultproxy.Proxy
	direct *sql.DB // past the proxy
	db     *sql.DB // one connection, through the proxy
	table  string
}

// each runs a test on both servers.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, server := range []faultproxy.Server{faultproxy.Postgres, faultproxy.MySQL} {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, server))
		})
	}
}

func newWorld(t *testing.T, server faultproxy.Server) *world {
	t.Helper()
	w := &world{server: server, table: "things"}
	address, open := target(t, server)
	w.proxy = faultproxy.Start(t, server, address)
	w.direct = pool(t, server, open(address))
	w.db = pool(t, server, open(w.proxy.Addr()))
	words := "TEXT"
	if server == faultproxy.MySQL {
		words = "BLOB"
	}
	if _, err := w.direct.ExecContext(t.Context(), "CREATE TABLE "+w.table+" (n BIGINT PRIMARY KEY, words "+words+")"); err != nil {
		t.Fatal(err)
	}
	if err := w.db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// target is where the server is, and the DSN of a database there behind another
// address.
func target(t *testing.T, server faultproxy.Server) (address string, open func(address string) string) {
	t.Helper()
	if server == faultproxy.MySQL {
		return databases.MySQLElsewhere(t, databases.MySQL(t))
	}
	return databases.PostgresElsewhere(t, databases.Postgres(t))
}

func pool(t *testing.T, server faultproxy.Server, dsn string) *sql.DB {
	t.Helper()
	db := openPool(t, server, dsn)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

func openPool(t *testing.T, server faultproxy.Server, dsn string) *sql.DB {
	t.Helper()
	if server == faultproxy.Postgres {
		c, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		c.DefaultQueryExecMode = pgx.QueryExecModeExec // one request for each statement
		return stdlib.OpenDB(*c)
	}
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c.MultiStatements, c.InterpolateParams = true, true // one request for each statement
	c.Logger = &mysql.NopLogger{}                       // connections are lost on purpose
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(connector)
}

// add inserts a row through the proxy. The number is a parameter: pgx has
// database/sql repeat statements without any whose answer was lost.
func (w *world) add(ctx context.Context, n int) error {
	_, err := w.db.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s VALUES (%s, 'x')", w.table, w.mark()), n)
	return err
}

// mark is the server's placeholder.
func (w *world) mark() string {
	if w.server == faultproxy.Postgres {
		return "$1"
	}
	return "?"
}

// rows counts past the proxy.
func (w *world) rows(t *testing.T) (n int) {
	t.Helper()
	if err := w.direct.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+w.table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func inserts(text string) bool { return strings.HasPrefix(text, "INSERT") }
