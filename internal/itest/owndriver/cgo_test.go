//go:build cgo

package owndriver

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	cgo "github.com/mattn/go-sqlite3"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

func resultCode(err error) (int, bool) {
	var e cgo.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return int(e.ExtendedCode), true
}

func TestConformance_SQLiteThroughCgo(t *testing.T) {
	conformance.Test(t, func(t *testing.T) core.Database {
		pool, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "cgo.db")+
			"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		db, err := sqlite.New(t.Context(), pool, sqlite.ResultCode(resultCode))
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
	})
}
