package bunstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/keywright/keywright/core"
)

// The migrations, one folder per dialect with the same numbers in each.
//
//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date under the database's own lock, so that
// of several processes one does it. It refuses a schema that a later release
// has made (MIG06).
func (db *DB) Migrate(ctx context.Context) error {
	steps, err := db.steps()
	if err != nil {
		return err
	}
	conn, err := db.writer.DB.Conn(ctx)
	if err != nil {
		return db.readError(ctx, err)
	}
	defer func() { _ = conn.Close() }()
	err = db.dialect.Exclusive(ctx, conn, func() error { return db.migrate(ctx, conn, steps) })
	var f *fault
	if err == nil || errors.As(err, &f) || errors.Is(err, errSchema) {
		return outward(err)
	}
	return db.readError(ctx, err)
}

// errSchema is wrapped by what Migrate and Ready say about the schema.
var errSchema = errors.New("bunstore: schema")

func (db *DB) migrate(ctx context.Context, conn *sql.Conn, steps []step) error {
	_, err := conn.ExecContext(ctx, createSteps)
	if err != nil {
		return db.classified(err)
	}
	at, err := db.schema(ctx, conn)
	if err != nil {
		return err
	}
	if at > len(steps) {
		return fmt.Errorf("%w: the database is at step %d and this release knows %d: run a later release",
			errSchema, at, len(steps))
	}
	for n := at; n < len(steps); n++ {
		if err := db.step(ctx, conn, n+1, steps[n].text); err != nil {
			return err
		}
	}
	return nil
}

// step runs one migration and then writes down that it did.
func (db *DB) step(ctx context.Context, conn *sql.Conn, number int, text string) error {
	for _, one := range strings.Split(text, ";\n") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, one); err != nil {
			return fmt.Errorf("step %d: %w", number, db.classified(err))
		}
	}
	_, err := conn.ExecContext(ctx, tookStep(number))
	return db.classified(err)
}

// schema is the last step that the database has taken.
func (db *DB) schema(ctx context.Context, on interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
},
) (at int, err error) {
	err = on.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), 0) FROM schema_steps").Scan(&at)
	return at, db.classified(err)
}

// step is one migration: its file without the number, and what it says.
type step struct{ name, text string }

// steps reads the dialect's migrations in order; the first is number 1 and none
// is left out.
func (db *DB) steps() ([]step, error) {
	folder := "migrations/" + db.dialect.Name
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	steps := make([]step, len(files))
	for n, f := range files {
		name, numbered := strings.CutPrefix(f.Name(), fmt.Sprintf("%04d_", n+1))
		if !numbered {
			return nil, fmt.Errorf("%w: %s is not step %d", errSchema, f.Name(), n+1)
		}
		text, err := migrations.ReadFile(folder + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		steps[n] = step{strings.TrimSuffix(name, ".sql"), string(text)}
	}
	return steps, nil
}

// Ready says whether reads and writes work, on a schema that has all this
// release needs. A later one is fine: steps only add, so that a release serves
// on while the next one starts.
func (db *DB) Ready(ctx context.Context) error {
	steps, err := db.steps()
	if err != nil {
		return err
	}
	at, err := db.schema(ctx, db.reader.DB)
	if err != nil {
		return core.Unavailable(err)
	}
	if at < len(steps) {
		return core.Unavailable(fmt.Errorf("%w: at step %d of %d: Migrate first", errSchema, at, len(steps)))
	}
	err = db.write(ctx, true, func(r runner) error {
		_, err := r.exec(db.hot.extendLease, []byte{}, int64(0), []byte("ready"), []byte{}, int64(0))
		if err == nil {
			_, err = r.exec(db.hot.insertLease, []byte{}, int64(0), []byte("ready"))
		}
		if err == nil {
			err = errUndo
		}
		return err
	})
	if errors.Is(err, errUndo) || refused(err) {
		return nil
	}
	return err
}
