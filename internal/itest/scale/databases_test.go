//go:build unix

package scale

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the drivers register themselves
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// administered is a database as the provider has it and as its administrator
// has it.
type administered struct {
	core.Database
	kind string
	raw  *sql.DB
	dsn  string
}

// restarted is the same database as a process that starts now has it.
func (a administered) restarted(t *testing.T) core.Database {
	t.Helper()
	open := func() (core.Database, error) { return postgres.Open(t.Context(), a.dsn) }
	if a.kind == "mysql" {
		open = func() (core.Database, error) { return mysql.Open(t.Context(), a.dsn) }
	}
	db, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onServers runs a test on both kinds of servers.
func onServers(t *testing.T, run func(t *testing.T, db administered)) {
	onPostgres(t, run)
	t.Run("mysql", func(t *testing.T) {
		dsn := databases.MySQL(t)
		db, err := mysql.Open(t.Context(), dsn)
		run(t, administer(t, "mysql", "mysql", dsn, db, err))
	})
}

func onPostgres(t *testing.T, run func(t *testing.T, db administered)) {
	t.Run("postgres", func(t *testing.T) {
		dsn := databases.Postgres(t)
		db, err := postgres.Open(t.Context(), dsn)
		run(t, administer(t, "postgres", "pgx", dsn, db, err))
	})
}

// onSQLite runs a test on a file.
func onSQLite(t *testing.T, run func(t *testing.T, db administered)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "test.db")
		db, err := sqlite.Open(t.Context(), path)
		run(t, administer(t, "sqlite", "sqlite", path, db, err))
	})
}

func administer(t *testing.T, kind, driver, dsn string, db core.Database, err error) administered {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return administered{db, kind, raw, dsn}
}

// file runs the statements of a file that docs/scale.md shows, on one
// connection.
func (a administered) file(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", a.kind+"_"+name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := a.raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func (a administered) count(t *testing.T, what string) (n int) {
	t.Helper()
	if err := a.raw.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+what).Scan(&n); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return n
}

// keys are the definitions of a table's indexes.
func (a administered) keys(t *testing.T, table string) (list []string) {
	t.Helper()
	query := "SELECT replace(indexdef, ' ONLY ', ' ') FROM pg_indexes WHERE tablename = '" + table + "'"
	if a.kind == "mysql" {
		query = "SELECT CONCAT(index_name, ' ', non_unique, ' ', seq_in_index, ' ', column_name) FROM information_schema.statistics" +
			" WHERE table_schema = DATABASE() AND table_name = '" + table + "'"
	}
	rows, err := a.raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		list = append(list, key)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		t.Fatalf("%s has no keys: %v", table, err)
	}
	slices.Sort(list)
	return list
}
