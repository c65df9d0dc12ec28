//go:build unix

package databases

import (
	"context"
	"path/filepath"
	"testing"

	mysqladapter "github.com/keywright/keywright/adapters/mysql"
	postgresadapter "github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

// Open opens the database of one test once more, as a replica does, with a pool
// of so many connections (for SQLite: readers), and brings its schema up to
// date. It is closed when t is done.
type Open func(t testing.TB, connections int) core.Database

// Each runs a test on SQLite, Postgres and MySQL in turn, named like that, each
// with one empty database. A kind that there is no server for is skipped.
func Each(t *testing.T, run func(t *testing.T, kind string, open Open)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "test.db")
		run(t, "sqlite", func(t testing.TB, n int) core.Database {
			t.Helper()
			db, err := sqlite.Open(t.Context(), path, sqlite.Readers(n))
			return migrated(t, db, err)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := Postgres(t)
		run(t, "postgres", func(t testing.TB, n int) core.Database {
			t.Helper()
			db, err := postgresadapter.Open(t.Context(), dsn, postgresadapter.Connections(n))
			return migrated(t, db, err)
		})
	})
	t.Run("mysql", func(t *testing.T) {
		dsn := MySQL(t)
		run(t, "mysql", func(t testing.TB, n int) core.Database {
			t.Helper()
			db, err := mysqladapter.Open(t.Context(), dsn, mysqladapter.Connections(n))
			return migrated(t, db, err)
		})
	})
}

func migrated(t testing.TB, db core.Database, err error) core.Database {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return db
}
