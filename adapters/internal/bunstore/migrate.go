package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// errSchema is wrapped by what Migrate and Ready say about the schema.
var errSchema = errors.New("bunstore: schema")

// Migrate brings the schema up to date, one step after another, each under the
// database's own lock, so that of several processes one takes it, or on clusters
// that have no lock, several do it together. It refuses a
// schema that a later release has made (MIG06), and one in which something is
// not as the steps made it (MIG07). Where nothing is to do it only reads, and
// little the second time: each provider in a process asks.
func (db *DB) Migrate(ctx context.Context) error {
	steps, err := db.steps()
	if err != nil {
		return err
	}
	at, err := db.taken(ctx, db.writer.DB)
	for err == nil && at < len(steps) {
		at, err = db.advance(ctx, steps)
	}
	if err == nil && at > len(steps) {
		err = fmt.Errorf("%w: the database is at step %d and this release knows %d: run a later release",
			errSchema, at, len(steps))
	}
	if err == nil && !db.fit.Load() { // once is enough: a process may compose thousands of providers
		err = db.checkShape(ctx, db.writer.DB, steps)
	}
	return outward(err)
}

// advance takes the next step that nobody has taken and says how far the schema
// then is. What a step alters may be in use, and whoever waits for it keeps
// others waiting: each attempt gives up soon, and there is another as long as
// the caller waits.
func (db *DB) advance(ctx context.Context, steps []step) (at int, err error) {
	for n := 1; ; n++ {
		at, err = db.tryAdvance(ctx, steps)
		if class, ok := classOf(err); !ok || class != Retry || !pause(ctx, min(n, 6)) {
			return at, err
		}
	}
}

func (db *DB) tryAdvance(ctx context.Context, steps []step) (at int, err error) {
	conn, err := db.writer.DB.Conn(ctx)
	if err != nil {
		return 0, db.classified(err)
	}
	defer func() { _ = conn.Close() }()
	locked := db.dialect.Exclusive(ctx, conn, func() error {
		if at, err = db.taken(ctx, conn); err == nil && at < len(steps) {
			err = db.step(ctx, conn, steps[at])
			at++
		}
		return err
	})
	if err == nil && locked != nil {
		err = db.mayNot(locked)
	}
	return at, err
}

// step runs one migration and then writes down that it did.
func (db *DB) step(ctx context.Context, conn *sql.Conn, s step) error {
	err := db.alter(ctx, conn, db.bookkeeping()...)
	if err == nil {
		err = db.parts(ctx, conn, s)
	}
	if err == nil {
		err = db.alter(ctx, conn, s.done())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return nil
}

// parts runs the statements of a step. Where no transaction holds them each is
// written down before it is run, so that after a death halfway the next process
// begins with the one that was under way, which may have been done.
func (db *DB) parts(ctx context.Context, conn *sql.Conn, s step) error {
	begun, err := db.begun(ctx, conn, s.number)
	if err != nil {
		return err
	}
	for n, text := range s.statements() {
		part := n + 1
		if part < begun {
			continue
		}
		if db.dialect.PlainDDL && part > begun {
			if err := db.alter(ctx, conn, s.begin(part)); err != nil {
				return err
			}
		}
		_, err := conn.ExecContext(ctx, text)
		if err == nil || db.dialect.PlainDDL && (part == begun || db.dialect.Unlocked) && db.dialect.AlreadyDone(err) {
			continue // where nothing locks, checkShape finds out what is somebody else's
		}
		if db.dialect.PlainDDL && part > begun && db.dialect.AlreadyDone(err) {
			// Somebody else's: the next attempt must not take it for ours.
			return errors.Join(db.mayNot(err), db.alter(ctx, conn, s.notBegun(part)))
		}
		return db.mayNot(err)
	}
	return nil
}

// alter runs statements that change the schema or tell how far it is. Where nothing
// locks somebody else may have told it first: then it is read again.
func (db *DB) alter(ctx context.Context, conn *sql.Conn, texts ...string) error {
	for _, text := range texts {
		_, err := conn.ExecContext(ctx, text)
		if err != nil && db.dialect.Unlocked && db.class(err) == Duplicate {
			return &fault{class: Retry, text: "somebody else takes the same step"}
		}
		if err != nil {
			return db.mayNot(err)
		}
	}
	return nil
}

// mayNot is classified with the remedy where a role may not change the schema.
func (db *DB) mayNot(err error) error {
	if err == nil || !db.dialect.Denied(err) {
		return db.classified(err)
	}
	_, text := db.dialect.Classify(err)
	return fmt.Errorf("%w: %s: this role may not change the schema: let one that may run the SQL that "+
		"Database.Pending lists (the command examples/migrate prints it)", errSchema, text)
}

// InTransaction is Dialect.Exclusive for databases whose transactions hold
// changes of the schema: begin opens one and takes a lock.
func InTransaction(begin func(context.Context, *sql.Conn) error) func(context.Context, *sql.Conn, func() error) error {
	return func(ctx context.Context, c *sql.Conn, do func() error) (err error) {
		defer func() {
			if err != nil {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				_, _ = c.ExecContext(ctx, "ROLLBACK")
			}
		}()
		if err := begin(ctx, c); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, "COMMIT")
		return err
	}
}
