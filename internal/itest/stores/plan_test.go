package stores

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// TestPostgresFindsRowsByTheirKeysWithoutStatistics: a plan that is made before
// the server knows its tables is kept until it does, and is then used on
// thousands of rows. It must not read all of a tenant.
func TestPostgresFindsRowsByTheirKeysWithoutStatistics(t *testing.T) {
	dsn := databases.Postgres(t)
	heard := &texts{}
	db, err := postgres.Open(t.Context(), dsn, postgres.OnStatement(heard.hear))
	migrate(t, db, err)
	forgetStatistics(t, dsn)
	touchHotRows(t, db)
	pool := connect(t, "pgx", dsn+"&enable_seqscan=off&plan_cache_mode=force_generic_plan")
	pool.SetMaxOpenConns(1)
	for n, text := range heard.hot() {
		checkPlan(t, text, explain(t, pool, n, text))
	}
	for n, text := range sharedReads(t, dsn) {
		checkPlan(t, text, explain(t, pool, 1000+n, text))
	}
}

// checkPlan demands that every row is looked up by its whole key.
func checkPlan(t *testing.T, text, plan string) {
	t.Helper()
	for _, line := range strings.Split(plan, "\n") {
		scan := regexp.MustCompile(`(Index Scan using|Seq Scan on|Bitmap .* on) (\S+)`).FindStringSubmatch(line)
		if scan != nil && !strings.HasSuffix(scan[2], "_pkey") && !strings.Contains(text, "account =") {
			t.Errorf("%s\nis looked up by %s:\n%s", text, scan[2], plan)
		}
		if strings.Contains(line, "Join Filter") {
			t.Errorf("%s\nreads more than it joins:\n%s", text, plan)
		}
	}
}

// wiretap notes the statements for several rows that a connection prepares.
type wiretap struct {
	net.Conn
	heard *texts
}

// Write sends what the driver says.
func (w wiretap) Write(b []byte) (int, error) {
	for part := range bytes.SplitSeq(b, []byte{0}) {
		if bytes.Contains(part, []byte("WITH ORDINALITY")) {
			w.heard.hear(context.Background(), string(part))
		}
	}
	return w.Conn.Write(b)
}

// tapped opens a database whose statements for several rows are heard.
func tapped(t *testing.T, dsn string, connections int) (core.Database, *texts) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	must(t, err)
	heard := &texts{}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	config.RuntimeParams["enable_seqscan"] = "off"
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return wiretap{conn, heard}, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	db, err := postgres.New(t.Context(), pool, postgres.Timeout(20*time.Second))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db, heard
}

// sharedReads are the statements by which callers who meet read several rows.
func sharedReads(t *testing.T, dsn string) []string {
	t.Helper()
	db, heard := tapped(t, dsn, 8)
	s, ctx := db.Tenant(core.NewID(time.Now())), t.Context()
	for known, read := range []func(core.ID) error{
		func(id core.ID) error { _, _, err := s.Grant(ctx, id); return err },
		func(id core.ID) error { _, _, _, err := s.GrantAndAccount(ctx, id); return err },
		func(id core.ID) error { _, err := s.Sessions(ctx, []core.ID{id}); return err },
	} {
		for tries := 0; len(heard.hot()) == known; tries++ {
			if tries == 100 {
				t.Fatal("no callers shared a statement")
			}
			var wait sync.WaitGroup
			for range 64 {
				wait.Go(func() {
					if err := read(core.NewID(time.Now())); err != nil && !errors.Is(err, core.ErrNotFound) {
						t.Error(err)
					}
				})
			}
			wait.Wait()
		}
	}
	return heard.hot()
}

// texts are the statements heard.
type texts struct {
	mu   sync.Mutex
	list []string
}

func (h *texts) hear(_ context.Context, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, text)
}

// hot are those with parameters that find rows, once each.
func (h *texts) hot() (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}
	for _, text := range h.list {
		if strings.Contains(text, "$1") && strings.Contains(text, "WHERE") && !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	return list
}

// all are those heard, once each.
func (h *texts) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.Sort(h.list)
	return slices.Compact(slices.Clone(h.list))
}

// forgetStatistics keeps the server from learning about the tables.
func forgetStatistics(t *testing.T, dsn string) {
	t.Helper()
	pool := connect(t, "pgx", dsn)
	var tables []string
	var name string
	each(t, pool, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", []any{&name}, func() { tables = append(tables, name) })
	for _, name := range tables {
		if _, err := pool.Exec("ALTER TABLE " + name + " SET (autovacuum_enabled = off)"); err != nil {
			t.Fatal(err)
		}
	}
}

// touchHotRows runs every hot statement on a few rows.
func touchHotRows(t *testing.T, db core.Database) {
	t.Helper()
	now := core.Instant(time.Now())
	row := core.Row{Change: core.NewID(now)}
	tenant := core.Tenant{ID: core.NewID(now), Name: "t", Row: row}
	if err := db.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	s, ctx := db.Tenant(tenant.ID), t.Context()
	for range 40 {
		a := core.Account{ID: core.NewID(now), Row: row}
		g := core.Grant{ID: core.NewID(now), Row: row, State: core.GrantCode, Account: a.ID, Client: "app", Session: core.NewID(now)}
		n := core.Session{ID: g.Session, Row: row, Account: a.ID}
		email := core.Identifier{Kind: core.IdentifierEmail, Value: a.ID.String() + "@example.com"}
		must(t, s.CreateAccount(ctx, core.AccountChange{Account: a, PutIdentifiers: []core.Identifier{email}}))
		must(t, s.CreateSession(ctx, n))
		must(t, s.CreateGrant(ctx, g))
		g, _, err := s.Grant(ctx, g.ID)
		must(t, err)
		g.KeepUntil = now.AddDate(1, 0, 0)
		must(t, s.UpdateGrant(ctx, g)) // as redemption does
		g.Version++
		must(t, s.UpdateGrant(ctx, g)) // as rotation does
		g.Version, g.State = g.Version+1, core.GrantRevoked
		g.KeepUntil = now
		must(t, s.UpdateGrant(ctx, g)) // a column that is searched
		_, _, _, err = s.GrantAndAccount(ctx, g.ID)
		must(t, err)
		_, err = s.Sessions(ctx, []core.ID{n.ID})
		must(t, err)
		_, _, err = s.Consent(ctx, a.ID, "app")
		must(t, err)
		_, _, err = s.Marked(ctx, "jti", core.Hash{1}, "app")
		must(t, err)
		_, err = s.AccountByIdentifier(ctx, email)
		must(t, err)
		n.Version = 1
		must(t, s.UpdateSession(ctx, n))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// explain is the plan that a connection keeps for the n-th statement.
func explain(t *testing.T, pool *sql.DB, n int, text string) (plan string) {
	t.Helper()
	if _, err := pool.Exec(fmt.Sprintf("PREPARE p%d AS %s", n, text)); err != nil {
		t.Fatal(err)
	}
	places := 0
	for strings.Contains(text, fmt.Sprintf("$%d", places+1)) {
		places++
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", places), ", ")
	var line string
	each(t, pool, fmt.Sprintf("EXPLAIN EXECUTE p%d (%s)", n, nulls), []any{&line}, func() { plan += line + "\n" })
	return plan
}
