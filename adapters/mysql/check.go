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
func check(ctx context.Context, pool *sql.DB, o options) error {
	if _, ok := pool.Driver().(*driver.MySQLDriver); !ok {
		return core.Unavailable(errors.New("mysql: the pool is of another driver; make it with github.com/go-sql-driver/mysql"))
	}
	v, err := version(ctx, pool)
	if err != nil {
		return err
	}
	var s session
	if err := pool.QueryRowContext(ctx, s.ask(v)).Scan(
		&s.mode, &s.isolation, &s.autocommit, &s.packet, &s.flush, &s.logged, &s.logFormat); err != nil {
		return unreachable(err)
	}
	problems := append([]error{v.tooOld()}, s.problems(o)...)
	if err := errors.Join(problems...); err != nil {
		return core.Unavailable(err)
	}
	return nil
}

// session is how a connection and its server are set.
type session struct {
	mode, isolation   string
	autocommit, flush int64
	packet            int64
	logged            int64
	logFormat         string
}

func (session) ask(v serverVersion) string {
	isolation := "@@transaction_isolation"
	if v.maria {
		isolation = "@@tx_isolation"
	}
	return "SELECT @@sql_mode, " + isolation + ", @@autocommit, @@max_allowed_packet, " +
		"@@innodb_flush_log_at_trx_commit, @@log_bin, @@binlog_format"
}

// minPacket holds the largest row there can be.
const minPacket = 1 << 20

func (s session) problems(o options) (all []error) {
	add := func(format string, args ...any) { all = append(all, fmt.Errorf("mysql: "+format, args...)) }
	modes := strings.Split(s.mode, ",")
	has := func(name string) bool {
		for _, mode := range modes {
			if mode == name {
				return true
			}
		}
		return false
	}
	if !has("STRICT_ALL_TABLES") && !has("STRICT_TRANS_TABLES") {
		add("sql_mode is not strict: values could be cut; add STRICT_ALL_TABLES to sql_mode in the DSN")
	}
	for _, mode := range []string{"NO_BACKSLASH_ESCAPES", "EMPTY_STRING_IS_NULL", "ORACLE"} {
		if has(mode) {
			add("sql_mode has %s: values would be read otherwise than written; set sql_mode without it in the DSN", mode)
		}
	}
	if s.isolation != "READ-COMMITTED" {
		add("transactions are %s: set transaction_isolation (MariaDB: tx_isolation) to 'READ-COMMITTED' in the DSN", s.isolation)
	}
	if s.autocommit != 1 {
		add("autocommit is off: nothing would be stored; set autocommit=1 in the DSN")
	}
	if s.packet < minPacket {
		add("max_allowed_packet is %d bytes: set it to at least %d on the server", s.packet, minPacket)
	}
	if s.flush != 1 && !o.relaxed {
		add("innodb_flush_log_at_trx_commit is %d: what was answered could be lost in a crash; set it to 1 on the "+
			"server, or say InsecureRelaxedDurability", s.flush)
	}
	if s.logged == 1 && s.logFormat == "STATEMENT" {
		add("binlog_format is STATEMENT, which refuses READ COMMITTED: set it to ROW on the server")
	}
	return all
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
		"CREATE TEMPORARY TABLE keywright_found_rows (n INT NOT NULL) ENGINE=InnoDB",
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
