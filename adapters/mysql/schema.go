package mysql

import (
	"context"
	"database/sql"
	"errors"
	"time"

	mysql "github.com/go-sql-driver/mysql"
)

func hasTable(name string) string {
	return "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '" + name + "'"
}

// The lock of a step is the server's, named after the database. It goes with the
// connection, so that a process that dies leaves none behind. Names of locks are
// of 64 characters at most, hence the hash; MySQL has no SHA1 since 9.6. To wait for it
// harms nobody; to wait for a table keeps all others from it, so that has a limit.
const (
	lockName    = "CONCAT('keywright ', LEFT(SHA2(DATABASE(), 256), 40))"
	releaseLock = "DO RELEASE_LOCK(" + lockName + ")"
	waitBriefly = "SET @keywright_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = 1"
	waitAsWas   = "SET SESSION lock_wait_timeout = @keywright_wait"
)

// before is for the client that somebody runs a step with, which then ends.
var before = []string{"DO GET_LOCK(" + lockName + ", 600)", "SET SESSION lock_wait_timeout = 1"}

// exclusive takes the lock as soon as it is free, for as long as the caller
// waits.
func exclusive(ctx context.Context, c *sql.Conn, do func() error) error {
	for locked := false; !locked; {
		var got sql.NullInt64
		if err := c.QueryRowContext(ctx, "SELECT GET_LOCK("+lockName+", 5)").Scan(&got); err != nil {
			return err
		}
		locked = got.Int64 == 1
	}
	defer afterwards(ctx, c, releaseLock)
	return unlocked(ctx, c, do)
}

// unlocked only has tables waited for briefly.
func unlocked(ctx context.Context, c *sql.Conn, do func() error) error {
	if _, err := c.ExecContext(ctx, waitBriefly); err != nil {
		return err
	}
	defer afterwards(ctx, c, waitAsWas)
	return do()
}

// afterwards runs what has to be run whatever became of the caller.
func afterwards(ctx context.Context, c *sql.Conn, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, _ = c.ExecContext(ctx, text)
}

// catalogue tells what tables are like. A role sees those it has some privilege
// on. Lengths are told of types that need one, prefixes of keys as a part of
// their column. Names of different things have different collations, hence the
// casts.
func catalogue(names string) string {
	these := " WHERE table_schema = DATABASE() AND table_name IN (" + names + ")"
	return `SELECT 'table', table_name, CAST('' AS BINARY), CAST(CASE WHEN engine = 'InnoDB' THEN '' ELSE
	CONCAT('is kept by ', COALESCE(engine, 'nothing'), ': ALTER TABLE ', table_name, ' ENGINE=InnoDB') END AS BINARY), '', 0, 0, 0
	FROM information_schema.tables` + these + ` AND table_type = 'BASE TABLE'
UNION ALL SELECT 'column', table_name, CAST(column_name AS BINARY), CAST(CONCAT(data_type,
	CASE WHEN data_type LIKE 'var%' THEN CONCAT('(', character_maximum_length, ')') ELSE '' END,
	CASE WHEN column_type LIKE '%unsigned%' THEN ' unsigned' ELSE '' END,
	CASE WHEN COALESCE(generation_expression, '') <> '' THEN ' generated' ELSE '' END) AS BINARY), '',
	is_nullable = 'YES', column_default IS NOT NULL OR COALESCE(generation_expression, '') <> ''
	OR COALESCE(extra, '') LIKE '%auto_increment%', ordinal_position
	FROM information_schema.columns` + these + `
UNION ALL SELECT 'key', table_name, CAST(index_name AS BINARY),
	CAST(CONCAT(COALESCE(column_name, '(expression)'), COALESCE(CONCAT('(', sub_part, ')'), '')) AS BINARY), '',
	non_unique = 0, 0, seq_in_index
	FROM information_schema.statistics` + these + `
ORDER BY 2, 1, 3, 8`
}

// denied says that a role may not change the schema.
func denied(err error) bool {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Number {
	case 1044, 1142, 1227, 1370:
		return true
	}
	return false
}

// alreadyDone says that a change of the schema is there: table, column, key; or
// that what should go is gone.
func alreadyDone(err error) bool {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Number {
	case 1050, 1060, 1061, 1091:
		return true
	}
	return false
}
