package stores

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
	_ "modernc.org/sqlite"
)

// TestStepsCanBeTakenByHand gives what is pending to another connection, as an
// administrator would, on a database whose provider may not change the schema.
func TestStepsCanBeTakenByHand(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "by_hand.db")
		db, err := sqlite.Open(t.Context(), path)
		takeByHand(t, db, err, "sqlite", path)
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := databases.Postgres(t)
		db, err := postgres.Open(t.Context(), dsn)
		takeByHand(t, db, err, "pgx", dsn)
	})
	t.Run("mysql", func(t *testing.T) {
		dsn := databases.MySQL(t)
		db, err := mysql.Open(t.Context(), dsn)
		takeByHand(t, db, err, "mysql", dsn)
	})
}

func takeByHand(t *testing.T, db core.Database, err error, driver, dsn string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	ctx, admin := t.Context(), byHand(t, driver, dsn)
	defer func() { _ = db.Close() }()
	steps, err := db.Pending(ctx)
	if err != nil || len(steps) < 3 {
		t.Fatalf("%d steps are pending on an empty database: %v", len(steps), err)
	}
	for n, step := range steps {
		if step.Number != n+1 || step.Name == "" || strings.HasSuffix(step.Name, ".sql") {
			t.Errorf("step %d is number %d, %q", n+1, step.Number, step.Name)
		}
		if err := db.Ready(ctx); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("ready while %s is pending: %v", step.Name, err)
		}
		if err := admin(step.SQL); err != nil {
			t.Fatalf("%s: %v", step.Name, err)
		}
		if left, err := db.Pending(ctx); err != nil || len(left) != len(steps)-n-1 {
			t.Errorf("%d steps are pending after %s: %v", len(left), step.Name, err)
		}
	}
	if err := db.Ready(ctx); err != nil {
		t.Errorf("after all steps: %v", err)
	}
	if err := db.Migrate(ctx); err != nil {
		t.Errorf("Migrate where nothing is left to do: %v", err)
	}
}

// byHand runs a script as a client's prompt does: statement by statement.
func byHand(t *testing.T, driver, dsn string) func(script string) error {
	t.Helper()
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return func(script string) error {
		for statement := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := pool.ExecContext(context.Background(), statement); err != nil {
				return err
			}
		}
		return nil
	}
}
