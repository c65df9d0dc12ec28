package quickstart

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/databases"
)

// dumpable is a database together with a thief's view of it.
type dumpable struct {
	core.Database
	raw    *sql.DB
	tables string   // lists them
	files  []string // that hold it, where it is one of files
}

// dumped opens an empty database of a kind.
func dumped(t *testing.T, kind string) *dumpable {
	t.Helper()
	d := &dumpable{}
	var err error
	switch kind {
	case "sqlite":
		path := filepath.Join(t.TempDir(), "canary.db")
		d.tables, d.files = "SELECT name FROM sqlite_schema WHERE type = 'table'", []string{path, path + "-wal"}
		d.raw = rawDB(t, "sqlite", "file:"+path)
		d.Database, err = sqlite.Open(t.Context(), path)
	case "postgres":
		dsn := databases.Postgres(t)
		d.tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
		d.raw = rawDB(t, "pgx", dsn)
		d.Database, err = postgres.Open(t.Context(), dsn)
	default:
		dsn := databases.MySQL(t)
		d.tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
		d.raw = rawDB(t, "mysql", dsn)
		d.Database, err = mysql.Open(t.Context(), dsn)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func rawDB(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// dump is every value of every column of every row, and every file.
func (d *dumpable) dump(t *testing.T) (values [][]byte) {
	t.Helper()
	tables := 0
	for _, name := range d.rows(t, d.tables) {
		tables++
		values = append(values, d.rows(t, "SELECT * FROM "+string(name))...)
	}
	if tables < 15 || len(values) < 100 {
		t.Errorf("only %d tables with %d values were read", tables, len(values))
	}
	for _, name := range d.files {
		b, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		values = append(values, b)
	}
	return values
}

func (d *dumpable) rows(t *testing.T, query string) (values [][]byte) {
	t.Helper()
	rows, err := d.raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	row, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for n := range row {
		into[n] = &row[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, value := range row {
			values = append(values, bytes.Clone(value))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// presentAll presents what was found in a dump as everything it could be, as it
// stands and in the form of a handle.
func presentAll(t *testing.T, p *providertest.Provider, app *providertest.Client, dump [][]byte) {
	t.Helper()
	seen := map[string]bool{}
	for _, value := range dump {
		if len(value) < 8 || len(value) > 600 || seen[string(value)] {
			continue
		}
		seen[string(value)] = true
		p.Advance(time.Hour) // a guess is judged, not counted
		present(t, p, app, string(value))
		thief := *app
		thief.Secret = string(value)
		refused(t, "a client secret", thief.Token(url.Values{"grant_type": {"client_credentials"}}).Status)
		text := base64.RawURLEncoding.EncodeToString(value)
		for _, kind := range []string{"", "kw_ac_", "kw_rt_", "kw_at_"} {
			present(t, p, app, kind+text)
		}
	}
	t.Logf("%d different values", len(seen))
}

func present(t *testing.T, p *providertest.Provider, app *providertest.Client, value string) {
	t.Helper()
	if utf8.ValidString(value) && !strings.ContainsFunc(value, unicode.IsControl) { // else no header can hold it
		refused(t, "an access token", p.UserInfo(value).Status)
	}
	for what, status := range map[string]int{
		"a refresh token": app.Token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {value}}).Status,
		"a code": app.Token(url.Values{
			"grant_type": {"authorization_code"}, "code": {value}, "redirect_uri": {app.RedirectURI},
			"code_verifier": {"a verifier of forty-three characters or more, as asked"},
		}).Status,
	} {
		refused(t, what, status)
	}
}

func refused(t *testing.T, what string, status int) {
	t.Helper()
	if status != http.StatusBadRequest && status != http.StatusUnauthorized {
		t.Errorf("presented as %s, something of the dump is answered by %d", what, status)
	}
}
