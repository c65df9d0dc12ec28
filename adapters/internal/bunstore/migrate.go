package bunstore

import (
	"context"
	"crypto/rand"
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
// has made (MIG06). Where nothing is left to do it only reads, so that a role
// that may not change the schema will do.
func (db *DB) Migrate(ctx context.Context) error {
	steps, err := db.steps()
	if err != nil {
		return err
	}
	if at, err := db.reached(ctx); err != nil || at >= len(steps) {
		return errors.Join(outward(err), known(at, steps))
	}
	conn, err := db.writer.DB.Conn(ctx)
	if err != nil {
		return outward(db.classified(err))
	}
	defer func() { _ = conn.Close() }()
	err = db.dialect.Exclusive(ctx, conn, func() error { return db.migrate(ctx, conn, steps) })
	var f *fault
	if err == nil || errors.As(err, &f) || errors.Is(err, errSchema) {
		return outward(err)
	}
	return outward(db.classified(err))
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
	if err := known(at, steps); err != nil {
		return err
	}
	for n := at; n < len(steps); n++ {
		if err := db.step(ctx, conn, n+1, steps[n].text); err != nil {
			return err
		}
	}
	return nil
}

// known refuses a schema that a later release has made.
func known(at int, steps []step) error {
	if at <= len(steps) {
		return nil
	}
	return fmt.Errorf("%w: the database is at step %d and this release knows %d: run a later release",
		errSchema, at, len(steps))
}

// step runs one migration and then writes down that it did.
func (db *DB) step(ctx context.Context, conn *sql.Conn, number int, text string) error {
	parts, err := db.parts(ctx, conn, number)
	if err != nil {
		return err
	}
	for n, one := range statements(text) {
		if n < parts {
			continue
		}
		_, err := conn.ExecContext(ctx, one)
		// What was under way when a process died may have been done.
		if err != nil && (!db.dialect.PlainDDL || n > parts || !db.dialect.AlreadyDone(err)) {
			return fmt.Errorf("step %d: %w", number, db.classified(err))
		}
		if err := db.partDone(ctx, conn, number, n+1); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, tookStep(number))
	return db.classified(err)
}

// statements are the parts of a migration.
func statements(text string) (list []string) {
	for one := range strings.SplitSeq(text, ";\n") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// parts is how many statements of a step were run by a process that then died.
// Where a transaction holds the whole step there are none.
func (db *DB) parts(ctx context.Context, conn *sql.Conn, number int) (done int, err error) {
	if !db.dialect.PlainDDL {
		return 0, nil
	}
	_, err = conn.ExecContext(ctx,
		"CREATE TABLE IF NOT EXISTS schema_parts (number INTEGER NOT NULL, part INTEGER NOT NULL, PRIMARY KEY (number, part))")
	if err != nil {
		return 0, db.classified(err)
	}
	err = conn.QueryRowContext(ctx,
		fmt.Sprintf("SELECT COALESCE(MAX(part), 0) FROM schema_parts WHERE number = %d", number)).Scan(&done)
	return done, db.classified(err)
}

func (db *DB) partDone(ctx context.Context, conn *sql.Conn, number, part int) error {
	if !db.dialect.PlainDDL {
		return nil
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO schema_parts (number, part) VALUES (%d, %d)", number, part))
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
	name := []byte("ready " + rand.Text()) // its own, so that nobody waits for another's
	err = db.write(ctx, true, func(r runner) error {
		if _, err := r.exec(db.hot.insertLease, []byte{}, int64(0), name); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// InTransaction is Dialect.Exclusive for databases whose transactions hold
// changes of the schema: begin opens one and takes a lock.
func InTransaction(begin ...string) func(context.Context, *sql.Conn, func() error) error {
	return func(ctx context.Context, c *sql.Conn, do func() error) (err error) {
		defer func() {
			if err != nil {
				_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			}
		}()
		for _, text := range begin {
			if _, err := c.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		if err := do(); err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, "COMMIT")
		return err
	}
}
