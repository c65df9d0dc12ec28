//go:build unix

package dbserver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the drivers register themselves
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/keywright/keywright/internal/dbserver"
)

// kinds are the servers, by the names of their drivers.
var kinds = map[string]func(context.Context, dbserver.Options) (*dbserver.Server, error){
	"pgx": dbserver.StartPostgres, "mysql": dbserver.StartMySQL,
}

func TestServer(t *testing.T) {
	for driver, start := range kinds {
		t.Run(driver, func(t *testing.T) {
			s, err := start(t.Context(), dbserver.Options{})
			s = closed(t, s, err)
			t.Run("nobody without password", func(t *testing.T) { testPasswords(t, driver, s) })
			t.Run("committed rows outlive it", func(t *testing.T) { testRows(t, driver, s) })
			t.Run("its time never falls", func(t *testing.T) { testCPU(t, driver, s) })
		})
	}
}

// closed skips where a server is not installed and closes the one that is.
func closed(t *testing.T, s *dbserver.Server, err error) *dbserver.Server {
	t.Helper()
	var missing *dbserver.MissingError
	if errors.As(err, &missing) {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func connect(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func ask(t *testing.T, db *sql.DB, query string) (answer string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func testRows(t *testing.T, driver string, s *dbserver.Server) {
	db := connect(t, driver, s.DSN(""))
	run(t, db, "CREATE TABLE rows_kept (n INTEGER)", "INSERT INTO rows_kept VALUES (1)")
	open, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Exec("INSERT INTO rows_kept VALUES (10)"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	refused(t, s)
	begin(t, s)
	again := connect(t, driver, s.DSN(""))
	if sum := ask(t, again, "SELECT SUM(n) FROM rows_kept"); sum != "1" {
		t.Errorf("after a crash the sum is %s, want that of what was committed", sum)
	}
	run(t, again, "INSERT INTO rows_kept VALUES (100)")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	refused(t, s)
	begin(t, s)
	begin(t, s) // which does nothing to one that runs
	if sum := ask(t, connect(t, driver, s.DSN("")), "SELECT SUM(n) FROM rows_kept"); sum != "101" {
		t.Errorf("after a stop the sum is %s, want 101", sum)
	}
}

func begin(t *testing.T, s *dbserver.Server) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// refused wants that nothing listens.
func refused(t *testing.T, s *dbserver.Server) {
	t.Helper()
	if c, err := net.Dial("tcp", s.Address()); err == nil {
		_ = c.Close()
		t.Error("the server still listens")
	}
}

func TestClosedServer(t *testing.T) {
	for driver, start := range kinds {
		t.Run(driver, func(t *testing.T) {
			s, err := start(t.Context(), dbserver.Options{})
			s = closed(t, s, err) // closes it once more
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			refused(t, s)
			if err := s.Start(t.Context()); err == nil {
				t.Error("it starts again, on nothing")
			}
		})
	}
}

func TestSettings(t *testing.T) {
	for driver, c := range map[string]struct {
		set           map[string]string
		shows, values string
	}{
		"pgx": {
			map[string]string{"timezone": "Pacific/Chatham", "max_connections": "17"},
			"SELECT concat_ws(' ', current_setting('timezone'), current_setting('max_connections'), current_setting('fsync'), " +
				"current_setting('synchronous_commit'))",
			"Pacific/Chatham 17 on on",
		},
		"mysql": {
			map[string]string{"sql_mode": "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "lower_case_table_names": "1"},
			"SELECT CONCAT_WS(' ', @@sql_mode, @@lower_case_table_names, @@innodb_flush_log_at_trx_commit, @@innodb_flush_method)",
			"ANSI_QUOTES,NO_BACKSLASH_ESCAPES 1 1 O_DIRECT",
		},
	} {
		t.Run(driver, func(t *testing.T) {
			s, err := kinds[driver](t.Context(), dbserver.Options{Durable: true, Settings: c.set})
			s = closed(t, s, err)
			if values := ask(t, connect(t, driver, s.DSN("")), c.shows); values != c.values {
				t.Errorf("the server says %q, want %q", values, c.values)
			}
		})
	}
}

// What cannot be changed while a server runs is changed by Restart, on the same
// data and port; without settings its makers' count again.
func TestRestart(t *testing.T) {
	for driver, c := range map[string]struct{ name, value, shows, usual string }{
		"pgx":   {"shared_buffers", "17MB", "SHOW shared_buffers", "128MB"},
		"mysql": {"innodb_buffer_pool_size", "16777216", "SELECT @@innodb_buffer_pool_size", "67108864"},
	} {
		t.Run(driver, func(t *testing.T) {
			s, err := kinds[driver](t.Context(), dbserver.Options{})
			s = closed(t, s, err)
			for _, set := range []map[string]string{{c.name: c.value}, nil} {
				db := connect(t, driver, s.DSN(""))
				if _, err := db.ExecContext(t.Context(), fmt.Sprintf("CREATE TABLE kept_%d (n INT)", len(set))); err != nil {
					t.Fatal(err)
				}
				if err := s.Restart(t.Context(), set); err != nil {
					t.Fatal(err)
				}
				want := c.usual
				if set != nil {
					want = c.value
				}
				db = connect(t, driver, s.DSN(""))
				if value := ask(t, db, c.shows); value != want {
					t.Errorf("with %v it is %s, want %s", set, value, want)
				}
				if rows := ask(t, db, fmt.Sprintf("SELECT COUNT(*) FROM kept_%d", len(set))); rows != "0" {
					t.Errorf("the table has %s rows", rows)
				}
			}
		})
	}
}

func testPasswords(t *testing.T, driver string, s *dbserver.Server) {
	for _, user := range []string{"root", "postgres", "mysql", "keywright"} {
		dsn := map[string]string{
			"pgx":   "postgres://" + user + "@" + s.Address() + "/postgres?sslmode=disable",
			"mysql": user + "@tcp(" + s.Address() + ")/",
		}[driver]
		if err := connect(t, driver, dsn).PingContext(t.Context()); err == nil {
			t.Errorf("%s comes in without a password", user)
		}
	}
}

func testCPU(t *testing.T, driver string, s *dbserver.Server) {
	work := map[string]string{
		"pgx":   "SELECT count(*) FROM generate_series(1, 500000)",
		"mysql": "SELECT BENCHMARK(2000000, SHA2('x', 256))",
	}[driver]
	before := s.CPU()
	ask(t, connect(t, driver, s.DSN("")), work)
	busy := s.CPU()
	if busy <= before {
		t.Errorf("%s before the work, %s after it", before, busy)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped := s.CPU()
	begin(t, s)
	if again := s.CPU(); stopped < busy || again < stopped {
		t.Errorf("%s while it ran, %s when it had stopped, %s when it ran again", busy, stopped, again)
	}
}

func TestPgBouncer(t *testing.T) {
	postgres, err := dbserver.StartPostgres(t.Context(), dbserver.Options{})
	postgres = closed(t, postgres, err)
	bouncer, err := dbserver.StartPgBouncer(t.Context(), postgres, dbserver.Options{Settings: map[string]string{"pool_mode": "transaction"}})
	bouncer = closed(t, bouncer, err)
	db := connect(t, "pgx", bouncer.DSN("")+"&default_query_exec_mode=simple_protocol")
	if answer := ask(t, db, "SELECT 'through'"); answer != "through" {
		t.Errorf("the answer is %q", answer)
	}
}
