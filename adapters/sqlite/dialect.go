package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

func dialect(code func(error) (int, bool)) bunstore.Dialect {
	return bunstore.Dialect{
		Name: "sqlite", Bun: sqlitedialect.New(),
		Text:     undeclared,
		Classify: func(err error) (bunstore.Class, string) { return classify(err, code) },
		Take:     bunstore.TakeOnConflict,
		HasTable: hasTable, Catalogue: catalogue, Exclusive: exclusive(code), Denied: denied(code),
		Before: []string{"BEGIN IMMEDIATE"}, After: []string{"COMMIT"},
		Gather: true, OrNothing: " ON CONFLICT DO NOTHING",
	}
}

// briefly is a column of a hot read under its name of one letter.
var briefly = regexp.MustCompile(`([\w.]+) AS ([a-zA-Z])\b`)

// undeclared has the columns of hot reads be expressions of the same value: the
// driver makes a string of each column's declared type at every read, and an
// expression has none.
func undeclared(text string) string { return briefly.ReplaceAllString(text, "+$1 AS $2") }

// resultCode reads the errors of what Open uses.
func resultCode(err error) (int, bool) {
	var f failure
	if errors.As(err, &f) {
		return int(f), true
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

// classify reads the result code. The driver's own text is left out: it may
// repeat a part of the statement.
func classify(err error, code func(error) (int, bool)) (bunstore.Class, string) {
	n, ok := code(err)
	if !ok {
		if errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.Canceled) ||
			errors.Is(err, context.DeadlineExceeded) || strings.HasPrefix(err.Error(), "sql: database is closed") {
			return bunstore.Unavailable, err.Error()
		}
		return bunstore.Fault, "sqlite: an error without a result code"
	}
	text := fmt.Sprintf("sqlite: result code %d", n)
	switch n {
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
		return bunstore.Duplicate, text
	case lib.SQLITE_BUSY_SNAPSHOT:
		return bunstore.Retry, text
	case lib.SQLITE_READONLY_DBMOVED:
		return bunstore.Unavailable, text + ": the file or its log was taken away or replaced: put them back, or start again"
	}
	switch n & 0xff {
	case lib.SQLITE_ERROR, lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_MISUSE, lib.SQLITE_RANGE,
		lib.SQLITE_TOOBIG:
		return bunstore.Fault, text
	}
	return bunstore.Unavailable, text
}
