package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customstore/boltstore"
)

func TestConformance(t *testing.T) {
	conformance.Test(t, func(t *testing.T) core.Database {
		db, err := boltstore.Open(filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	})
}
