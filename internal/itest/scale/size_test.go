//go:build unix

package scale

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
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

// The queries and settings that docs/scale.md shows work on the real tables.
func TestSizes(t *testing.T) {
	sized := func(t *testing.T, db administered) {
		sign := providertest.New(t, providertest.WithDatabase(db.Database))
		sign.Person("ada@example.com", "seven slow trains to Turin").SignIn(sign.Client(clientreg.Seed{ID: "app"}))
		if db.kind == "postgres" {
			db.file(t, "vacuum")
		}
		if err := db.Close(); err != nil { // sessions that end tell what they did
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join("testdata", db.kind+"_sizes.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for late := time.Now().Add(time.Minute); !db.names(t, string(text), "grants"); {
			if time.Now().After(late) {
				t.Fatal("after a minute there are no grants among the sizes")
			}
		}
	}
	onSQLite(t, sized)
	onServers(t, sized)
}

// names says whether the first column of what a query gives holds a name.
func (a administered) names(t *testing.T, query, name string) (found bool) {
	t.Helper()
	rows, err := a.raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		found = found || values[0].String == name
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
