//go:build unix

package torture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	driver "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver registers itself
	_ "modernc.org/sqlite"             // the driver registers itself

	"github.com/keywright/keywright/internal/dbserver"
)

// newCutter is what cuts connections to the database of the setting, on a connection of its own.
func newCutter(ctx context.Context, s Setting) (cutter, error) {
	db, err := s.admin()
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	switch s.Store {
	case "postgres":
		return scissors{db, backends, "SELECT pg_terminate_backend(%d)"}, nil
	case "mysql", galera:
		return scissors{db, sessions, "KILL CONNECTION %d"}, nil
	}
	return holder{db}, nil
}

// admin is a pool beside those of the replicas.
func (s Setting) admin() (*sql.DB, error) {
	switch s.Store {
	case "postgres":
		return sql.Open("pgx", s.DSN)
	case "mysql", galera:
		config, err := driver.ParseDSN(s.DSN)
		if err != nil {
			return nil, err
		}
		config.Logger = &driver.NopLogger{}
		connector, err := driver.NewConnector(config)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	}
	return sql.Open("sqlite", "file:"+s.DSN+"?_pragma=busy_timeout(10000)&_txlock=immediate")
}

// scissors cut connections of other processes.
type scissors struct {
	db   *sql.DB
	list func(ctx context.Context, db *sql.DB) ([]int64, error)
	cut  string
}

// backends are the connections to a database of Postgres.
func backends(ctx context.Context, db *sql.DB) (all []int64, err error) {
	rows, err := db.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}

// sessions are those of MySQL.
func sessions(ctx context.Context, db *sql.DB) (all []int64, err error) {
	list, err := dbserver.MySQLSessions(ctx, db)
	for _, s := range list {
		all = append(all, s.ID)
	}
	return all, err
}

// strike cuts each connection with an even chance, in the middle of whatever it carries. Where the database is away
// there is nothing to cut.
func (s scissors) strike(ctx context.Context, random *rand.Rand) int {
	all, err := s.list(ctx, s.db)
	if err != nil {
		return 0
	}
	n := 0
	for _, id := range all {
		if random.IntN(2) == 0 {
			continue
		}
		if _, err := s.db.ExecContext(ctx, fmt.Sprintf(s.cut, id)); err == nil {
			n++ // otherwise it has gone by itself
		}
	}
	return n
}

func (s scissors) close() { s.db.Close() }

// holder holds the write lock of an SQLite file, which has no connections to cut.
type holder struct{ db *sql.DB }

// strike holds up who writes: mostly for less than they wait, at times for longer.
func (h holder) strike(ctx context.Context, random *rand.Rand) int {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return 0
	}
	long := random.Int64N(int64(400 * time.Millisecond))
	if random.IntN(20) == 0 {
		long += int64(6 * time.Second)
	}
	held := time.NewTimer(time.Duration(long))
	defer held.Stop()
	select {
	case <-held.C:
	case <-ctx.Done():
	}
	_ = tx.Rollback() // it wrote nothing
	return 1
}

func (h holder) close() { h.db.Close() }
