package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/keywright/keywright/core"
)

// check asks one connection for all that safety depends on and names what is
// wrong together with what to do.
func check(ctx context.Context, pool *sql.DB, o options) (is found, err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return is, unreachable(err)
	}
	defer func() { _ = conn.Close() }()
	var own uint32
	if err := conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errDriver
		}
		own = c.Conn().PgConn().PID()
		return checkMode(c.Conn())
	}); err != nil {
		return is, core.Unavailable(err)
	}
	facts, err := ask(ctx, conn)
	if err != nil {
		return is, unreachable(err)
	}
	is.proxied = facts["pid"] != strconv.FormatUint(uint64(own), 10)
	is.generic = facts["plan_cache_mode"] == "force_generic_plan"
	is.keyed = facts["enable_seqscan"] == "off" && facts["enable_indexscan"] == "on" && facts["enable_nestloop"] == "on"
	if is.proxied {
		err = checkTransactions(ctx, conn)
	}
	return is, errors.Join(facts.problems(o), err)
}

// found is what a connection turned out to be.
type found struct {
	proxied bool // two statements may meet two servers' sessions
	generic bool // prepared statements are planned once
	keyed   bool // rows are looked up one by one where an index serves
}

// checkTransactions refuses a proxy that takes single statements only.
func checkTransactions(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err == nil {
		err = tx.Rollback()
	}
	if err == nil {
		return nil
	}
	_, text := classify(err)
	return core.Unavailable(errors.New(text + ": the proxy lets no transaction through; set its pool_mode to transaction or session"))
}

var errDriver = errors.New("postgres: the pool is of another driver; make it with github.com/jackc/pgx/v5/stdlib")

// checkMode refuses modes that prepare each built statement.
func checkMode(c *pgx.Conn) error {
	switch c.Config().DefaultQueryExecMode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeSimpleProtocol:
		return nil
	}
	return errors.New("postgres: the pool prepares every statement, which fails after a migration; " +
		"add default_query_exec_mode=exec to its DSN")
}

// unreachable keeps the driver's error for callers that look into it, in words
// that hold no part of the DSN.
func unreachable(err error) error {
	if errors.Is(err, pgconn.ErrReadOnlyConnection) {
		return core.Unavailable(errReadOnly)
	}
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == cutOff {
		return core.Unavailable(errCutOff)
	}
	_, text := classify(err)
	return core.Unavailable(&startError{text: text, err: err})
}

type startError struct {
	text string
	err  error
}

// Error gives the words.
func (e *startError) Error() string { return e.text + "; is the server up, and the DSN right?" }

// Unwrap gives what the driver said.
func (e *startError) Unwrap() error { return e.err }
