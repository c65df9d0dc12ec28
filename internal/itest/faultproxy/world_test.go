package faultproxy_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx

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

var tables atomic.Int64

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
	w := &world{server: server, table: fmt.Sprintf("faultproxy_%d_%d", os.Getpid(), tables.Add(1))}
	address, open := target(t, server)
	w.proxy = faultproxy.Start(t, server, address)
	w.direct = pool(t, server, open(address))
	w.db = pool(t, server, open(w.proxy.Addr()))
	w.must(w.direct.ExecContext(t.Context(), "CREATE TABLE "+w.table+" (n BIGINT PRIMARY KEY, words TEXT)"))
	t.Cleanup(func() { w.must(w.direct.ExecContext(context.Background(), "DROP TABLE "+w.table)) })
	if err := w.db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) must(_ sql.Result, err error) {
	if err != nil {
		panic(err)
	}
}

// target is where the server is, and its DSN at another address.
func target(t *testing.T, server faultproxy.Server) (address string, open func(address string) string) {
	t.Helper()
	if server == faultproxy.Postgres {
		u, err := url.Parse(needs(t, "KEYWRIGHT_TEST_POSTGRES"))
		if err != nil {
			t.Fatal(err)
		}
		return u.Host, func(address string) string {
			at, query := *u, u.Query()
			query.Set("default_query_exec_mode", "exec") // one request for each statement
			at.Host, at.RawQuery = address, query.Encode()
			return at.String()
		}
	}
	c, err := driver.ParseDSN(needs(t, "KEYWRIGHT_TEST_MYSQL"))
	if err != nil {
		t.Fatal(err)
	}
	return c.Addr, func(address string) string {
		at := c.Clone()
		at.Addr, at.Net = address, "tcp"
		at.MultiStatements, at.InterpolateParams = true, true // one request for each statement
		if strings.HasPrefix(address, "/") {
			at.Net = "unix"
		}
		return at.FormatDSN()
	}
}

func needs(t *testing.T, variable string) string {
	t.Helper()
	dsn := os.Getenv(variable)
	if dsn == "" {
		t.Skipf("needs %s: the DSN of a server where tables may be made", variable)
	}
	return dsn
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
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	c, err := driver.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c.Logger = &driver.NopLogger{} // connections are lost on purpose
	connector, err := driver.NewConnector(c)
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
