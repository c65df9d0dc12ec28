package migrations

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Rows that an earlier release has written stand in testdata as text: all columns
// are octets or numbers, so that they are the same on every database. A line
// "== table" begins a table; a column and its value take a line, and a row ends
// with an empty one.

// load puts rows into tables that are there.
func (e engine) load(t testing.TB, dsn, text string) {
	t.Helper()
	pool, table := e.raw(t, dsn), ""
	for part := range strings.SplitSeq(text, "\n\n") {
		var columns, places []string
		var values []any
		for line := range strings.Lines(part) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if name == "==" {
				table = value
				continue
			}
			columns = append(columns, e.quoted(name))
			values = append(values, parsed(t, value))
			places = append(places, e.place(len(values)))
		}
		if len(columns) == 0 {
			continue
		}
		insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(places, ", "))
		if _, err := pool.ExecContext(t.Context(), insert, values...); err != nil {
			t.Fatalf("%v\n%s", err, insert)
		}
	}
}

// quoted is a column's name, of which MySQL reserves one.
func (e engine) quoted(name string) string {
	if e.name == "mysql" {
		return "`" + name + "`"
	}
	return name
}

// place is the n-th parameter.
func (e engine) place(n int) string {
	if e.name == "postgres" {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

func parsed(t testing.TB, value string) any {
	t.Helper()
	if value == "NULL" {
		return nil
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return n
	}
	text, err := strconv.Unquote(value)
	if err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return []byte(text)
}

// dump writes what load reads.
func (e engine) dump(t testing.TB, dsn string) string {
	t.Helper()
	var text strings.Builder
	pool := e.raw(t, dsn)
	rows, err := pool.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_%' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	scan(t, rows, func(_ []string, values []any) {
		table := values[0].(string)
		rows, err := pool.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "== %s\n", table)
		scan(t, rows, func(columns []string, values []any) {
			for n, value := range values {
				switch value := value.(type) {
				case nil:
					fmt.Fprintln(&text, columns[n], "NULL")
				case []byte:
					fmt.Fprintln(&text, columns[n], strconv.Quote(string(value)))
				default:
					fmt.Fprintln(&text, columns[n], value)
				}
			}
			text.WriteString("\n")
		})
	})
	return text.String()
}

func scan(t testing.TB, rows *sql.Rows, row func(columns []string, values []any)) {
	t.Helper()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row(columns, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// unpacked is a file of testdata, without its compression.
func unpacked(t testing.TB, name string) (path string) {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unzip, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "keywright.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
