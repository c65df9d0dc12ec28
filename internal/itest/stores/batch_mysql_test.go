package stores

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// meet is how many callers the tests of batches have at once.
const meet = 32

func openMySQL(t *testing.T, dsn string, connections int) core.Database {
	t.Helper()
	db, err := mysql.Open(t.Context(), dsn, mysql.Connections(connections), mysql.Timeout(20*time.Second))
	migrate(t, db, err)
	return db
}

// grants makes n of them.
func grants(t *testing.T, s core.Store, n int) []core.Grant {
	t.Helper()
	list := make([]core.Grant, n)
	var all sync.WaitGroup
	for i := range list {
		list[i] = newGrant(core.Instant(time.Now()))
		all.Go(func() {
			if err := s.CreateGrant(t.Context(), list[i]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range list {
		list[i].Version = 1
	}
	return list
}

// changed is what g would be next, of a length of its own.
func changed(g core.Grant, reason string) core.Grant {
	g.Change, g.Reason = core.NewID(core.Instant(time.Now())), reason
	return g
}

// stands checks what a grant is like.
func stands(t *testing.T, s core.Store, want core.Grant, version uint64) {
	t.Helper()
	got, _, err := s.Grant(t.Context(), want.ID)
	if err != nil || got.Version != version || got.Change != want.Change || got.Reason != want.Reason {
		t.Errorf("version %d of %d, %.20s of %.20s: %v", got.Version, version, got.Reason, want.Reason, err)
	}
}

// TestMySQLCallersShareStatements: on a pool of one connection, whose statements the
// server counts, many callers take fewer than one each, whether they add rows, change
// them or read. Some are refused, and each is told what became of its own.
func TestMySQLCallersShareStatements(t *testing.T) {
	pool := countedPool(t, databases.MySQL(t))
	db, err := mysql.New(t.Context(), pool, mysql.Timeout(20*time.Second))
	migrate(t, db, err)
	s := newTenant(t, db)
	taken := executed(t, pool)
	since := func() int {
		before := taken
		taken = executed(t, pool)
		return taken - before
	}
	rows := grants(t, s, meet)
	adding, changing, reading := since(), 0, 0
	for round := range 5 {
		var all sync.WaitGroup
		next := make([]core.Grant, meet)
		for n := range rows {
			next[n] = changed(rows[n], string(bytes.Repeat([]byte{'a' + byte(n)}, 1+n*round*20)))
			if n%8 == 7 {
				next[n].Version += 3
			}
			all.Go(func() {
				err := s.UpdateGrant(t.Context(), next[n])
				if stale := n%8 == 7; stale != errors.Is(err, core.ErrConflict) || !stale && err != nil {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		all.Wait()
		changing += since()
		for n := range rows {
			all.Go(func() {
				if n%8 != 7 {
					stands(t, s, next[n], rows[n].Version+1)
					rows[n] = next[n]
					rows[n].Version++
				} else {
					stands(t, s, rows[n], rows[n].Version)
				}
			})
		}
		all.Wait()
		reading += since()
	}
	if adding >= meet || changing >= 5*meet || reading >= 5*meet {
		t.Errorf("%d callers added by %d statements, changed five times by %d and read by %d", meet, adding, changing, reading)
	}
}

// countedPool is one of the caller's own, of one connection.
func countedPool(t *testing.T, dsn string) *sql.DB {
	config, err := mysqldriver.ParseDSN(dsn)
	must(t, err)
	config.ClientFoundRows, config.RejectReadOnly = true, true
	config.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'", "autocommit": "1"}
	connector, err := mysqldriver.NewConnector(config)
	must(t, err)
	pool := sql.OpenDB(connector)
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	pool.SetMaxIdleConns(1)
	for _, text := range []string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"} {
		_, err := pool.Exec(text)
		must(t, err)
	}
	return pool
}

// executed is how many prepared statements the pool's connection has run.
func executed(t *testing.T, pool *sql.DB) (n int) {
	t.Helper()
	var name string
	must(t, pool.QueryRow("SHOW SESSION STATUS LIKE 'Com_stmt_execute'").Scan(&name, &n))
	return n
}

// TestMySQLOneOfManyOnARowWins, whoever shares a batch with whom.
func TestMySQLOneOfManyOnARowWins(t *testing.T) {
	s := newTenant(t, openMySQL(t, databases.MySQL(t), 4))
	rows := grants(t, s, meet)
	for round := range 10 {
		next := make([]core.Grant, meet)
		var won, other atomic.Int32
		other.Store(-1)
		var all sync.WaitGroup
		for n := range meet {
			next[n] = changed(rows[0], fmt.Sprint(round, n))
			all.Go(func() {
				switch err := s.UpdateGrant(t.Context(), next[n]); {
				case err == nil:
					won.Add(1)
					other.Store(int32(n))
				case !errors.Is(err, core.ErrConflict):
					t.Errorf("the same row: %v", err)
				}
			})
			all.Go(func() {
				if n > 0 && !raise(t, s, rows[n].ID) {
					t.Error("a row of its own was refused")
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d callers changed one row", won.Load())
		}
		rows[0] = next[other.Load()]
		stands(t, s, rows[0], uint64(round+2))
		rows[0].Version = uint64(round + 2)
	}
}

// TestMySQLInsertsHarmNobody: one of two that are the same is refused, and nobody
// else.
func TestMySQLInsertsHarmNobody(t *testing.T) {
	s, now := newTenant(t, openMySQL(t, databases.MySQL(t), 4)), core.Instant(time.Now())
	for range 10 {
		twice, once := newGrant(now), make([]core.Grant, meet)
		var won atomic.Int32
		var all sync.WaitGroup
		for n := range once {
			once[n] = newGrant(now)
			all.Go(func() {
				if err := s.CreateGrant(t.Context(), once[n]); err != nil {
					t.Errorf("a grant of its own: %v", err)
				}
			})
			if n%4 > 0 {
				continue
			}
			all.Go(func() {
				switch err := s.CreateGrant(t.Context(), twice); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, core.ErrConflict):
					t.Errorf("the same grant: %v", err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d callers created one grant", won.Load())
		}
		for _, g := range once {
			stands(t, s, g, 1)
		}
	}
}

// TestMySQLTenantsWithTheSameIDs: rows of neighbours in one statement are told
// apart, read and written.
func TestMySQLTenantsWithTheSameIDs(t *testing.T) {
	db := openMySQL(t, databases.MySQL(t), 4)
	now, ids := core.Instant(time.Now()), make([]core.ID, 8)
	for n := range ids {
		ids[n] = core.NewID(now)
	}
	var all sync.WaitGroup
	for tenant := range 4 {
		s := func() core.Store {
			one := core.Tenant{ID: core.NewID(now), Name: fmt.Sprint(tenant), Row: core.Row{Change: core.NewID(now)}}
			must(t, db.CreateTenant(t.Context(), one))
			return db.Tenant(one.ID)
		}()
		for n, id := range ids {
			all.Go(func() {
				g := newGrant(now)
				g.ID, g.Reason = id, fmt.Sprint(tenant, n)
				if err := s.CreateGrant(t.Context(), g); err != nil {
					t.Error(err)
				}
				for round := range 20 {
					stands(t, s, g, uint64(round+1))
					g = changed(g, fmt.Sprint(tenant, n, round))
					g.Version = uint64(round + 1)
					if err := s.UpdateGrant(t.Context(), g); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
}

// TestMySQLALockedRowHoldsUpItsBatchOnly, and no longer than the server waits for a
// lock.
func TestMySQLALockedRowHoldsUpItsBatchOnly(t *testing.T) {
	dsn := databases.MySQL(t)
	s := newTenant(t, openMySQL(t, dsn, 8))
	rows := grants(t, s, meet)
	lock, err := connect(t, "mysql", dsn).Begin()
	must(t, err)
	defer func() { _ = lock.Rollback() }()
	id := rows[0].ID
	_, err = lock.Exec("SELECT 1 FROM grants WHERE tenant = (SELECT id FROM tenants) AND id = ? FOR UPDATE", id[:])
	must(t, err)
	var held, all sync.WaitGroup
	held.Go(func() {
		if !raise(t, s, rows[0].ID) {
			t.Error("the row that was locked was refused")
		}
	})
	for n := 1; n < meet; n++ {
		all.Go(func() {
			for range 10 {
				if !raise(t, s, rows[n].ID) {
					t.Error("a row beside it was refused")
				}
			}
		})
	}
	all.Wait() // with the row still locked
	must(t, lock.Rollback())
	held.Wait()
}
