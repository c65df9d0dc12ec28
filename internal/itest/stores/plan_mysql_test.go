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
	for _, charset := range []string{"binary", "utf8mb4"} {
		for _, rows := range []int{0, 2, 2000} {
			t.Run(fmt.Sprint(charset, " ", rows), func(t *testing.T) {
				heard, pool := &mysqlShared{said: map[string]said{}}, likeOpens(t, databases.MySQL(t), charset)
				own := sql.OpenDB(heardConnector{pool, heard})
				own.SetMaxOpenConns(2)
				own.SetMaxIdleConns(2)
				db, err := mysql.New(t.Context(), own, mysql.Timeout(20*time.Second))
				migrate(t, db, err)
				shareStatements(t, newTenant(t, db), heard, rows)
				plain := sql.OpenDB(pool)
				t.Cleanup(func() { _ = plain.Close() })
				_, err = plain.Exec("UPDATE grants SET version = 1") // so that all is as it was asked for
				must(t, err)
				for text, s := range heard.said {
					s.look(t, plain, text, rows > 0)
				}
			})
		}
	}
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
	for _, do := range map[string]func(core.Grant) error{
		"UPDATE grants": func(g core.Grant) error { return s.UpdateGrant(t.Context(), changed(g, "changed")) },
		"grants g ":     func(g core.Grant) error { _, _, err := s.Grant(t.Context(), g.ID); return err },
		"a.payload":     func(g core.Grant) error { _, _, _, err := s.GrantAndAccount(t.Context(), g.ID); return err },
		"sessions s ":   func(g core.Grant) error { _, err := s.Sessions(t.Context(), []core.ID{g.ID}); return err },
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

// look runs a statement once more, in a transaction, and asks what the server did.
func (s said) look(t *testing.T, pool *sql.DB, text string, some bool) {
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
	before := handled(t, tx)
	met := 0
	if statement, err := tx.Prepare(text); err != nil {
		t.Fatal(err)
	} else if strings.HasPrefix(text, "UPDATE") {
		result, err := statement.Exec(s.args...)
		must(t, err)
		n, err := result.RowsAffected()
		must(t, err)
		met = int(n)
	} else {
		rows, err := statement.Query(s.args...)
		must(t, err)
		for rows.Next() {
			met++
		}
		must(t, rows.Err())
	}
	after := handled(t, tx)
	asked, walked := after["Handler_read_key"]-before["Handler_read_key"], 0
	for _, name := range []string{"Handler_read_next", "Handler_read_prev", "Handler_read_first", "Handler_read_rnd_next"} {
		walked += after[name] - before[name]
	}
	locks, modes := locked(t, tx)
	t.Logf("%.40s… %d rows, %d distinct, met %d: %d asked for, %d walked, %d locks %v; plan %v", text, s.rows, s.distinct, met, asked, walked, locks, modes, plan)
	if walked > 0 {
		t.Errorf("%d rows were walked over for %d:\n%s", walked, s.distinct, text)
	}
	if locks > met {
		t.Errorf("%d locks for %d rows of %d asked for, %v", locks, met, s.distinct, modes)
	}
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

// handled is how often the session has read rows, in which way.
func handled(t *testing.T, tx *sql.Tx) map[string]int {
	t.Helper()
	rows, err := tx.Query("SHOW SESSION STATUS LIKE 'Handler_read%'")
	must(t, err)
	defer func() { _ = rows.Close() }()
	counts, name, n := map[string]int{}, "", 0
	for rows.Next() {
		must(t, rows.Scan(&name, &n))
		counts[name] = n
	}
	must(t, rows.Err())
	return counts
}

// locked is how many rows the transaction has locked, and how, if the server tells.
func locked(t *testing.T, tx *sql.Tx) (n int, modes []string) {
	t.Helper()
	rows, err := tx.Query("SELECT LOCK_MODE FROM performance_schema.data_locks WHERE LOCK_TYPE = 'RECORD' AND THREAD_ID = PS_CURRENT_THREAD_ID()")
	if err != nil {
		return 0, nil // MariaDB does not
	}
	defer func() { _ = rows.Close() }()
	for mode := ""; rows.Next(); n++ {
		must(t, rows.Scan(&mode))
		modes = append(modes, mode)
	}
	must(t, rows.Err())
	slices.Sort(modes)
	return n, slices.Compact(modes)
}
