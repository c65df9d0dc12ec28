package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/keywright/keywright/adapters/internal/gather"
	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

// Options are what an adapter may set. The zero value is right in production.
type Options struct {
	// OnStatement hears every statement that a method runs, reads included, but
	// not the limits of transactions. Built statements carry their values: it is
	// for tests that count.
	OnStatement func(ctx context.Context, text string)
	// Timeout ends a call that the database does not answer, waiting for a
	// connection included; 0 is no limit. A caller that leaves does not end it:
	// that would cost a connection.
	Timeout time.Duration
	// Unprepared sends every statement by its text, for proxies that hand each
	// transaction to another connection.
	Unprepared bool
	// Pipeline runs hot reads, and writes of one row without events; nil runs
	// each on a connection of the pool. Where there is one, there is no Direct.
	Pipeline Pipeline
	// Direct runs hot reads and all writes; nil runs them on the pools. It is for a
	// dialect with Gather, and closed with the pools.
	Direct Direct
}

// DB implements core.Database over two pools, which may be the same.
type DB struct {
	dialect        Dialect
	writer, reader *bun.DB
	gather         *gather.Lanes[*job]
	tables         tables
	hot            hot
	writes         []*statement
	prepared, fit  atomic.Bool
	options        Options
}

var _ core.Database = (*DB)(nil)

// New makes a database of two pools, to be closed by Close. It asks nothing of
// either.
func New(d Dialect, writer, reader *sql.DB, o Options) *DB {
	db := &DB{dialect: d, writer: bun.NewDB(writer, d.Bun), options: o}
	db.reader = db.writer
	if reader != writer {
		db.reader = bun.NewDB(reader, d.Bun)
	}
	if o.OnStatement != nil {
		db.writer = db.writer.WithQueryHook(hook{db})
		db.reader = db.reader.WithQueryHook(hook{db})
	}
	db.gather = newGatherer(db)
	db.tables = newTables(db)
	db.hot = newHot(db)
	return db
}

// Close ends both pools and what goes beside them. Calls under way may fail as unavailable.
func (db *DB) Close() error {
	err := errors.Join(db.reader.DB.Close(), db.writer.DB.Close())
	if db.options.Direct != nil {
		err = errors.Join(err, db.options.Direct.Close())
	}
	return err
}

// Tenant is the store of one tenant.
func (db *DB) Tenant(id core.ID) core.Store { return &store{db: db, tenant: id, key: id[:]} }

// store is one tenant's view.
type store struct {
	db     *DB
	tenant core.ID
	key    any // the tenant as a parameter
}

// hook tells of the statements that bun builds.
type hook struct{ db *DB }

// BeforeQuery tells of a statement.
func (h hook) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	h.db.heard(ctx, e.Query)
	return ctx
}

// AfterQuery does nothing.
func (h hook) AfterQuery(context.Context, *bun.QueryEvent) {}

// tables of versioned things.
type tables struct {
	grants, clients, accounts, credentials, sessions *table
	interactions, consents, tickets, keys            *table
	organizations, groups, memberships, connections  *table
}

func newTables(db *DB) tables {
	return tables{
		grants:       newTable(db, "grants", "id", "state, account, client, session, user_code, waiting_code"),
		clients:      newTable(db, "clients", "id", "lane, disabled, deleted, epoch"),
		accounts:     newTable(db, "accounts", "id", "disabled, deleted, sign_in_epoch, grants_epoch"),
		credentials:  newTable(db, "credentials", "kind, handle", "account"),
		sessions:     newTable(db, "sessions", "id", "account, sign_in_epoch, ended, ends, idle_ends"),
		interactions: newTable(db, "interactions", "id", "finished"),
		consents:     newTable(db, "consents", "account, client", "epoch"),
		tickets:      newTable(db, "tickets", "id", "account, spent"),
		keys:         newTable(db, "provider_keys", "id", "purpose, algorithm, epoch"),

		organizations: newTable(db, "organizations", "id", "name, disabled, deleted, epoch"),
		groups:        newTable(db, "account_groups", "id", "organization, name, deleted"),
		memberships:   newTable(db, "memberships", "account, kind, member_of", ""),
		connections:   newTable(db, "connections", "id", "organization, kind, disabled, deleted, epoch"),
	}
}

// create stores a new row with its events; taken keys are called key.
func (s *store) create(ctx context.Context, t *table, args []any, events []core.Event) error {
	rows, err := s.eventRows(events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, len(rows) > 0, func(r runner) error {
		if _, err := r.exec(t.insert, args...); err != nil {
			return taken(err, "id")
		}
		return r.append(rows)
	})
}

// update replaces a row under its version, with its events.
func (s *store) update(ctx context.Context, t *table, args []any, events []core.Event) error {
	rows, err := s.eventRows(events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, len(rows) > 0, func(r runner) error {
		if err := changed(r.exec(t.update, args...)); err != nil {
			return taken(err, "id")
		}
		return r.append(rows)
	})
}

// list runs a built query and scans each row.
func (db *DB) list(ctx context.Context, q *bun.SelectQuery, into []any, each func() error) error {
	_, err := db.read(ctx, q.Rows, into, each)
	return err
}

// bounded is the context of what runs for a caller: it ends by time, not with
// the caller.
func (db *DB) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if db.options.Timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, db.options.Timeout)
}

// page builds a list of a tenant's rows in order of the column given.
func (s *store) page(table, columns, order string, after any, limit int) *bun.SelectQuery {
	return s.db.reader.NewSelect().TableExpr(table).ColumnExpr(s.db.dialect.Text(columns)).
		Where("tenant = ?", s.key).Where(order+" > ?", after).OrderExpr(order).Limit(limited(limit))
}

// limited keeps a limit between 1 and 1000.
func limited(limit int) int64 { return int64(min(max(limit, 1), 1000)) }
