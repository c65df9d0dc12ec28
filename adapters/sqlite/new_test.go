package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

const settings = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"

func ownPool(t *testing.T, settings string, size int) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "own.db")+settings)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(size)
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

func TestConformance_OwnPool(t *testing.T) {
	for _, size := range []int{1, 2, 8} {
		t.Run(map[int]string{1: "one connection", 2: "two", 8: "eight"}[size], func(t *testing.T) {
			conformance.Test(t, func(t *testing.T) core.Database {
				db, err := sqlite.New(t.Context(), ownPool(t, settings, size))
				if err != nil {
					t.Fatal(err)
				}
				if err := db.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				return db
			})
		})
	}
}

func TestNewNamesEachSetting(t *testing.T) {
	_, err := sqlite.New(t.Context(), ownPool(t, "", 1))
	if err == nil {
		t.Fatal("a pool without any setting was taken")
	}
	for _, want := range []string{"journal_mode = WAL", "busy_timeout = 5000"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in %v", want, err)
		}
	}
	_, err = sqlite.New(t.Context(), ownPool(t, strings.Replace(settings, "FULL", "NORMAL", 1), 1))
	if err == nil || !strings.Contains(err.Error(), "synchronous = FULL") {
		t.Errorf("synchronous NORMAL: %v", err)
	}
}
