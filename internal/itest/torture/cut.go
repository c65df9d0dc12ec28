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
		return scissors{
			db, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
			"SELECT pg_terminate_backend(%d)",
		}, nil
	case "mysql", galera:
		return scissors{
			db, "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
			"KILL CONNECTION %d",
		}, nil
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
	db        *sql.DB
	list, cut string
}

// strike cuts each connection with an even chance, in the middle of whatever it carries. Where the database is away
// there is nothing to cut.
func (s scissors) strike(ctx context.Context, random *rand.Rand) int {
	rows, err := s.db.QueryContext(ctx, s.list)
	if err != nil {
		return 0
	}
	var all []int64
	for rows.Next() {
		var id int64
		if rows.Scan(&id) == nil && random.IntN(2) == 0 {
			all = append(all, id)
		}
	}
	if rows.Close() != nil || rows.Err() != nil {
		return 0
	}
	n := 0
	for _, id := range all {
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
