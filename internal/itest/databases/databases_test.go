//go:build unix

package databases_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

func TestDatabasesAreEmptyAndApart(t *testing.T) {
	for driver, database := range map[string]func(testing.TB) string{"pgx": databases.Postgres, "mysql": databases.MySQL} {
		t.Run(driver, func(t *testing.T) {
			database(t) // skips here where there is no server
			var kept string
			t.Run("first", func(t *testing.T) {
				kept = database(t)
				for _, dsn := range []string{kept, database(t)} {
					if _, err := open(t, driver, dsn).Exec("CREATE TABLE things (n INTEGER)"); err != nil {
						t.Error(err)
					}
				}
			})
			if err := open(t, driver, kept).Ping(); err == nil || !missing(err) {
				t.Errorf("the database outlives its test: %v", err)
			}
		})
	}
}

func missing(err error) bool {
	return strings.Contains(err.Error(), "does not exist") || strings.Contains(err.Error(), "Unknown database")
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOwnServers(t *testing.T) {
	for driver, start := range map[string]func(testing.TB, dbserver.Options) *dbserver.Server{
		"pgx": databases.PostgresServer, "mysql": databases.MySQLServer,
	} {
		t.Run(driver, func(t *testing.T) {
			s := start(t, dbserver.Options{})
			if err := open(t, driver, s.DSN("")).Ping(); err != nil {
				t.Error(err)
			}
		})
	}
}
