package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// open gives a migrated database in a file of the test's own.
func open(t testing.TB, opts ...sqlite.Option) core.Database {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "a b?c#d%25.db"), opts...)
}

func openAt(t testing.TB, path string, opts ...sqlite.Option) core.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestConformance(t *testing.T) {
	conformance.Test(t, func(t *testing.T) core.Database { return open(t) })
}
