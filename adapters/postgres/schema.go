package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

func hasTable(name string) string {
	return "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('" + name + "')"
}

// beginning opens the transaction of a step. Its lock is a number that nobody
// else is likely to lock, "keywrigh" in ASCII; as the transaction's it holds
// behind a proxy too. Whoever waits has to see what the one before has done,
// hence the level of isolation. To wait for that lock harms nobody; to wait for a
// table keeps all others from it, hence the limit after it.
var beginning = []string{
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
	"SET LOCAL statement_timeout = 0",
	"SET LOCAL lock_timeout = 0",
	"SELECT pg_advisory_xact_lock(7738725088633644904)",
	"SET LOCAL lock_timeout = '1s'",
}

func begin(ctx context.Context, c *sql.Conn) error {
	for _, text := range beginning {
		if _, err := c.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// catalogue tells what tables are like, those that statements without a
// qualified name mean. All roles may read it.
func catalogue(names string) string {
	return `WITH t AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p')
	AND c.relname IN (` + names + `) AND pg_catalog.pg_table_is_visible(c.oid))
SELECT 'table', t.relname::text, '', CASE
	WHEN t.relpersistence <> 'p' THEN 'is lost in a crash: ALTER TABLE ' || t.relname || ' SET LOGGED'
	WHEN pg_catalog.row_security_active(t.oid) THEN 'hides rows from this role: disable row level security'
	WHEN NOT (has_table_privilege(t.oid, 'SELECT') AND has_table_privilege(t.oid, 'INSERT')
		AND has_table_privilege(t.oid, 'UPDATE') AND has_table_privilege(t.oid, 'DELETE'))
	THEN 'is closed to this role: GRANT SELECT, INSERT, UPDATE, DELETE ON ' || t.relname || ' TO ' || quote_ident(current_user)
	ELSE '' END, '', 0, 0, 0
	FROM t
UNION ALL SELECT 'column', t.relname, a.attname,
	format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attgenerated <> '' THEN ' generated' ELSE '' END, '',
	(NOT a.attnotnull)::int, (a.atthasdef OR a.attidentity <> '')::int, a.attnum
	FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'key', t.relname, i.relname, COALESCE(a.attname, '(expression)'),
	COALESCE(pg_get_expr(x.indpred, x.indrelid), '') ||
	CASE WHEN pg_get_indexdef(x.indexrelid) LIKE '%NULLS NOT DISTINCT%' THEN ' nulls not distinct' ELSE '' END,
	(x.indisunique AND x.indimmediate)::int, 0, k.n
	FROM t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid AND x.indisvalid AND x.indisready
	JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
	CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (attnum, n)
	LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
	WHERE k.n <= x.indnkeyatts
ORDER BY 2, 1, 3, 8`
}

// denied says that a role may not change the schema.
func denied(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42501"
}
