//go:build unix

package scale

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// rows are how many each table has.
func (a administered) rows(t *testing.T) map[string]int {
	t.Helper()
	tables := map[string]string{
		"sqlite":   "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
		"postgres": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
		"mysql":    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
	}[a.kind]
	names, err := a.raw.QueryContext(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	counts := map[string]int{}
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		counts[name] = 0
	}
	if err := names.Err(); err != nil || len(counts) < 15 {
		t.Fatalf("%d tables: %v", len(counts), err)
	}
	for name := range counts {
		counts[name] = a.count(t, name)
	}
	delete(counts, "provider_keys")
	delete(counts, "leases")
	counts["events"] = a.events(t, "events")
	return counts
}

// events counts those in a part of the log that are about people: keys are made
// beside what these do.
func (a administered) events(t *testing.T, part string) int {
	t.Helper()
	made := fmt.Sprintf("x'%x'", core.EventKeyCreated)
	if a.kind == "postgres" {
		made = fmt.Sprintf(`'\x%x'`, core.EventKeyCreated)
	}
	return a.count(t, part+" WHERE name <> "+made)
}

// logged is how much the server's logs have grown, in bytes, by the name of the
// log. It is right on a server where nobody else writes.
type logged map[string]int64

func (a administered) logged(t *testing.T) logged {
	t.Helper()
	queries := map[string]map[string]string{
		"postgres": {"WAL": "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"},
		"mysql": {"redo log": "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status" +
			" WHERE variable_name = 'Innodb_lsn_current'"},
	}[a.kind]
	l := logged{}
	for name, query := range queries {
		var n int64
		if err := a.raw.QueryRowContext(t.Context(), query).Scan(&n); err == nil {
			l[name] = n
		}
	}
	return l
}

func (l logged) since(before logged, acts int) string {
	var b strings.Builder
	for name, n := range l {
		fmt.Fprintf(&b, " %d bytes of %s each", (n-before[name])/int64(acts), name)
	}
	return b.String()
}

// sizes logs what the file that docs/scale.md shows says of this database.
func (a administered) sizes(t *testing.T, when string) {
	t.Helper()
	if a.kind == "mysql" { // which counts now and then only
		if _, err := a.raw.ExecContext(t.Context(), "ANALYZE TABLE grants, events, sessions, interactions, limits, consents, accounts, credentials"); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(when)
	text, err := os.ReadFile(filepath.Join("testdata", a.kind+"_sizes.sql"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := a.raw.QueryContext(t.Context(), string(text))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(strings.Join(columns, " | "))
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(values))
		for n := range values {
			line[n] = values[n].String
		}
		t.Log(strings.Join(line, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
