//go:build unix

// Package databases gives tests real databases: of the server that the
// environment names, of a container where a Docker engine answers, or of
// programs installed on this machine; otherwise the test skips and says what it
// needs. It imports much, so only packages that nobody imports may use it.
//
//	KEYWRIGHT_TEST_POSTGRES  a DSN for pgx
//	KEYWRIGHT_TEST_MYSQL     a DSN for go-sql-driver/mysql
//
// name servers whose user may create databases. Each test makes its own there
// and drops it. The value none goes without that kind.
package databases

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
)

// The servers that all tests of this process share. They end with it: a private
// one by its warden, a container by the reaper of testcontainers.
var (
	sharedPostgres = sync.OnceValues(postgres.find)
	sharedMySQL    = sync.OnceValues(mysql.find)
)

// Postgres is the DSN of an empty database of the test's own. The test skips
// where there is no server.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := sharedPostgres()
	return s.database(t, err)
}

// MySQL is the DSN of an empty database of the test's own, on MySQL or MariaDB.
// The test skips where there is no server.
func MySQL(t testing.TB) string {
	t.Helper()
	s, err := sharedMySQL()
	return s.database(t, err)
}

// PostgresServer starts a server of the test's own, to be killed or to have
// other settings. The test skips where Postgres is not installed.
func PostgresServer(t testing.TB, o dbserver.Options) *dbserver.Server {
	t.Helper()
	return postgres.own(t, o)
}

// MySQLServer starts a MariaDB or MySQL of the test's own, to be killed or to
// have other settings. The test skips where neither is installed.
func MySQLServer(t testing.TB, o dbserver.Options) *dbserver.Server {
	t.Helper()
	return mysql.own(t, o)
}

// PgBouncer starts a pooler before a server. The test skips where it is not
// installed.
func PgBouncer(t testing.TB, to *dbserver.Server, o dbserver.Options) *dbserver.Server {
	t.Helper()
	s, err := dbserver.StartPgBouncer(t.Context(), to, o)
	return untilDone(t, s, err)
}

// needs is why there is no server: what is needed, and how to have it.
type needs string

// Error is one line.
func (n needs) Error() string { return string(n) }

// skipped skips the test for what is needed and fails it for everything else.
func skipped(t testing.TB, err error) {
	t.Helper()
	var missing *dbserver.MissingError
	var lacks needs
	switch {
	case errors.As(err, &missing):
		t.Skip(missing)
	case errors.As(err, &lacks):
		t.Skip(lacks)
	case err != nil:
		t.Fatal(err)
	}
}

// none is the value of a variable that goes without a server.
const none = "none"

func (k kind) own(t testing.TB, o dbserver.Options) *dbserver.Server {
	t.Helper()
	if os.Getenv(k.variable) == none {
		t.Skip(k.without())
	}
	s, err := k.start(t.Context(), o)
	return untilDone(t, s, err)
}

// untilDone closes a server of the test's own.
func untilDone(t testing.TB, s *dbserver.Server, err error) *dbserver.Server {
	t.Helper()
	skipped(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// patience is how long making or dropping a database may take, also on a machine
// that has much else to do.
const patience = time.Minute

// database makes one and drops it when the test is done. err is why there is no
// server to make it on.
func (s *server) database(t testing.TB, err error) string {
	t.Helper()
	skipped(t, err)
	name := "keywright_test_" + strings.ToLower(rand.Text()[:16])
	if err := s.run("CREATE DATABASE " + name + s.kind.creating); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.run("DROP DATABASE " + name + s.kind.dropping); err != nil {
			t.Error(err)
		}
	})
	dsn, err := s.kind.at(s.dsn, name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func (s *server) run(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.admin.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("databases: %s on %s: %w", statement, s.kind.title, err)
	}
	return nil
}
