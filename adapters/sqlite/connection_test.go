package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	lib "modernc.org/sqlite/lib"
)

func said(text string) *bunstore.Statement { return &bunstore.Statement{Text: text} }

// connected is a connection to a new file with a table of things.
func connected(t *testing.T) (c *connection, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "things.db")
	if err := touch(path); err != nil {
		t.Fatal(err)
	}
	c, err := connect(path, settings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	err = errors.Join(c.Do("PRAGMA journal_mode=WAL"),
		c.Do("CREATE TABLE things (id BLOB NOT NULL PRIMARY KEY, n INTEGER, b BLOB) STRICT, WITHOUT ROWID"))
	if err != nil {
		t.Fatal(err)
	}
	return c, path
}

func TestConnectionGivesBackWhatItTook(t *testing.T) {
	c, _ := connected(t)
	insert, read := said("INSERT INTO things (id, n, b) VALUES (?, ?, ?)"), said("SELECT id, n, b FROM things ORDER BY id")
	large := bytes.Repeat([]byte{0, 1, 0xff}, 1<<20)
	for _, args := range [][]any{
		{[]byte{1}, int64(-1), []byte{}},
		{[]byte{2}, nil, nil},
		{[]byte{3}, int64(1) << 62, large},
		{[]byte{4}, nil, []byte(nil)},
	} {
		if n, err := c.Exec(insert, args); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	rows, err := c.Query(read, nil)
	if err != nil || rows.Columns != 3 || len(rows.Values) != 12 {
		t.Fatal(rows.Columns, len(rows.Values), err)
	}
	v := rows.Values
	if v[1].Number != -1 || !v[1].IsNumber || v[2].Bytes == nil || len(v[2].Bytes) != 0 {
		t.Errorf("of an empty value: %+v", v[:3])
	}
	if v[4].IsNumber || v[4].Bytes != nil || v[5].Bytes != nil || v[11].Bytes != nil {
		t.Errorf("of nothing: %+v, %+v", v[3:6], v[9:])
	}
	if v[7].Number != 1<<62 || !bytes.Equal(v[8].Bytes, large) || !bytes.Equal(v[6].Bytes, []byte{3}) {
		t.Error("of a large value: another")
	}
	again, err := c.Query(said("SELECT id FROM things WHERE n = ? AND b = ?"), []any{int64(-1), []byte{}})
	if err != nil || len(again.Values) != 1 || v[0].Bytes[0] != 1 || again.Values[0].Bytes[0] != 1 {
		t.Error("what was given is not the caller's own", err)
	}
}

func TestConnectionRefusesWhatDoesNotFit(t *testing.T) {
	c, _ := connected(t)
	s := said("SELECT id FROM things WHERE id = ?")
	for _, args := range [][]any{nil, {[]byte{1}, []byte{2}}, {"text"}, {1}} {
		if _, err := c.Query(s, args); !errors.Is(err, errParameters) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := c.Query(said("SELECT nothing FROM nowhere"), nil); err == nil {
		t.Error("a table that is not there was read")
	}
	if _, err := c.Query(said(`SELECT "a string" FROM things`), nil); err == nil {
		t.Error("a name that is not there was taken for a string")
	}
	if rows, err := c.Query(s, []any{[]byte{1}}); err != nil || len(rows.Values) != 0 {
		t.Error("after a refusal:", rows, err)
	}
}

// What fails leaves the connection fit for the next, and says why by the code
// that New asks of other drivers.
func TestConnectionGoesOnAfterAnError(t *testing.T) {
	c, _ := connected(t)
	insert := said("INSERT INTO things (id) VALUES (?)")
	if err := c.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(insert, []any{[]byte{1}}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Exec(insert, []any{[]byte{1}})
	if n, ok := resultCode(err); !ok || n != lib.SQLITE_CONSTRAINT_PRIMARYKEY {
		t.Errorf("a key that is taken: %v", err)
	}
	if class, text := classify(err, resultCode); class != bunstore.Duplicate || text == "" {
		t.Errorf("a key that is taken is class %d: %s", class, text)
	}
	if err := errors.Join(c.Rollback(), c.Rollback()); err != nil {
		t.Error(err)
	}
	if n, err := c.Exec(insert, []any{[]byte{1}}); n != 1 || err != nil {
		t.Errorf("after a rollback: %d rows, %v", n, err)
	}
	if n, err := c.Exec(said("DELETE FROM things WHERE id = ?"), []any{[]byte{9}}); n != 0 || err != nil {
		t.Errorf("of no row: %d changed, %v", n, err)
	}
}

// A transaction that could not be undone holds up nobody: neither who writes next
// nor other processes.
func TestWriterDoesNotStayInATransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "left.db")
	db, d := opened(t, path, 1)
	err := d.Write(func(c bunstore.Connection) {
		if err := c.Begin(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := connect(path, []string{"PRAGMA busy_timeout(0)"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := errors.Join(other.Begin(), other.Rollback()); err != nil {
		t.Error("another process:", err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Error("the next that writes:", err)
	}
}

// A migration of another process may add columns at any time.
func TestConnectionOutlivesAColumn(t *testing.T) {
	c, path := connected(t)
	insert, read := said("INSERT INTO things (id, n) VALUES (?, 1)"), said("SELECT +n AS a FROM things WHERE id = ?")
	for n := range byte(3) {
		if n == 1 {
			other, err := connect(path, settings())
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Do("ALTER TABLE things ADD COLUMN more BLOB"); err != nil {
				t.Error(err)
			}
			other.close()
		}
		if _, err := c.Exec(insert, []any{[]byte{n}}); err != nil {
			t.Fatal(err)
		}
		rows, err := c.Query(read, []any{[]byte{n}})
		if err != nil || len(rows.Values) != 1 || rows.Values[0].Number != 1 {
			t.Errorf("%+v, %v", rows, err)
		}
	}
}

// Safety hangs on them: see New, which checks those of other pools.
func TestConnectionsAreSetAsThePoolsAre(t *testing.T) {
	_, d := opened(t, filepath.Join(t.TempDir(), "set.db"), 1)
	check := func(reads int64) func(bunstore.Connection) {
		return func(c bunstore.Connection) {
			for name, want := range map[string]int64{
				"synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1, "trusted_schema": 0,
				"journal_size_limit": 64 << 20, "query_only": reads,
			} {
				rows, err := c.Query(said("PRAGMA "+name), nil)
				if err != nil || len(rows.Values) != 1 || rows.Values[0].Number != want {
					t.Errorf("%s is %+v, want %d: %v", name, rows.Values, want, err)
				}
			}
		}
	}
	if err := errors.Join(d.Write(check(0)), d.Read(check(1))); err != nil {
		t.Error(err)
	}
}

func TestClosedConnectionsAreNotLent(t *testing.T) {
	_, d := opened(t, filepath.Join(t.TempDir(), "closed.db"), 2)
	err := d.Read(func(c bunstore.Connection) { // one that is lent ends when it is back
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if _, err := c.Query(said("SELECT 1"), nil); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Error(err)
	}
	lent := func(bunstore.Connection) { t.Error("lent") }
	for _, err := range []error{d.Read(lent), d.Write(lent)} {
		if !errors.Is(err, sql.ErrConnDone) {
			t.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Error("closed twice:", err)
	}
}
