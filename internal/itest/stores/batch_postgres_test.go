package stores

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// transactions is how many have written the rows of a table last.
func transactions(t *testing.T, pool *sql.DB, table string) (n int) {
	t.Helper()
	must(t, pool.QueryRow("SELECT count(DISTINCT xmin::text) FROM "+table).Scan(&n))
	return n
}

// atOnce runs one caller for each.
func atOnce[T any](list []T, run func(n int, one T)) {
	var all sync.WaitGroup
	for n, one := range list {
		all.Go(func() { run(n, one) })
	}
	all.Wait()
}

// sharedWrites are the statements by which callers who meet write several rows, and
// how many transactions they took for so many rows.
func sharedWrites(t *testing.T, dsn string) (update, insert []string) {
	t.Helper()
	db, heard := tapped(t, dsn, 1)
	migrate(t, db, nil)
	pool, s := connect(t, "pgx", dsn), newTenant(t, db)
	for tries := 0; len(update) < 3 || len(insert) < 2; tries++ {
		if tries == 100 {
			t.Fatalf("callers share only %q and %q", update, insert)
		}
		rows := grants(t, s, meet)
		atOnce(rows, func(n int, g core.Grant) {
			g.KeepUntil = core.Instant(time.Now()).AddDate(1, 0, 0)
			must(t, s.UpdateGrant(t.Context(), g)) // as where a device redeems its code
			rows[n].KeepUntil = g.KeepUntil
		})
		if n := transactions(t, pool, "grants"); n > (tries+1)*meet*3/4 {
			t.Fatalf("%d rows were written by %d transactions", (tries+1)*meet, n)
		}
		atOnce(rows, func(_ int, g core.Grant) {
			g.Version++
			must(t, s.UpdateGrant(t.Context(), g)) // as redemption and rotation do
		})
		atOnce(rows, func(_ int, g core.Grant) {
			g.Version, g.State = g.Version+2, core.GrantRevoked
			g.Session = core.NewID(time.Now()) // a column that is searched
			must(t, s.UpdateGrant(t.Context(), g))
		})
		atOnce(rows, func(_ int, g core.Grant) {
			n := core.Session{ID: g.ID, Row: core.Row{Change: core.NewID(time.Now())}, Account: g.ID}
			must(t, s.CreateSession(t.Context(), n))
			n.Version, n.Ended = 1, true
			must(t, s.UpdateSession(t.Context(), n))
		})
		update, insert = nil, nil
		for _, text := range heard.all() {
			switch {
			case strings.HasPrefix(text, "UPDATE"):
				update = append(update, text)
			case strings.HasPrefix(text, "INSERT"):
				insert = append(insert, text)
			}
		}
	}
	return update, insert
}

// TestPostgresWritesSeveralRowsInTheirOrder: whatever the server believes of a table,
// a statement for several rows looks up one after another, as they are given. A plan
// that reads the table in its own order would lock in that order. It looks by the
// primary key, but while the server is sure that there is no row, or one: then all
// indexes are alike to it, for statements of one row too, until it looks again.
func TestPostgresWritesSeveralRowsInTheirOrder(t *testing.T) {
	dsn := databases.Postgres(t)
	update, _ := sharedWrites(t, dsn)
	pool := connect(t, "pgx", dsn+"&enable_seqscan=off&plan_cache_mode=force_generic_plan")
	pool.SetMaxOpenConns(1)
	forgetStatistics(t, dsn)
	for n, now := range []struct{ name, do string }{
		{"some rows, not looked at", ""},
		{"some rows", "ANALYZE"},
		{"no rows, not looked at", "TRUNCATE grants, sessions"},
		{"no rows", "ANALYZE"},
		{"one row", many(1, "'a'") + "ANALYZE"},
		{"few rows", many(40, "'b'") + "ANALYZE"},
		{"many rows, not looked at", many(100_000, "'c'")},
		{"many rows of one tenant", "ANALYZE"},
		{"rows of many tenants", "TRUNCATE grants, sessions;" + many(20_000, "'t' || n % 1000") + "ANALYZE"},
		{"no rows any more", "TRUNCATE grants, sessions"},
		{"no rows, tidied up", "VACUUM FULL"},
	} {
		for text := range strings.SplitSeq(now.do, ";") {
			if _, err := pool.Exec(text); err != nil {
				t.Fatal(now.name, err)
			}
		}
		for k, text := range update {
			plan := explain(t, pool, n*100+k, text)
			table := strings.Fields(text)[1]
			byKey := "Index Scan using " + table + "_pkey on " + table
			got := nodes(plan)
			if want := []string{"Update on " + table, "Nested Loop", "Function Scan on unnest v"}; len(got) != 4 ||
				!slices.Equal(got[:3], want) || !strings.HasPrefix(got[3], "Index Scan using ") {
				t.Errorf("%s: %s\nis run as\n%s", now.name, text, plan)
			} else if believed(t, pool, table) > 1 && (got[3] != byKey || !strings.Contains(plan, "(tenant = ANY (ARRAY[v.first])) AND (id = ")) {
				t.Errorf("%s: %s\nlooks by another index:\n%s", now.name, text, plan)
			}
		}
	}
}

// many adds rows to two tables.
func many(n int, tenant string) string {
	add := func(table, more, values string) string {
		return "INSERT INTO " + table + " (tenant, id, version, change, payload, " + more + ") SELECT (" + tenant +
			")::bytea, substr(sha256(n::text::bytea), 1, 16), 1, '', '', " + values + fmt.Sprintf(" FROM generate_series(1, %d) n;", n)
	}
	return add("grants", "state, account, client, session, user_code", "'x', sha256(n::text::bytea), 'c', sha256(n::text::bytea), ''") +
		add("sessions", "account, sign_in_epoch, ended", "sha256(n::text::bytea), 0, 0")
}

// believed is how many rows the server is sure that a table has; many where it does
// not know.
func believed(t *testing.T, pool *sql.DB, table string) (rows int) {
	t.Helper()
	must(t, pool.QueryRow("SELECT CASE WHEN reltuples < 0 THEN 1000000 ELSE reltuples::int END FROM pg_class"+
		" WHERE oid = to_regclass('"+table+"')").Scan(&rows))
	return rows
}

// nodes are the steps of a plan.
func nodes(plan string) (list []string) {
	for line := range strings.SplitSeq(plan, "\n") {
		if step, _, is := strings.Cut(strings.TrimLeft(line, " ->"), "  (cost"); is {
			list = append(list, step)
		}
	}
	return list
}

// TestPostgresLooksAgainAtARowThatWasHeld: somebody else holds a row, and it moves or
// does not. Once it is free its version is looked at as it is by then, in a statement
// for several rows as in one of its own.
func TestPostgresLooksAgainAtARowThatWasHeld(t *testing.T) {
	dsn := databases.Postgres(t)
	update, _ := sharedWrites(t, dsn)
	moves := update[slices.IndexFunc(update, func(text string) bool { return strings.Contains(text, "COALESCE") })]
	pool := connect(t, "pgx", dsn+"&enable_seqscan=off&plan_cache_mode=force_generic_plan")
	for name, c := range map[string]struct {
		do, end string
		want    []int64
	}{
		"moved":   {"UPDATE grants SET version = version + 1 WHERE id = $1", "COMMIT", []int64{1, 3}},
		"undone":  {"UPDATE grants SET version = version + 1 WHERE id = $1", "ROLLBACK", []int64{1, 2, 3}},
		"touched": {"UPDATE grants SET payload = '' WHERE id = $1", "COMMIT", []int64{1, 2, 3}},
		"renamed": {"UPDATE grants SET account = '' WHERE id = $1", "COMMIT", []int64{1, 3}},
		"locked":  {"SELECT 1 FROM grants WHERE id = $1 FOR UPDATE", "COMMIT", []int64{1, 2, 3}},
		"removed": {"DELETE FROM grants WHERE id = $1", "COMMIT", []int64{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			statement(t, pool, "TRUNCATE grants")
			statement(t, pool, "INSERT INTO grants (tenant, id, state, account, client, session, user_code, version, change, payload)"+
				" SELECT 't', chr(96 + n)::bytea, '', 'a', '', '', '', 4, '', '' FROM generate_series(1, 3) n")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			other, err := pool.Conn(ctx)
			must(t, err)
			defer func() { _ = other.Close() }()
			for _, text := range []string{"BEGIN", c.do} {
				args := []any{[]byte("b")}[:strings.Count(text, "$")]
				_, err = other.ExecContext(ctx, text, args...)
				must(t, err)
			}
			answer := make(chan []int64, 1)
			go func() { answer <- changedPlaces(ctx, t, pool, moves) }()
			for waiting := 0; waiting == 0 && ctx.Err() == nil; {
				must(t, other.QueryRowContext(ctx, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"+
					" AND pg_blocking_pids(pid) = ARRAY[pg_backend_pid()]").Scan(&waiting))
			}
			_, err = other.ExecContext(ctx, c.end)
			must(t, err)
			if got := <-answer; !slices.Equal(got, c.want) {
				t.Errorf("changed %v, want %v", got, c.want)
			}
		})
	}
}

// changedPlaces runs the statement of a rotation on three rows.
func changedPlaces(ctx context.Context, t *testing.T, pool *sql.DB, text string) (list []int64) {
	all := func(one string) [][]byte { return [][]byte{[]byte(one), []byte(one), []byte(one)} }
	rows, err := pool.QueryContext(ctx, text, all("s"), all("c"), all("p"), all("t"), [][]byte{{'a'}, {'b'}, {'c'}},
		[]int64{4, 4, 4}, all("a"), all(""), all(""), all(""), []int64{0, 0, 0})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var place int64
		if err := rows.Scan(&place); err != nil {
			t.Error(err)
		}
		list = append(list, place)
	}
	if rows.Err() != nil {
		t.Error(rows.Err())
	}
	return list
}

// TestPostgresOneOfManyOnARowWins: several want each row, some under a version that it
// has not, all at once. Each row is changed once for each version, and each caller is
// told what became of its own.
func TestPostgresOneOfManyOnARowWins(t *testing.T) {
	db, err := postgres.Open(t.Context(), databases.Postgres(t), postgres.Connections(2), postgres.Timeout(20*time.Second))
	migrate(t, db, err)
	s := newTenant(t, db)
	rows := grants(t, s, meet/2)
	for version := uint64(1); version < 12; version++ {
		var wants []core.Grant
		for n, g := range rows {
			for k := range 3 {
				g.Version = version
				if k == 2 {
					g.Version += 5 // nobody's
				}
				wants = append(wants, changed(g, fmt.Sprintf("%d.%d of %d", n, k, version)))
			}
		}
		won := make([][]core.Grant, len(rows))
		var mu sync.Mutex
		atOnce(wants, func(n int, g core.Grant) {
			switch err := s.UpdateGrant(t.Context(), g); {
			case err == nil:
				mu.Lock()
				won[n/3] = append(won[n/3], g)
				mu.Unlock()
			case !errors.Is(err, core.ErrConflict):
				t.Error(err)
			}
		})
		for n, who := range won {
			if len(who) != 1 || who[0].Version != version {
				t.Fatalf("row %d at version %d: %d have changed it", n, version, len(who))
			}
			stands(t, s, who[0], version+1)
		}
	}
}
