package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	_ "github.com/go-sql-driver/mysql" // the drivers of bare statements
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// bare is a table beside the provider's, with statements prepared as those of
// its adapter are, through the same driver and as many connections: a read by
// key and a conditional update of a row as large as a grant. Every caller has a
// row.
type bare struct {
	pools        []*sql.DB
	read, update *sql.Stmt
	mu           sync.Mutex
	rows         []bareRow
	payload      []byte
}

type bareRow struct {
	id      []byte
	version int64
}

// bareTable is how a database spells it.
type bareTable struct {
	driver               string
	reader, writer       string // sources
	readers, writers     int    // connections
	create, read, update string
}

const bareTenant = "one-tenant-of-16"

func newBareTable(store, source string) (bareTable, bool) {
	switch store {
	case "sqlite":
		file := "file:" + source + "?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)"
		return bareTable{
			driver: "sqlite", reader: file + "&_pragma=query_only(1)", writer: file + "&_txlock=immediate", readers: 4, writers: 1,
			create: `CREATE TABLE IF NOT EXISTS bare (tenant BLOB NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL,
				payload BLOB NOT NULL, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID`,
			read:   `SELECT version, payload FROM bare WHERE tenant = ? AND id = ?`,
			update: `UPDATE bare SET payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?`,
		}, true
	}
	return bareTable{}, false
}

// openBare makes the table if there is none, with rows for n callers.
func openBare(ctx context.Context, store, source string, n, size int) (*bare, error) {
	t, ok := newBareTable(store, source)
	if !ok {
		return nil, fmt.Errorf("bench: no bare statements for %q", store)
	}
	b := &bare{payload: make([]byte, size)}
	_, _ = rand.Read(b.payload)
	writer, err := b.pool(t.driver, t.writer, t.writers)
	if err != nil {
		return nil, err
	}
	reader := writer
	if t.reader != t.writer {
		if reader, err = b.pool(t.driver, t.reader, t.readers); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	if err := b.fill(ctx, writer, t, n); err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.read, err = reader.PrepareContext(ctx, t.read)
	if err == nil {
		b.update, err = writer.PrepareContext(ctx, t.update)
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bare) pool(driver, source string, n int) (*sql.DB, error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	b.pools = append(b.pools, db)
	return db, nil
}

func (b *bare) fill(ctx context.Context, db *sql.DB, t bareTable, n int) error {
	if _, err := db.ExecContext(ctx, t.create); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM bare"); err != nil {
		return err
	}
	for range n {
		row := bareRow{id: make([]byte, 16), version: 1}
		_, _ = rand.Read(row.id)
		// The values are this program's own, written as each database takes them.
		text := fmt.Sprintf("INSERT INTO bare VALUES ("+t.bytes()+", "+t.bytes()+", 1, "+t.bytes()+")", bareTenant, row.id, b.payload)
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
		b.rows = append(b.rows, row)
	}
	return nil
}

// bytes is the verb that writes bytes as a constant.
func (t bareTable) bytes() string {
	if t.driver == "pgx" {
		return `'\x%x'`
	}
	return "X'%x'"
}

// readOne reads the caller's row by its key.
func (b *bare) readOne(ctx context.Context, caller int) error {
	var version int64
	var payload []byte
	return b.read.QueryRowContext(ctx, []byte(bareTenant), b.rows[caller].id).Scan(&version, &payload)
}

// updateOne replaces the caller's row if it is still what it was.
func (b *bare) updateOne(ctx context.Context, caller int) error {
	row := &b.rows[caller]
	answer, err := b.update.ExecContext(ctx, b.payload, []byte(bareTenant), row.id, row.version)
	if err != nil {
		return err
	}
	if n, err := answer.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("bench: a bare update changed %d rows", n))
	}
	row.version++
	return nil
}

func (b *bare) close() error {
	var all []error
	for _, db := range b.pools {
		all = append(all, db.Close())
	}
	return errors.Join(all...)
}
