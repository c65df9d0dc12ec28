package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/uptrace/bun/dialect/pgdialect"
)

func dialect() bunstore.Dialect {
	return bunstore.Dialect{
		Name: "postgres", Bun: pgdialect.New(), Text: numbered,
		Classify: classify, Take: bunstore.TakeOnConflict, Isolation: sql.LevelReadCommitted, ByText: true, Lateral: true, Arrays: true, OrNothing: " ON CONFLICT DO NOTHING",
		HasTable: hasTable, Catalogue: catalogue, Exclusive: bunstore.InTransaction(begin), Denied: denied,
		Before: beginning, After: []string{"COMMIT"},
	}
}

// numbered writes $1, $2 … for parameters.
func numbered(text string) string {
	var b strings.Builder
	for n, part := range strings.Split(text, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
	}
	return b.String()
}

// classify reads the SQLSTATE. The server's own text is left out: it may repeat
// values.
func classify(err error) (bunstore.Class, string) {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return classOf(e), "postgres: SQLSTATE " + e.Code
	}
	var network net.Error
	isNetwork := errors.As(err, &network)
	var connecting *pgconn.ConnectError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), isNetwork && network.Timeout():
		return bunstore.Unavailable, "postgres: no answer in time"
	case errors.As(err, &connecting):
		return bunstore.Unavailable, "postgres: cannot connect"
	case errors.Is(err, sql.ErrConnDone), strings.HasPrefix(err.Error(), "sql: database is closed"):
		return bunstore.Unavailable, "postgres: the pool is closed"
	case isNetwork, errors.Is(err, driver.ErrBadConn), errors.Is(err, pgconn.ErrConnClosed),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bunstore.Broken, "postgres: the connection was lost"
	}
	return bunstore.Fault, "postgres: an error without an SQLSTATE"
}

// classOf is the class of what the server said.
func classOf(e *pgconn.PgError) bunstore.Class {
	switch e.Code {
	case "23505": // unique_violation
		return bunstore.Duplicate
	case "40P01", "40001", "55P03", // deadlock, serialisation failure, lock not available
		"57P05": // the session was idle for too long, so nothing was read
		return bunstore.Retry
	case "57P01", "57P02", "25P03", "25P04": // the server ends the connection
		return bunstore.Broken
	case "26000", "42P05": // a prepared statement is gone, or its name is taken: by one whose preparing was cut off
		return bunstore.Stale
	case "0A000":
		if strings.Contains(e.Message, "cached plan") {
			return bunstore.Stale
		}
	case readOnly:
		return bunstore.Unavailable
	}
	switch e.Code[:min(2, len(e.Code))] {
	// connection, authorisation, database name, rollback or unknown, resources, intervention, system, internal
	case "08", "28", "3D", "40", "53", "57", "58", "XX":
		return bunstore.Unavailable
	}
	return bunstore.Fault
}

// readOnly is the SQLSTATE of a write at a server that can only be read, such
// as one that was the primary until now.
const readOnly = "25006"

// leaving is classify that also closes idle connections to a server that can no
// longer be written: new ones look for the primary.
func leaving(pool *sql.DB) func(error) (bunstore.Class, string) {
	return func(err error) (bunstore.Class, string) {
		var e *pgconn.PgError
		if errors.As(err, &e) && e.Code == readOnly {
			idle := pool.Stats().MaxOpenConnections
			pool.SetMaxIdleConns(-1)
			pool.SetMaxIdleConns(idle)
		}
		return classify(err)
	}
}
