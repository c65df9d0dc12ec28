package stores

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// walked is a kind of database that purge walks for codes.
type walked struct {
	name, driver string
	dsn          func(t testing.TB) string
	open         func(t *testing.T, dsn string, hear func(context.Context, string)) (core.Database, error)
	octets       string // a literal of bytes in hexadecimal
	learn        string // makes the server know its tables
	explain      func(t *testing.T, pool *sql.DB, text string) string
	// tenants and page are what the plans must say, wrong what none may.
	tenants, page, wrong string
}

func walkedDatabases() []walked {
	return []walked{
		{
			name: "sqlite", driver: "sqlite", dsn: func(t testing.TB) string { return t.TempDir() + "/keywright.db" },
			open: func(t *testing.T, dsn string, hear func(context.Context, string)) (core.Database, error) {
				return sqlite.Open(t.Context(), dsn, sqlite.OnStatement(hear))
			},
			octets: "X'%s'", learn: "ANALYZE", explain: explainSQLite,
			tenants: `SEARCH g USING (PRIMARY KEY|COVERING INDEX \w+) \(tenant>\?\)`,
			page:    `SEARCH (g|grants) USING PRIMARY KEY \(tenant=\? AND id>\? AND id<\?\)`, wrong: `SCAN g|TEMP B-TREE`,
		},
		{
			name: "postgres", driver: "pgx", dsn: databases.Postgres,
			open: func(t *testing.T, dsn string, hear func(context.Context, string)) (core.Database, error) {
				return postgres.Open(t.Context(), dsn, postgres.OnStatement(hear))
			},
			octets: `'\x%s'`, learn: "ANALYZE grants",
			explain: func(t *testing.T, pool *sql.DB, text string) string {
				_, err := pool.ExecContext(t.Context(), "SET plan_cache_mode = force_generic_plan")
				must(t, err)
				return explain(t, pool, len(text), text)
			},
			tenants: `grants_pkey on grants g[\s\S]*Index Cond: \(tenant > [\s\S]*Index Cond: \(\(tenant = h.tenant\) AND \(id > `,
			page:    `grants_pkey on grants[\s\S]*Index Cond: \(\(tenant = [\s\S]*id > [\s\S]*id < `, wrong: `Seq Scan|Sort`,
		},
		{
			name: "mysql", driver: "mysql", dsn: databases.MySQL,
			open: func(t *testing.T, dsn string, hear func(context.Context, string)) (core.Database, error) {
				return mysql.Open(t.Context(), dsn, mysql.OnStatement(hear))
			},
			octets: "X'%s'", learn: "ANALYZE TABLE grants", explain: explainMySQL,
			tenants: `range PRIMARY .*Using index for group-by`, page: `range PRIMARY`, wrong: `filesort|temporary|ALL`,
		},
	}
}

// walkedTenants and walkedGrants of each are what the walk meets.
const walkedTenants, walkedGrants = 2000, 20

// TestThreat_LOD04_CodesAreFoundByTheKey: purge finds what nobody redeemed without
// an index of its own. Whatever there is beside it is gone past: it goes from tenant
// to tenant, and in each to the stretch of time that it looks at.
func TestThreat_LOD04_CodesAreFoundByTheKey(t *testing.T) {
	for _, w := range walkedDatabases() {
		t.Run(w.name, func(t *testing.T) {
			dsn, heard := w.dsn(t), &texts{}
			db, err := w.open(t, dsn, heard.hear)
			migrate(t, db, err)
			pool := connect(t, w.driver, dsn)
			pool.SetMaxOpenConns(1)
			now := core.Instant(time.Now())
			w.fill(t, pool, now)
			purgeAll(t, db, now.AddDate(0, 0, -30)) // nothing is as old
			heard.list = nil
			begun := time.Now()
			if n := purgeAll(t, db, now.AddDate(0, 0, -29)); n != 0 {
				t.Errorf("%d rows were purged where nothing is over", n)
			}
			t.Logf("%d tenants with nothing to do: %s, %d statements", walkedTenants, time.Since(begun), len(heard.list))
			if n := len(heard.list); n > 50 {
				t.Errorf("%d statements for %d tenants with nothing to do", n, walkedTenants)
			}
			begun = time.Now()
			if n := purgeAll(t, db, now); n != walkedTenants {
				t.Errorf("%d codes were purged, want %d", n, walkedTenants)
			}
			t.Logf("%d tenants with %d grants each, of which one is a code: %s", walkedTenants, walkedGrants, time.Since(begun))
			heard.list = nil
			purgeAll(t, db, now)
			if strings.Contains(strings.Join(heard.list, "\n"), "CASE WHEN state") {
				t.Error("what was walked is walked again")
			}
			w.plans(t, db, pool, heard, now)
		})
	}
}

// TestOfTwoWalksTheFirstToSayCounts: one process goes on with the walk while another,
// whose clock went back, begins it anew. Were the first to write down its place over
// that, nobody would look at what was made behind the clock.
func TestOfTwoWalksTheFirstToSayCounts(t *testing.T) {
	for _, w := range walkedDatabases() {
		t.Run(w.name, func(t *testing.T) {
			dsn, meanwhile := w.dsn(t), func() {}
			db, err := w.open(t, dsn, func(_ context.Context, text string) {
				if strings.HasPrefix(text, "UPDATE purge_walks") {
					meanwhile()
				}
			})
			migrate(t, db, err)
			other, err := w.open(t, dsn, nil)
			must(t, err)
			t.Cleanup(func() { _ = other.Close() })
			now := core.Instant(time.Now())
			back := now.AddDate(0, 0, -60)
			purgeAll(t, db, now.AddDate(0, 0, -30)) // writes down a place
			meanwhile = func() { purgeAll(t, other, back) }
			if _, more, err := db.Purge(t.Context(), now, 500); err != nil || !more {
				t.Errorf("more is %v (%v) though somebody else was faster", more, err)
			}
			var until int64
			each(t, connect(t, w.driver, dsn), "SELECT until FROM purge_walks", []any{&until}, func() {})
			if want := back.Add(-core.KeepCodes - core.MaxCodeStart).Truncate(time.Hour).UnixMicro(); until != want {
				t.Errorf("the walk has come to %s, want %s", time.UnixMicro(until), time.UnixMicro(want))
			}
		})
	}
}

// TestThreat_LOD04_NoCodeIsLeftWhereACallWasFull: one tenant has more codes than a
// call removes, and more than a page holds. What a call could not take, in the middle
// of a page or after it, the next one takes.
func TestThreat_LOD04_NoCodeIsLeftWhereACallWasFull(t *testing.T) {
	const codes = 1100 // pages have 1000
	for _, w := range walkedDatabases() {
		t.Run(w.name, func(t *testing.T) {
			dsn := w.dsn(t)
			db, err := w.open(t, dsn, nil)
			migrate(t, db, err)
			pool, now := connect(t, w.driver, dsn), core.Instant(time.Now())
			for n, limit := range []int{300, 1000} {
				made := now.AddDate(0, 0, 10*n-20)
				var rows []string
				for range codes {
					rows = append(rows, w.row(t, 1, core.GrantCode, made))
				}
				w.insert(t, pool, rows)
				if removed := purgeBy(t, db, made.AddDate(0, 0, 5), limit); removed != codes {
					t.Errorf("%d at a time: %d codes were purged, want %d", limit, removed, codes)
				}
			}
		})
	}
}

// plans looks at how the statements of a walk are run.
func (w walked) plans(t *testing.T, db core.Database, pool *sql.DB, heard *texts, now time.Time) {
	t.Helper()
	purgeAll(t, db, now.AddDate(-1, 0, 0)) // a clock that went back has it begin anew
	purgeAll(t, db, now)
	found := map[string]string{}
	for _, text := range heard.list {
		switch {
		case strings.Contains(text, "CASE WHEN state"):
			found[w.page] = text
		case strings.Contains(text, "RECURSIVE"), strings.Contains(text, "MIN(id)"):
			found[w.tenants] = text
		}
	}
	if len(found) != 2 {
		t.Fatalf("not all statements were heard: %q", found)
	}
	for want, text := range found {
		plan := w.explain(t, pool, text)
		if !regexp.MustCompile(want).MatchString(plan) || regexp.MustCompile(w.wrong).MatchString(plan) {
			t.Errorf("%s\nis run so, want %s:\n%s", text, want, plan)
		}
	}
}

// fill makes the grants of many tenants: of each tenant's all but one were redeemed.
// They were made in turn, in the last days but for the last.
func (w walked) fill(t *testing.T, pool *sql.DB, now time.Time) {
	t.Helper()
	var rows []string
	for n := range walkedTenants {
		for i := range walkedGrants {
			state := core.GrantActive
			if i == n%walkedGrants {
				state = core.GrantCode
			}
			rows = append(rows, w.row(t, n, state, now.Add(time.Duration(i-22)*24*time.Hour+time.Duration(n)*time.Second)))
		}
	}
	w.insert(t, pool, rows)
	_, err := pool.ExecContext(t.Context(), w.learn)
	must(t, err)
}

// row is a grant of the n-th tenant, made at an instant.
func (w walked) row(t *testing.T, n int, state core.GrantState, at time.Time) string {
	t.Helper()
	literal := func(b []byte) string { return fmt.Sprintf(w.octets, hex.EncodeToString(b)) }
	tenant := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(n))
	g := core.Grant{ID: core.NewID(at), State: state}
	g.CodeEnds, g.Ends = at.Add(time.Minute), at.AddDate(0, 6, 0)
	payload, err := g.MarshalPayload()
	must(t, err)
	return fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %s, 1, %s, %d, %s)", literal(tenant), literal(g.ID[:]), literal([]byte(g.State)),
		literal(tenant), literal([]byte("app")), literal(g.ID[:]), literal(nil), literal(g.ID[:]), g.Ends.UnixMicro(), literal(payload))
}

func (w walked) insert(t *testing.T, pool *sql.DB, rows []string) {
	t.Helper()
	for some := range slices.Chunk(rows, 300) {
		_, err := pool.ExecContext(t.Context(), "INSERT INTO grants (tenant, id, state, account, client, session, user_code, version, "+
			quotedChange[w.name]+", keep_until, payload) VALUES "+strings.Join(some, ", "))
		must(t, err)
	}
}

// quotedChange is the name of a column, which is a word of MySQL's.
var quotedChange = map[string]string{"sqlite": "change", "postgres": "change", "mysql": "`change`"}

// purgeAll removes all that is over and says how much it was.
func purgeAll(t *testing.T, db core.Database, now time.Time) (n int) {
	t.Helper()
	return purgeBy(t, db, now, 500)
}

// purgeBy does so with so many at a time.
func purgeBy(t *testing.T, db core.Database, now time.Time, limit int) (n int) {
	t.Helper()
	for more := true; more; {
		some, again, err := db.Purge(t.Context(), now, limit)
		must(t, err)
		n, more = n+some, again
	}
	return n
}

func explainSQLite(t *testing.T, pool *sql.DB, text string) (plan string) {
	t.Helper()
	var id, parent, unused int
	var line string
	each(t, pool, "EXPLAIN QUERY PLAN "+regexp.MustCompile(`\?`).ReplaceAllString(text, "X'00'"), []any{&id, &parent, &unused, &line}, func() { plan += line + "\n" })
	return plan
}

func explainMySQL(t *testing.T, pool *sql.DB, text string) (plan string) {
	t.Helper()
	id := core.NewID(time.Now().AddDate(0, 0, -3))
	for _, value := range []string{"00", hex.EncodeToString(id[:]), hex.EncodeToString(id[:1]) + "ff"} {
		text = strings.Replace(text, "?", "X'"+value+"'", 1)
	}
	text = strings.Replace(text, "?", "X'ff'", 1)
	var kind, key, extra, rest sql.NullString
	into := []any{&rest, &rest, &rest, &kind, &rest, &key, &rest, &rest, &rest, &extra}
	if _, err := pool.Exec("SET explain_format = 'TRADITIONAL'"); err == nil { // MySQL draws a tree otherwise, and has two columns more
		into = slices.Insert(slices.Insert(into, 9, any(&rest)), 3, any(&rest))
	}
	each(t, pool, "EXPLAIN "+text, into, func() {
		plan += kind.String + " " + key.String + " " + extra.String + "\n"
	})
	return plan
}
