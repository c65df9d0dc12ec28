package threats

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

func openFile(t *testing.T, path string) core.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// file is a database as an operator's own tool sees it.
type file struct {
	*sql.DB
	t *testing.T
}

func rawFile(t *testing.T, path string) file {
	t.Helper()
	raw, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return file{raw, t}
}

// column asks for one column of text.
func (f file) column(query string) (all []string) {
	f.t.Helper()
	rows, err := f.Query(query)
	if err != nil {
		f.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			f.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return all
}

func (f file) tables() []string {
	return f.column("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
}

// content is every row of every table but those that chores write to, which run
// beside the test.
func (f file) content() (all []string) {
	for _, table := range f.tables() {
		if slices.Contains([]string{"leases", "deliveries", "provider_keys", "events"}, table) {
			continue
		}
		columns := ""
		for _, c := range f.column(fmt.Sprintf("SELECT name FROM pragma_table_info('%s')", table)) {
			columns += fmt.Sprintf(" || '|' || quote(%q)", c)
		}
		all = append(all, f.column(fmt.Sprintf("SELECT '%s'%s AS line FROM %s ORDER BY line", table, columns, table))...)
	}
	return all
}

// MIG05: what a database holds is as it was after every further start, and MIG06
// keeps out what would not understand it.
func TestThreat_MIG05_AnotherStartChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	w := newWorld(t, providertest.WithDatabase(openFile(t, path)))
	tokens := w.ada.SignIn(w.app)
	raw := rawFile(t, path)
	before := raw.content()
	for range 2 {
		if err := openFile(t, path).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if after := raw.content(); !slices.Equal(before, after) || len(before) < 10 {
		t.Errorf("%d rows before, %d after", len(before), len(after))
	}
	if got := w.app.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// MIG01: a later release widens the tables while this one runs. What began before
// goes on, at this replica and at one that starts afterwards.
func TestThreat_MIG01_AReplicaServesOnAWiderSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wider.db")
	w, restart := newRestartedOn(t, func() core.Database { return openFile(t, path) })
	tokens := w.ada.SignIn(w.app)
	request, code := w.code()
	half := w.ada.Browser()
	asked := w.app.Authorize()
	half.Open(asked.URL)
	half.Submit("signin", map[string]string{"identifier": w.ada.Email})
	raw := rawFile(t, path)
	for _, table := range raw.tables() {
		if _, err := raw.Exec("ALTER TABLE " + table + " ADD COLUMN later TEXT"); err != nil {
			t.Fatal(err)
		}
	}
	step := func() {
		t.Helper()
		got := w.app.Refresh(tokens.Refresh)
		if got.Status != http.StatusOK {
			t.Fatalf("refresh: %d %s", got.Status, got.Body)
		}
		tokens = got.Tokens
		if got := w.UserInfo(tokens.Access); got.Status != http.StatusOK {
			t.Errorf("userinfo: %d %s", got.Status, got.Body)
		}
	}
	step()
	if got := w.app.Token(w.redemption(request, code)); got.Status != http.StatusOK {
		t.Errorf("a code from before: %d %s", got.Status, got.Body)
	}
	restart()
	w.app.Redeem(asked, half.Continue())
	step()
	w.ada.SignIn(w.app)
}
