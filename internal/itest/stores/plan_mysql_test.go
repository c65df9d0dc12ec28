package stores

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// TestMySQLFindsSeveralRowsByTheirKeys: a statement for several rows looks up each by
// its whole key, and locks no other, however few rows the server believes there are
// and in either character set that a connection may have.
func TestMySQLFindsSeveralRowsByTheirKeys(t *testing.T) {
	for _, c := range []struct {
		charset string
		rows    int
	}{{"binary", 0}, {"binary", 2}, {"binary", 2000}, {"utf8mb4", 2}} {
		t.Run(fmt.Sprint(c.charset, " ", c.rows), func(t *testing.T) {
			heard, connector := &mysqlShared{said: map[string]said{}}, likeOpens(t, databases.MySQL(t), c.charset)
			db, err := mysql.New(t.Context(), poolOf(t, heardConnector{connector, heard}), mysql.Timeout(20*time.Second))
			migrate(t, db, err)
			shareStatements(t, newTenant(t, db), heard, c.rows)
			pool := poolOf(t, connector)
			_, err = pool.Exec("UPDATE grants SET version = 1") // so that all is as it was asked for
			must(t, err)
			for text, s := range heard.said {
				s.look(t, pool, text)
			}
		})
	}
}

func poolOf(t *testing.T, connector driver.Connector) *sql.DB {
	t.Helper()
	pool := sql.OpenDB(connector)
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(2)
	pool.SetMaxIdleConns(2)
	return pool
}

// likeOpens is how Open connects, or with another character set.
func likeOpens(t *testing.T, dsn, charset string) driver.Connector {
	t.Helper()
	config, err := mysqldriver.ParseDSN(dsn)
	must(t, err)
	config.ClientFoundRows, config.RejectReadOnly, config.InterpolateParams = true, true, true
	config.Collation = "utf8mb4_bin"
	config.Params = map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "autocommit": "1",
		"character_set_client": charset, "character_set_connection": charset,
	}
	probe, err := mysqldriver.NewConnector(config.Clone())
	must(t, err)
	pool, version := sql.OpenDB(probe), ""
	defer func() { _ = pool.Close() }()
	must(t, pool.QueryRow("SELECT VERSION()").Scan(&version))
	if strings.Contains(version, "MariaDB") {
		config.Params["tx_isolation"] = "'READ-COMMITTED'"
	} else {
		config.Params["transaction_isolation"] = "'READ-COMMITTED'"
		config.Params["range_optimizer_max_mem_size"] = "8388608"
	}
	connector, err := mysqldriver.NewConnector(config)
	must(t, err)
	return connector
}

// shareStatements has callers meet until several shared each kind of statement.
func shareStatements(t *testing.T, s core.Store, heard *mysqlShared, rows int) {
	t.Helper()
	list := grants(t, s, rows)
	for len(list) < 64 { // who asks for what is not there
		list = append(list, newGrant(core.Instant(time.Now())))
	}
	for _, do := range []func(core.Grant) error{
		func(g core.Grant) error { return s.UpdateGrant(t.Context(), changed(g, "changed")) },
		func(g core.Grant) error { _, _, err := s.Grant(t.Context(), g.ID); return err },
		func(g core.Grant) error { _, _, _, err := s.GrantAndAccount(t.Context(), g.ID); return err },
		func(g core.Grant) error { _, err := s.Sessions(t.Context(), []core.ID{g.ID}); return err },
	} {
		heard.begin()
		for tries := 0; !heard.several(); tries++ {
			if tries == 100 {
				t.Fatal("no callers shared a statement")
			}
			var all sync.WaitGroup
			for n := range 64 {
				all.Go(func() {
					err := do(list[(tries*64+n)%len(list)])
					if err != nil && !errors.Is(err, core.ErrNotFound) && !errors.Is(err, core.ErrConflict) {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
	}
}

// said is what was said with a text: which table it is about, how many rows, how many
// of which are not the same.
type said struct {
	args           []any
	table          string
	rows, distinct int
}

// look runs a statement once more, in a transaction, and asks what the server does.
func (s said) look(t *testing.T, pool *sql.DB, text string) {
	t.Helper()
	tx, err := pool.Begin()
	must(t, err)
	defer func() { _ = tx.Rollback() }()
	plan := s.explain(t, tx, text)
	if own := plan[0]; own["type"] != "range" || own["key_len"] != "36" { // of each column its 16 bytes and their number
		t.Errorf("%s of %d rows is by %v, want a range of both columns of the key:\n%s", s.table, s.rows, own, text)
	}
	for _, line := range plan {
		if line["key"] != "PRIMARY" {
			t.Errorf("%v is not by the key:\n%s", line, text)
		}
	}
	before := passed(t, tx)
	met := s.run(t, tx, text)
	if n := passed(t, tx) - before; n > 0 {
		t.Errorf("%d rows were walked over for %d:\n%s", n, s.distinct, text)
	}
	modes := locked(t, tx)
	if len(modes) > met {
		t.Errorf("%d locks for %d rows of %d asked for, %v:\n%s", len(modes), met, s.distinct, modes, text)
	}
	t.Logf("%.40s… of %d rows, %d distinct, met %d and locked %d; %v", text, s.rows, s.distinct, met, len(modes), plan)
}

// run says how many rows a statement met.
func (s said) run(t *testing.T, tx *sql.Tx, text string) (met int) {
	t.Helper()
	statement, err := tx.Prepare(text)
	must(t, err)
	if strings.HasPrefix(text, "UPDATE") {
		result, err := statement.Exec(s.args...)
		must(t, err)
		n, err := result.RowsAffected()
		must(t, err)
		return int(n)
	}
	rows, err := statement.Query(s.args...)
	must(t, err)
	for rows.Next() {
		met++
	}
	must(t, rows.Err())
	return met
}

// explain is the plan: a line for each table, what is NULL left out.
func (s said) explain(t *testing.T, tx *sql.Tx, text string) (plan []map[string]string) {
	t.Helper()
	_, _ = tx.Exec("SET explain_format = 'TRADITIONAL'") // MariaDB has no other
	statement, err := tx.Prepare("EXPLAIN " + text)
	must(t, err)
	rows, err := statement.Query(s.args...)
	must(t, err)
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for n := range values {
			into[n] = &values[n]
		}
		must(t, rows.Scan(into...))
		line := map[string]string{}
		for n, name := range names {
			if slices.Contains([]string{"table", "type", "key", "key_len", "rows"}, name) {
				line[name] = values[n].String
			}
		}
		plan = append(plan, line)
	}
	must(t, rows.Err())
	return plan
}

// passed is how many rows the session has come to from others, not by a key.
func passed(t *testing.T, tx *sql.Tx) (all int) {
	t.Helper()
	rows, err := tx.Query("SHOW SESSION STATUS WHERE Variable_name IN" +
		" ('Handler_read_first', 'Handler_read_last', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')")
	must(t, err)
	defer func() { _ = rows.Close() }()
	name, n := "", 0
	for rows.Next() {
		must(t, rows.Scan(&name, &n))
		all += n
	}
	must(t, rows.Err())
	return all
}

// locked is how each row is locked that the transaction has locked, if the server tells.
func locked(t *testing.T, tx *sql.Tx) (modes []string) {
	t.Helper()
	rows, err := tx.Query("SELECT LOCK_MODE FROM performance_schema.data_locks WHERE LOCK_TYPE = 'RECORD' AND THREAD_ID = PS_CURRENT_THREAD_ID()")
	if err != nil {
		return nil // MariaDB does not
	}
	defer func() { _ = rows.Close() }()
	for mode := ""; rows.Next(); {
		must(t, rows.Scan(&mode))
		modes = append(modes, mode)
	}
	must(t, rows.Err())
	return modes
}
