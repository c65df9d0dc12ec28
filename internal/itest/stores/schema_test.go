package stores

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// shape is what a table looks like to the statements of a store.
type shape struct {
	Columns []string // in order: name, kind of type, nullability
	Keys    []string // sorted: primary or unique with its columns in order, or the name of an index with those it has
}

// Each pair of queries gives table, column, type and "nullable or not" in order;
// and table, key, "unique or not", "primary or not" and column in order.
const (
	sqliteColumns = `SELECT m.name, c.name, c.type, c."notnull" = 0
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`
	sqliteKeys = `SELECT * FROM (
			SELECT m.name AS tab, 'primary' AS idx, TRUE, TRUE, c.name, c.pk AS seq
				FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk > 0
			UNION ALL SELECT m.name, i.name, i."unique", FALSE, x.name, x.seqno
				FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) x
				WHERE m.type = 'table' AND i.origin <> 'pk'
		) ORDER BY tab, idx, seq`

	postgresColumns = `SELECT table_name, column_name, data_type, is_nullable = 'YES'
		FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
	postgresKeys = `SELECT t.relname, i.relname, x.indisunique, x.indisprimary, a.attname, k.n
		FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
		JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (attnum, n) ON TRUE
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
		WHERE t.relnamespace = current_schema()::regnamespace ORDER BY 1, 2, 6`

	mysqlColumns = `SELECT table_name, column_name, data_type, is_nullable = 'YES'
		FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`
	mysqlKeys = `SELECT table_name, index_name, non_unique = 0, index_name = 'PRIMARY', column_name, seq_in_index
		FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 6`
)

// kindOf is one word for the types that mean the same. Text is missing: no
// collation may have a say in what is equal.
var kindOf = map[string]string{
	"BLOB": "octets", "bytea": "octets", "varbinary": "octets", "mediumblob": "octets",
	"INTEGER": "number", "bigint": "number", "int": "small number", "integer": "small number",
}

// bookkeeping are the tables that migrations write down their progress in.
// Which of them there are, and how large their numbers, is each database's.
var bookkeeping = []string{"schema_steps", "schema_parts"}

func TestMIG07_SchemasAreTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schema.db")
	db, err := sqlite.Open(t.Context(), path)
	migrate(t, db, err)
	want := readShapes(t, "sqlite", "file:"+path, sqliteColumns, sqliteKeys)
	if len(want) < 14 {
		t.Fatalf("only %d tables", len(want))
	}
	t.Run("postgres", func(t *testing.T) {
		dsn := databases.Postgres(t)
		db, err := postgres.Open(t.Context(), dsn)
		migrate(t, db, err)
		compare(t, want, readShapes(t, "pgx", dsn, postgresColumns, postgresKeys))
	})
	t.Run("mysql", func(t *testing.T) {
		dsn := databases.MySQL(t)
		db, err := mysql.Open(t.Context(), dsn)
		migrate(t, db, err)
		compare(t, want, readShapes(t, "mysql", dsn, mysqlColumns, mysqlKeys))
		var others int
		const engines = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'"
		if err := connect(t, "mysql", dsn).QueryRow(engines).Scan(&others); err != nil || others != 0 {
			t.Errorf("%d tables are of another engine than InnoDB: %v", others, err)
		}
	})
}

func migrate(t *testing.T, db core.Database, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, want, got map[string]shape) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- sqlite, + %s:\n%s", t.Name(), diff)
	}
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

func readShapes(t *testing.T, driver, dsn, columns, keys string) map[string]shape {
	t.Helper()
	db, shapes := connect(t, driver, dsn), map[string]shape{}
	var table, name, kind string
	var nullable, unique, primary bool
	var n int
	each(t, db, columns, []any{&table, &name, &kind, &nullable}, func() {
		s := shapes[table]
		s.Columns = append(s.Columns, fmt.Sprintf("%s %s nullable=%t", name, kindOf[kind], nullable))
		if kindOf[kind] == "" {
			t.Errorf("%s.%s is of type %s", table, name, kind)
		}
		shapes[table] = s
	})
	ordered := map[string][]string{}
	each(t, db, keys, []any{&table, &name, &unique, &primary, &kind, &n}, func() {
		at := table + "\n" + keyName(name, unique, primary) + "\n" + name
		ordered[at] = append(ordered[at], kind)
	})
	for at, columns := range ordered {
		parts := strings.SplitN(at, "\n", 3)
		if strings.HasPrefix(parts[1], "index ") {
			slices.Sort(columns) // each database has the order that its planner does best with
		}
		s := shapes[parts[0]]
		s.Keys = append(s.Keys, parts[1]+" ("+strings.Join(tenantFirst(parts[1], columns), ", ")+")")
		slices.Sort(s.Keys)
		shapes[parts[0]] = s
	}
	for _, table := range bookkeeping {
		delete(shapes, table)
	}
	return shapes
}

// tenantFirst puts the tenant first again in indexes of Postgres, where it comes
// second: its planner would take them for the key otherwise.
func tenantFirst(key string, columns []string) []string {
	if strings.HasPrefix(key, "index ") && len(columns) > 1 && columns[1] == "tenant" {
		columns[0], columns[1] = columns[1], columns[0]
	}
	return columns
}

// keyName leaves out the names that databases choose.
func keyName(name string, unique, primary bool) string {
	switch {
	case primary:
		return "primary"
	case unique:
		return "unique"
	}
	return "index " + name
}

func each(t *testing.T, db *sql.DB, query string, into []any, row func()) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row()
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
