package migrations

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// breakage is what somebody has done to a schema, and what the start says.
type breakage struct{ does, says string }

// broken are faults that every database can have.
var broken = []breakage{
	{"DROP TABLE leases", "table leases is missing"},
	{"ALTER TABLE accounts DROP COLUMN grants_epoch", "table accounts has no column grants_epoch: add it as"},
}

// brokenHere are those of one kind of database.
var brokenHere = map[string][]breakage{
	"sqlite": {
		{"DROP INDEX grants_waiting_code", "table grants has no unique index on (tenant, waiting_code)"},
		{"DROP INDEX grants_waiting_code; CREATE INDEX g ON grants (tenant, waiting_code)", "table grants has no unique index on (tenant, waiting_code)"},
		{"DROP INDEX grants_waiting_code; CREATE UNIQUE INDEX g ON grants (tenant, waiting_code) WHERE state = X'00'", "no unique index on (tenant, waiting_code)"},
		{"DROP INDEX sessions_account", "table sessions has no index on (tenant, account, id)"},
		{"ALTER TABLE clients ADD COLUMN more INTEGER NOT NULL DEFAULT 0", ""},
		{"DROP TABLE leases; CREATE TABLE leases (name BLOB NOT NULL PRIMARY KEY, holder BLOB NOT NULL, until INTEGER NOT NULL)", "table leases is not STRICT"},
		{"DROP TABLE leases; CREATE TABLE leases (name BLOB NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT", "table leases has a column holder that is text NOT NULL: make it blob"},
		{"DROP TABLE leases; CREATE TABLE leases (name BLOB NOT NULL, holder BLOB NOT NULL, until INTEGER NOT NULL) STRICT", "table leases has no unique index on (name)"},
		{"DROP TABLE leases; CREATE TABLE leases (name BLOB NOT NULL PRIMARY KEY, holder BLOB NOT NULL, until INTEGER NOT NULL, of_mine TEXT NOT NULL) STRICT", "column of_mine that this release does not fill"},
		{"DROP INDEX sessions_account; CREATE INDEX s ON sessions (tenant, account, id, ends)", ""},
	},
	"postgres": {
		{"ALTER TABLE grants SET UNLOGGED", "ALTER TABLE grants SET LOGGED"},
		{"ALTER TABLE grants ALTER COLUMN version TYPE INTEGER", "table grants has a column version that is integer NOT NULL: make it bigint NOT NULL"},
		{"ALTER TABLE grants ALTER COLUMN keep_until SET NOT NULL", "column keep_until that is bigint NOT NULL: make it bigint"},
		{"ALTER TABLE grants ALTER COLUMN client TYPE TEXT USING encode(client, 'escape')", "column client that is text NOT NULL: make it bytea NOT NULL"},
		{"ALTER TABLE tickets DROP CONSTRAINT tickets_pkey", "table tickets has no unique index on (tenant, id)"},
		{"ALTER TABLE tickets DROP CONSTRAINT tickets_pkey, ADD PRIMARY KEY (tenant, id) DEFERRABLE", "table tickets has no unique index on (tenant, id)"},
		{"DROP INDEX grants_waiting_code", "no unique index on (tenant, waiting_code)"},
		{"DROP INDEX grants_waiting_code; CREATE UNIQUE INDEX g ON grants (tenant, waiting_code)", ""},
		{"DROP INDEX grants_waiting_code; CREATE UNIQUE INDEX g ON grants (tenant, waiting_code) WHERE version > 3", "no unique index on (tenant, waiting_code)"},
		{"UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'grants_waiting_code'::regclass", "no unique index on (tenant, waiting_code)"},
		{"DROP INDEX events_keep", "table events has no index on (keep_until)"},
		{"ALTER TABLE clients ADD COLUMN more INTEGER NOT NULL", "column more that this release does not fill"},
		{"ALTER TABLE clients ADD COLUMN more INTEGER NOT NULL GENERATED ALWAYS AS IDENTITY, ALTER COLUMN lane SET DEFAULT ''", ""},
		{"ALTER TABLE clients ALTER COLUMN lane DROP NOT NULL", ""},
		{"CREATE SCHEMA other; ALTER TABLE clients SET SCHEMA other", "table clients is missing"},
	},
	"mysql": {
		{"ALTER TABLE grants ENGINE=MyISAM", "table grants is kept by MyISAM: ALTER TABLE grants ENGINE=InnoDB"},
		{"ALTER TABLE grants CONVERT TO CHARACTER SET latin1", ""}, // of octets and numbers none has one
		{"ALTER TABLE grants MODIFY client VARCHAR(512) CHARACTER SET latin1 NOT NULL", "column client that is varchar(512) NOT NULL: make it varbinary(512) NOT NULL"},
		{"ALTER TABLE grants MODIFY client VARBINARY(255) NOT NULL", "column client that is varbinary(255) NOT NULL: make it varbinary(512) NOT NULL"},
		{"ALTER TABLE grants MODIFY client VARBINARY(700) NOT NULL", ""},
		{"ALTER TABLE grants MODIFY version BIGINT UNSIGNED NOT NULL", "column version that is bigint unsigned NOT NULL: make it bigint NOT NULL"},
		{"ALTER TABLE grants MODIFY payload BLOB NOT NULL", "column payload that is blob NOT NULL: make it mediumblob NOT NULL"},
		{"ALTER TABLE grants MODIFY waiting_code VARBINARY(32) NOT NULL DEFAULT ''", "column waiting_code that is varbinary(32) NOT NULL: make it varbinary(32)"},
		{"ALTER TABLE grants DROP KEY grants_waiting_code", "no unique index on (tenant, waiting_code)"},
		{"ALTER TABLE grants DROP KEY grants_waiting_code; ALTER TABLE grants ADD UNIQUE KEY g (tenant, waiting_code(4))", "no unique index on (tenant, waiting_code)"},
		{"ALTER TABLE tickets DROP PRIMARY KEY", "table tickets has no unique index on (tenant, id)"},
		{"DROP INDEX events_keep ON events", "table events has no index on (keep_until)"},
		{"ALTER TABLE clients ADD COLUMN more INTEGER NOT NULL", "column more that this release does not fill"},
		{"ALTER TABLE clients ADD COLUMN more INTEGER NOT NULL DEFAULT 0", ""},
		{"DROP TABLE leases; CREATE VIEW leases AS SELECT id AS name, id AS holder, version AS until FROM clients", "table leases is missing"},
	},
}

// Whoever has altered what a release depends on hears of it at the start, with the
// table, the column and what to do; what there is beside it does no harm.
func TestThreat_MIG07_AlteredTables(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for _, b := range append(broken, brokenHere[e.name]...) {
			t.Run(b.does, func(t *testing.T) {
				t.Parallel()
				dsn := e.fresh(t)
				db := e.migrated(t, dsn)
				e.exec(t, e.raw(t, dsn), strings.Split(b.does, "; ")...)
				if err := db.Ready(t.Context()); err != nil && !strings.Contains(b.does, "leases") {
					t.Errorf("who was ready stays ready: %v", err)
				}
				migrate, ready := starts(t.Context(), e.opened(t, dsn, 1))
				if b.says == "" {
					if err := errors.Join(migrate, ready); err != nil {
						t.Error(err)
					}
					return
				}
				wantError(t, migrate, b.says, "bunstore: schema")
				wantError(t, ready, b.says)
				if errors.Is(migrate, core.ErrUnavailable) || !errors.Is(ready, core.ErrUnavailable) {
					t.Errorf("%v, %v", migrate, ready)
				}
			})
		}
	})
}

func starts(ctx context.Context, db core.Database) (migrate, ready error) {
	ready = db.Ready(ctx) // before Migrate: each looks for itself
	return db.Migrate(ctx), ready
}

// The look takes one query, and nobody asks for it any more once all was right.
func TestThreat_MIG07_LooksOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.fresh(t)
		e.migrated(t, dsn)
		c := &cutter{}
		db, err := e.cut(t.Context(), dsn, c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		begun := time.Now()
		if err := db.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("the first Ready takes %s", time.Since(begun))
		for range 3 {
			if err := errors.Join(db.Ready(t.Context()), db.Migrate(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if n := c.count("SELECT 'table'"); n != 1 {
			t.Errorf("the catalogue was read %d times", n)
		}
	})
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %q", err, word)
		}
	}
}
