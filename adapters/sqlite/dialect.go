package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

func dialect() bunstore.Dialect {
	return bunstore.Dialect{
		Name: "sqlite", Bun: sqlitedialect.New(),
		Placeholder: func(int) string { return "?" },
		Classify:    classify, Take: takeText, Exclusive: exclusive,
		HasSteps: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_steps'",
		Gather:   true, Detached: true,
	}
}

// classify reads the result code. The driver's own text is left out: it may
// repeat a part of the statement.
func classify(err error) (bunstore.Class, string) {
	var e *driver.Error
	if !errors.As(err, &e) {
		if errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.Canceled) ||
			errors.Is(err, context.DeadlineExceeded) || strings.HasPrefix(err.Error(), "sql: database is closed") {
			return bunstore.Unavailable, err.Error()
		}
		return bunstore.Fault, "sqlite: an error without a result code"
	}
	text := fmt.Sprintf("sqlite: result code %d", e.Code())
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
		return bunstore.Duplicate, text
	case lib.SQLITE_BUSY_SNAPSHOT:
		return bunstore.Retry, text
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_ERROR, lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_MISUSE, lib.SQLITE_RANGE,
		lib.SQLITE_TOOBIG:
		return bunstore.Fault, text
	}
	return bunstore.Unavailable, text
}

// takeText counts attempts: a new window where there is none or it has passed,
// one more where it is open.
func takeText(n int) string {
	return "INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES (?, ?, 1, ?)" +
		strings.Repeat(", (?, ?, 1, ?)", n-1) + " ON CONFLICT (tenant, hash) DO UPDATE SET" +
		" attempts = CASE WHEN limits.keep_until <= ? THEN 1 ELSE limits.attempts + 1 END," +
		" keep_until = CASE WHEN limits.keep_until <= ? THEN excluded.keep_until ELSE limits.keep_until END" +
		" RETURNING hash, attempts, keep_until"
}

// exclusive holds the write lock of the file, in a transaction.
func exclusive(ctx context.Context, c *sql.Conn, do func() error) error {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := do(); err != nil {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return err
	}
	if _, err := c.ExecContext(ctx, "COMMIT"); err != nil {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return err
	}
	return nil
}
