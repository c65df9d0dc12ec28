package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// listener hears statements; nil does not.
type listener = func(ctx context.Context, text string)

// engine is one kind of database.
type engine struct {
	name, driver string
	fresh        func(t testing.TB) string // the DSN of an empty database
	open         func(ctx context.Context, dsn string, connections int, hear listener) (core.Database, error)
	source       func(dsn string) string // the DSN as the driver wants it
	cut          func(ctx context.Context, dsn string, c *cutter) (core.Database, error)
	schema       string // a query for all there is, as text
}

var engines = []engine{
	{
		name: "sqlite", driver: "sqlite",
		fresh: func(t testing.TB) string { return filepath.Join(t.TempDir(), "keywright.db") },
		open: func(ctx context.Context, dsn string, n int, hear listener) (core.Database, error) {
			return sqlite.Open(ctx, dsn, sqlite.Readers(n), sqlite.OnStatement(hear))
		},
		source: func(dsn string) string { return "file:" + dsn + sqliteSettings },
		cut:    cutSQLite,
		schema: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1",
	},
	{
		name: "postgres", driver: "pgx", fresh: databases.Postgres,
		open: func(ctx context.Context, dsn string, n int, hear listener) (core.Database, error) {
			return postgres.Open(ctx, dsn, postgres.Connections(n), postgres.OnStatement(hear))
		},
		source: func(dsn string) string { return dsn },
		cut:    cutPostgres,
		schema: `SELECT concat(table_name, '.', column_name, ' ', data_type, ' ', is_nullable, ' ', ordinal_position)
				FROM information_schema.columns WHERE table_schema = current_schema()
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
			UNION ALL SELECT concat(relname, ' ', reloptions) FROM pg_class
				WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1`,
	},
	{
		name: "mysql", driver: "mysql", fresh: databases.MySQL,
		open: func(ctx context.Context, dsn string, n int, hear listener) (core.Database, error) {
			return mysql.Open(ctx, dsn, mysql.Connections(n), mysql.OnStatement(hear))
		},
		source: func(dsn string) string { return dsn },
		cut:    cutMySQL,
		schema: `SELECT CONCAT(table_name, '.', column_name, ' ', column_type, ' ', is_nullable, ' ', ordinal_position) AS line
				FROM information_schema.columns WHERE table_schema = DATABASE()
			UNION ALL SELECT CONCAT(table_name, ' ', index_name, ' ', seq_in_index, ' ', column_name, ' ', non_unique)
				FROM information_schema.statistics WHERE table_schema = DATABASE()
			UNION ALL SELECT CONCAT(table_name, ' ', engine, ' ', table_collation) FROM information_schema.tables
				WHERE table_schema = DATABASE() ORDER BY 1`,
	},
}

const sqliteSettings = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"

// each runs a test on every database, side by side.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// patience is how long anything may take, on a machine that has much to do.
const patience = 2 * time.Minute

func (e engine) opened(t testing.TB, dsn string, connections int) core.Database {
	t.Helper()
	db, err := e.open(t.Context(), dsn, connections, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (e engine) migrated(t testing.TB, dsn string) core.Database {
	t.Helper()
	db := e.opened(t, dsn, 4)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// raw is a pool beside that of the store.
func (e engine) raw(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	pool, err := sql.Open(e.driver, e.source(dsn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// at makes a database in which only the first steps were taken, as a release
// that knew no others left it, and gives what is pending.
func (e engine) at(t testing.TB, step int) (dsn string, pending []core.Migration) {
	t.Helper()
	dsn = e.fresh(t)
	pending, err := e.opened(t, dsn, 1).Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range pending[:step] {
		e.run(t, dsn, m.SQL)
	}
	return dsn, pending[step:]
}

// run runs SQL one statement after another on one connection.
func (e engine) run(t testing.TB, dsn, text string) {
	t.Helper()
	conn, err := e.raw(t, dsn).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for one := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		if _, err := conn.ExecContext(t.Context(), one); err != nil {
			t.Fatalf("%v\n%s", err, one)
		}
	}
}

func (e engine) exec(t testing.TB, on *sql.DB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := on.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

// whole is the schema and the steps that were taken, as text.
func (e engine) whole(t testing.TB, dsn string) (lines []string) {
	t.Helper()
	pool := e.raw(t, dsn)
	for _, query := range []string{e.schema, "SELECT number FROM schema_steps ORDER BY number"} {
		rows, err := pool.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// TestMain lets this binary run again as a process that migrates, and may be
// killed while it does.
func TestMain(m *testing.M) {
	if name := os.Getenv(childEngine); name != "" {
		if err := child(context.Background(), name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
