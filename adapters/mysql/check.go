package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	driver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/core"
)

// serverVersion is what the server says it is.
type serverVersion struct {
	maria        bool
	major, minor int
}

func version(ctx context.Context, pool *sql.DB) (serverVersion, error) {
	var text string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION()").Scan(&text); err != nil {
		return serverVersion{}, unreachable(err)
	}
	v := serverVersion{maria: strings.Contains(strings.ToLower(text), "mariadb")}
	major, rest, _ := strings.Cut(strings.TrimPrefix(text, "5.5.5-"), ".") // what proxies write before MariaDB's
	minor, _, _ := strings.Cut(rest, ".")
	v.major, _ = strconv.Atoi(major)
	v.minor, _ = strconv.Atoi(minor)
	return v, nil
}

// tooOld names the oldest release that will do.
func (v serverVersion) tooOld() error {
	switch {
	case v.maria && (v.major < 10 || v.major == 10 && v.minor < 6):
		return fmt.Errorf("mysql: MariaDB %d.%d is too old: at least 10.6 is needed", v.major, v.minor)
	case !v.maria && v.major < 8:
		return fmt.Errorf("mysql: MySQL %d.%d is too old: at least 8.0 is needed", v.major, v.minor)
	}
	return nil
}

// check asks one connection for all that safety depends on, and names every
// setting that is wrong together with what to do.
func check(ctx context.Context, pool *sql.DB, o options) (facts, error) {
	if _, ok := pool.Driver().(*driver.MySQLDriver); !ok {
		return nil, core.Unavailable(errors.New("mysql: the pool is of another driver; make it with github.com/go-sql-driver/mysql"))
	}
	v, err := version(ctx, pool)
	if err != nil {
		return nil, err
	}
	f, err := ask(ctx, pool)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := errors.Join(append([]error{v.tooOld()}, f.problems(o)...)...); err != nil {
		return nil, core.Unavailable(err)
	}
	return f, nil
}

// checkFoundRows refuses a pool that counts only rows that an update changed:
// one that changes nothing must still say that it met its row.
func checkFoundRows(ctx context.Context, pool *sql.DB) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = conn.Close() }()
	var met int64
	for _, text := range []string{
		"CREATE TEMPORARY TABLE keywright_found_rows (n INT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
		"INSERT INTO keywright_found_rows (n) VALUES (1)",
		"UPDATE keywright_found_rows SET n = 1",
	} {
		result, err := conn.ExecContext(ctx, text)
		if err != nil {
			return unreachable(err)
		}
		met, _ = result.RowsAffected()
	}
	if _, err := conn.ExecContext(ctx, "DROP TEMPORARY TABLE keywright_found_rows"); err != nil {
		return unreachable(err)
	}
	if met == 0 {
		return core.Unavailable(errors.New("mysql: updates count changed rows only: add clientFoundRows=true to the DSN"))
	}
	return nil
}

// unreachable says that the server could not be asked, in words that hold no
// part of the DSN.
func unreachable(err error) error {
	_, text := classify(err)
	return core.Unavailable(errors.New(text + "; is the server up, and the DSN right?"))
}
