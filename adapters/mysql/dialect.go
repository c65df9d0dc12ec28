package mysql

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	mysql "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/uptrace/bun/dialect/mysqldialect"
)

func dialect(f facts) bunstore.Dialect {
	d := bunstore.Dialect{
		Name: "mysql", Bun: mysqldialect.New(mysqldialect.WithTimeLocation("UTC")), Text: quoted,
		Classify: classify, Take: takeText, TakeThenRead: true, ByText: true,
		HasTable: hasTable, Catalogue: catalogue, Exclusive: exclusive, Denied: denied,
		Before: before, After: []string{releaseLock}, TableOptions: " ENGINE=InnoDB", ByKey: " FORCE INDEX (PRIMARY)", GroupsByKey: true,
		PlainDDL: true, AlreadyDone: alreadyDone,
	}
	if f.clustered() {
		d.Unlocked, d.Exclusive, d.Before, d.After, d.Attempts = true, unlocked, nil, nil, attemptsOnNodes
	}
	return d
}

// reserved are names of ours that are words of MySQL's.
var reserved = regexp.MustCompile(`\b(change)\b`)

// quoted quotes them.
func quoted(text string) string { return reserved.ReplaceAllString(text, "`$1`") }

// takeText counts attempts: a new window where there is none or it has passed,
// one more where it is open. Assignments see those before them, so the window is
// set last.
func takeText(n int) string {
	return "INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES (?, ?, 1, ?)" +
		strings.Repeat(", (?, ?, 1, ?)", n-1) + " ON DUPLICATE KEY UPDATE" +
		" attempts = IF(keep_until <= ?, 1, attempts + 1)," +
		" keep_until = IF(keep_until <= ?, VALUES(keep_until), keep_until)"
}

// classify reads the error number. The server's own text is left out: it may
// repeat values.
func classify(err error) (bunstore.Class, string) {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return classOf(e.Number), fmt.Sprintf("mysql: error %d", e.Number)
	}
	var network net.Error
	isNetwork := errors.As(err, &network)
	switch {
	case errors.Is(err, errUnknown):
		return bunstore.Unavailable, "mysql: nobody knows whether it was written"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), isNetwork && network.Timeout():
		return bunstore.Unavailable, "mysql: no answer in time"
	case errors.Is(err, sql.ErrConnDone), strings.HasPrefix(err.Error(), "sql: database is closed"):
		return bunstore.Unavailable, "mysql: the pool is closed"
	case isDial(err):
		return bunstore.Unavailable, "mysql: cannot connect"
	case errors.Is(err, mysql.ErrNoTLS), errors.As(err, new(*tls.CertificateVerificationError)):
		return bunstore.Unavailable, "mysql: no TLS that can be trusted"
	case isNetwork, errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn),
		errors.Is(err, mysql.ErrMalformPkt), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bunstore.Broken, "mysql: the connection was lost"
	}
	return bunstore.Fault, "mysql: an error without a number"
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// classOf is the class of what the server said.
func classOf(number uint16) bunstore.Class {
	switch number {
	case 1062: // duplicate entry
		return bunstore.Duplicate
	case 1213, 1205, 1020, 3572, // deadlock, lock wait timeout, changed since read, lock not available
		1412, 1689, // the table was altered meanwhile, somebody who alters it came first
		3101: // undone at the commit, since a member of its group was first
		return bunstore.Retry
	case 1615, 1243: // a prepared statement no longer fits or is gone
		return bunstore.Stale
	case 1461: // more prepared statements than max_prepared_stmt_count
		return bunstore.Crowded
	case 1053, 1927, 3169, 4031: // shutdown, connection killed, or ended since it was idle
		return bunstore.Broken
	case 1040, 1203, 1226, 1637, // too many connections, too many transactions
		1044, 1045, 1049, 1129, 1130, // access, database, host
		1820, 1862, 3118, 3159, // password expired, account locked, TLS wanted
		1021, 1114, 1026, 1030, 1034, 1037, 1038, 1041, 1878, // disk, table full, writing, storage engine, memory
		1158, 1159, 1160, 1161, // network
		1290, 1792, 1836, 1874, 1881, // read only
		1317, 1969, 3024, // interrupted, ended by time
		3032, 3100, 3168, // offline, refused by its group
		1047, 1180, 1194, 1195, 1206: // not ready, commit failed, table crashed, too many locks
		return bunstore.Unavailable
	}
	return bunstore.Fault
}
