package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	lib "modernc.org/sqlite/lib"
)

func hasTable(name string) string {
	return "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '" + name + "'"
}

// catalogue tells what tables are like; a table that is not STRICT would turn
// values into others.
func catalogue(names string) string {
	return `SELECT 'table', name, '', CASE WHEN strict THEN '' ELSE
	'is not STRICT, so that values may change: copy it into one that is' END, '', 0, 0, 0
	FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name IN (` + names + `)
UNION ALL SELECT 'column', t.name, c.name, c.type || CASE WHEN c.hidden > 1 THEN ' generated' ELSE '' END, '',
	c."notnull" = 0, c.dflt_value IS NOT NULL OR c.hidden > 1, c.cid
	FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.name IN (` + names + `)
UNION ALL SELECT 'key', t.name, i.name, COALESCE(c.name, '(expression)'),
	CASE WHEN i.partial THEN (SELECT substr(x.sql, instr(upper(x.sql), 'WHERE') + 5) FROM sqlite_schema x
		WHERE x.type = 'index' AND x.name = i.name) ELSE '' END, i."unique", 0, c.seqno
	FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_xinfo(i.name) c
	WHERE t.type = 'table' AND t.name IN (` + names + `) AND c.key
ORDER BY 2, 1, 3, 8`
}

// exclusive is a transaction that holds the write lock of the file. A step of
// another process may take longer than busy_timeout: it is waited for as long
// as the caller does, which SQLite cannot be told.
func exclusive(code func(error) (int, bool)) func(context.Context, *sql.Conn, func() error) error {
	return bunstore.InTransaction(func(ctx context.Context, c *sql.Conn) (err error) {
		var timeout int
		if err := c.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&timeout); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "PRAGMA busy_timeout = 100"); err != nil {
			return err
		}
		defer func() {
			_, again := c.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout = "+strconv.Itoa(timeout))
			err = errors.Join(err, again)
		}()
		for {
			_, err := c.ExecContext(ctx, "BEGIN IMMEDIATE")
			if n, ok := code(err); !ok || n&0xff != lib.SQLITE_BUSY || ctx.Err() != nil {
				return err
			}
		}
	})
}

func denied(code func(error) (int, bool)) func(error) bool {
	return func(err error) bool {
		n, ok := code(err)
		return ok && (n&0xff == lib.SQLITE_READONLY || n&0xff == lib.SQLITE_AUTH || n&0xff == lib.SQLITE_PERM)
	}
}
