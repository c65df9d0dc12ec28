package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// books are what a database says of itself.
type books struct {
	store string
	db    *sql.DB
}

// tableSize is how much a table holds, indexes included, and for how many days
// its rows are kept on average.
type tableSize struct {
	rows, bytes int64
	kept        float64
}

func openBooks(ctx context.Context, t *target) (*books, error) {
	_, db, err := barePools(served{Store: t.store, Source: t.source, Connections: 1})
	if err != nil {
		return nil, err
	}
	return &books{store: t.store, db: db}, db.PingContext(ctx)
}

func (b *books) close() error { return b.db.Close() }

// sizes gives each table's name and bytes.
func (b *books) sizes() string {
	switch b.store {
	case "postgres":
		return `SELECT relname, pg_total_relation_size(oid) FROM pg_class
			WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`
	case "mysql":
		return `SELECT table_name, data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE()`
	}
	return `SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_schema m ON m.name = s.name GROUP BY m.tbl_name`
}

// tables measures every table.
func (b *books) tables(ctx context.Context) (map[string]tableSize, error) {
	found := map[string]tableSize{}
	rows, err := b.db.QueryContext(ctx, b.sizes())
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var t tableSize
		if err := rows.Scan(&name, &t.bytes); err != nil {
			return nil, err
		}
		found[name] = t
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for _, name := range names(found) {
		t := found[name]
		if err := b.count(ctx, name, &t); err != nil {
			return nil, err
		}
		found[name] = t
	}
	return found, nil
}

// count counts a table's rows. Not every table has an end for them.
func (b *books) count(ctx context.Context, name string, t *tableSize) error {
	if b.store == "mysql" {
		if _, err := b.db.ExecContext(ctx, "ANALYZE TABLE "+name); err != nil {
			return err
		}
		text := "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
		if err := b.db.QueryRowContext(ctx, text, name).Scan(&t.bytes); err != nil {
			return err
		}
	}
	if err := b.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+name).Scan(&t.rows); err != nil {
		return err
	}
	var end sql.NullFloat64
	if err := b.db.QueryRowContext(ctx, "SELECT AVG(keep_until) FROM "+name).Scan(&end); err == nil && end.Valid {
		t.kept = time.Until(time.UnixMicro(int64(end.Float64))).Hours() / 24
	}
	return nil
}

// logged is how much a database has written to its log, and how often it has
// updated grants.
type logged struct{ bytes, updates, heapOnly int64 }

// since is what n writes cost.
func (l logged) since(before logged, name string, n int) WriteFinding {
	f := WriteFinding{Name: name, Count: n, Log: float64(l.bytes-before.bytes) / float64(n), HeapOnly: -1}
	if updates := l.updates - before.updates; updates > 0 {
		f.HeapOnly = float64(l.heapOnly-before.heapOnly) / float64(updates)
	}
	return f
}

// log reads the books. Postgres writes its statistics down when its processes
// are idle; they are waited for until they show so many updates.
func (b *books) log(ctx context.Context, updates int64) (l logged, err error) {
	switch b.store {
	case "postgres":
		const text = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, n_tup_upd, n_tup_hot_upd
			FROM pg_stat_user_tables WHERE relname = 'grants' AND schemaname = current_schema()`
		for patience := time.Now().Add(10 * time.Second); time.Now().Before(patience); time.Sleep(50 * time.Millisecond) {
			if err = b.db.QueryRowContext(ctx, text).Scan(&l.bytes, &l.updates, &l.heapOnly); err != nil || l.updates >= updates {
				return l, err
			}
		}
		return l, fmt.Errorf("bench: the server has counted %d updates of %d", l.updates, updates)
	case "mysql":
		var name string
		err = b.db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'").Scan(&name, &l.bytes)
	}
	return l, err
}
