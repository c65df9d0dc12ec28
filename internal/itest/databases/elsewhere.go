//go:build unix

package databases

import (
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// PostgresElsewhere says where the server of a DSN listens, "host:port" or the
// path of a socket, and gives the DSN of the same database behind another address,
// such as a proxy's.
func PostgresElsewhere(t testing.TB, dsn string) (address string, at func(address string) string) {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal("the DSN of Postgres cannot be read") // the error would quote it
	}
	port := strconv.Itoa(int(c.Port))
	address = net.JoinHostPort(c.Host, port)
	if filepath.IsAbs(c.Host) {
		address = filepath.Join(c.Host, ".s.PGSQL."+port)
	}
	return address, func(address string) string {
		u, err := url.Parse(dsn)
		if err != nil || !strings.Contains(dsn, "://") {
			host, port, _ := strings.Cut(address, ":")
			return dsn + " host=" + host + " port=" + port // the last of a name counts
		}
		query := u.Query()
		query.Del("host")
		query.Del("port")
		u.Host, u.RawQuery = address, query.Encode()
		return u.String()
	}
}

// MySQLElsewhere is PostgresElsewhere for MySQL.
func MySQLElsewhere(t testing.TB, dsn string) (address string, at func(address string) string) {
	t.Helper()
	c, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		t.Fatal("the DSN of MySQL cannot be read")
	}
	return c.Addr, func(address string) string {
		other := c.Clone()
		other.Net, other.Addr = "tcp", address
		return other.FormatDSN()
	}
}
