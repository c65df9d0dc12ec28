package migrations

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/keywright/keywright/core"
)

// client is the program that an administrator runs SQL with, so that it ends at
// the first error.
func (e engine) client(t *testing.T, dsn, text string) error {
	t.Helper()
	var words []string
	environment := os.Environ()
	needs := map[string]string{"sqlite": "sqlite3", "postgres": "postgresql-client", "mysql": "mariadb-client"}[e.name]
	switch e.name {
	case "sqlite":
		words = []string{"sqlite3", "-bail", dsn}
	case "postgres":
		words = []string{"psql", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", dsn}
	case "mysql":
		config, err := mysqldriver.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		host, port, err := net.SplitHostPort(config.Addr)
		if err != nil {
			t.Fatal(err)
		}
		words = []string{"mysql", "--no-defaults", "--protocol=TCP", "--host", host, "--port", port, "--user", config.User, config.DBName}
		environment = append(environment, "MYSQL_PWD="+config.Passwd)
	}
	program, err := exec.LookPath(words[0])
	if err != nil {
		t.Skipf("needs %s: apt-get install %s", words[0], needs)
	}
	cmd := exec.CommandContext(t.Context(), program, words[1:]...)
	cmd.Env, cmd.Stdin = environment, strings.NewReader(text)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(string(said)))
	}
	return nil
}

// all is the SQL of several steps.
func all(pending []core.Migration) (text string) {
	for _, m := range pending {
		text += m.SQL
	}
	return text
}

// What Pending lists is all that an administrator has to run: after it Migrate
// finds nothing to do, and nobody can tell who took the steps.
func TestPendingIsRunByHand(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		undisturbed := e.fresh(t)
		e.migrated(t, undisturbed)
		want := e.whole(t, undisturbed)
		for step, name := range []string{"an empty database", "a step behind", "two steps behind"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dsn, pending := e.at(t, step)
				if err := e.client(t, dsn, all(pending)); err != nil {
					t.Fatal(err)
				}
				e.nothingIsToDo(t, dsn)
				if diff := cmp.Diff(want, e.whole(t, dsn)); diff != "" {
					t.Error(diff)
				}
				for _, m := range pending { // once more, by mistake
					if e.client(t, dsn, m.SQL) == nil {
						t.Errorf("step %d was taken twice", m.Number)
					}
				}
				if diff := cmp.Diff(want, e.whole(t, dsn)); diff != "" {
					t.Errorf("the second time: %s", diff)
				}
			})
		}
	})
}

// nothingIsToDo sees that Migrate only looks.
func (e engine) nothingIsToDo(t *testing.T, dsn string) {
	t.Helper()
	c := &cutter{}
	db, err := e.cut(t.Context(), dsn, c)
	if err != nil {
		t.Fatal(err)
	}
	pending, err := db.Pending(t.Context())
	err = errors.Join(err, db.Migrate(t.Context()), db.Ready(t.Context()), db.Close())
	if err != nil || len(pending) > 0 {
		t.Errorf("%d steps are pending: %v", len(pending), err)
	}
	for _, text := range []string{"CREATE TABLE", "ADD COLUMN", "advisory", "GET_LOCK", "IMMEDIATE"} {
		if c.count(text) > 0 {
			t.Errorf("with nothing to do, Migrate sent %s", text)
		}
	}
}

// Where a step can stop halfway, Pending lists what is left of it. The statement
// that was under way may have been done: then it is refused, and what follows
// goes on.
func TestPendingOfAStepThatStoppedHalfway(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		undisturbed := e.fresh(t)
		e.migrated(t, undisturbed)
		want := e.whole(t, undisturbed)
		for name, after := range map[string]bool{"before a statement": false, "after it": true} {
			t.Run(name, func(t *testing.T) {
				dsn := e.stopHalfway(t, "CREATE TABLE consents", after)
				pending, err := e.opened(t, dsn, 1).Pending(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				text := all(pending)
				if left := !strings.Contains(text, "CREATE TABLE grants"); left != (e.name == "mysql") {
					t.Errorf("what is left begins elsewhere:\n%s", text)
				}
				if e.name == "mysql" && after {
					if err := e.client(t, dsn, text); err == nil || !strings.Contains(err.Error(), "1050") {
						t.Fatalf("what was done is not refused: %v", err)
					}
					_, text, _ = strings.Cut(text, "CREATE TABLE consents")
					_, text, _ = strings.Cut(text, ";\n")
				}
				if err := e.client(t, dsn, text); err != nil {
					t.Fatal(err)
				}
				e.nothingIsToDo(t, dsn)
				if diff := cmp.Diff(want, e.whole(t, dsn)); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

// stopHalfway lets Migrate die with a statement.
func (e engine) stopHalfway(t *testing.T, with string, after bool) (dsn string) {
	t.Helper()
	dsn = e.fresh(t)
	c := &cutter{after: after, only: with}
	db, err := e.cut(t.Context(), dsn, c)
	if err != nil {
		t.Fatal(err)
	}
	c.arm()
	if db.Migrate(t.Context()) == nil || c.disarm() == "" {
		t.Fatalf("Migrate did not die with %s", with)
	}
	_ = db.Close()
	return dsn
}

// A table that belongs to somebody else is not taken for ours, neither at the
// first attempt nor at the next.
func TestThreat_MIG04_TablesOfAnotherApplication(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for _, table := range []string{"tenants", "clients"} {
			dsn := e.fresh(t)
			e.exec(t, e.raw(t, dsn), "CREATE TABLE "+table+" (id INTEGER NOT NULL PRIMARY KEY)")
			for range 2 {
				if err := e.opened(t, dsn, 1).Migrate(t.Context()); err == nil {
					t.Errorf("somebody else's table %s was taken", table)
				} else {
					wantError(t, err, "step 1 (first)")
				}
			}
			e.exec(t, e.raw(t, dsn), "DROP TABLE "+table)
			if err := e.opened(t, dsn, 1).Migrate(t.Context()); err != nil {
				t.Errorf("once it is gone: %v", err)
			}
		}
	})
}
