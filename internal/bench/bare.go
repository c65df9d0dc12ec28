package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver registers itself
)

// bare is a table beside the provider's, with statements prepared as those of
// its adapter are, through the same driver and as many connections: a read by
// key and a conditional update of a row as large as a grant. Every caller has a
// row.
type bare struct {
	pools        []*sql.DB
	read, update *sql.Stmt
	rows         []bareRow
	payload      []byte
}

type bareRow struct {
	id      []byte
	version int64
}

// bareTable is how a database spells it.
type bareTable struct {
	create, read, update string
	bytes                string // the verb that writes bytes as a constant
}

const bareTenant = "one-tenant-of-16"

func bareTables() map[string]bareTable {
	return map[string]bareTable{
		"sqlite": {
			create: `CREATE TABLE IF NOT EXISTS bare (tenant BLOB NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL,
				payload BLOB NOT NULL, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID`,
			read:   `SELECT version, payload FROM bare WHERE tenant = ? AND id = ?`,
			update: `UPDATE bare SET payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?`,
			bytes:  "X'%x'",
		},
		"postgres": {
			create: `CREATE TABLE IF NOT EXISTS bare (tenant BYTEA NOT NULL, id BYTEA NOT NULL, version BIGINT NOT NULL,
				payload BYTEA NOT NULL, PRIMARY KEY (tenant, id)) WITH (fillfactor = 80)`,
			read:   `SELECT version, payload FROM bare WHERE tenant = $1 AND id = $2`,
			update: `UPDATE bare SET payload = $1, version = version + 1 WHERE tenant = $2 AND id = $3 AND version = $4`,
			bytes:  `'\x%x'`,
		},
		"mysql": {
			create: `CREATE TABLE IF NOT EXISTS bare (tenant VARBINARY(16) NOT NULL, id VARBINARY(16) NOT NULL,
				version BIGINT NOT NULL, payload MEDIUMBLOB NOT NULL, PRIMARY KEY (tenant, id)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
			read:   `SELECT version, payload FROM bare WHERE tenant = ? AND id = ?`,
			update: `UPDATE bare SET payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?`,
			bytes:  "X'%x'",
		},
	}
}

// barePools opens a database as its adapter does: the same driver, settings and
// number of connections.
func barePools(s served) (reader, writer *sql.DB, err error) {
	switch s.Store {
	case "sqlite":
		file := "file:" + s.Source + "?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)"
		if writer, err = sql.Open("sqlite", file+"&_txlock=immediate"); err != nil {
			return nil, nil, err
		}
		writer.SetMaxOpenConns(1)
		if reader, err = sql.Open("sqlite", file+"&_pragma=query_only(1)"); err != nil {
			return nil, nil, errors.Join(err, writer.Close())
		}
		reader.SetMaxOpenConns(4)
		reader.SetMaxIdleConns(4)
		return reader, writer, nil
	case "postgres":
		config, err := pgx.ParseConfig(s.Source)
		if err != nil {
			return nil, nil, err
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
		writer = stdlib.OpenDB(*config)
	case "mysql":
		config, err := mysql.ParseDSN(s.Source)
		if err != nil {
			return nil, nil, err
		}
		config.ClientFoundRows, config.InterpolateParams, config.CheckConnLiveness = true, true, true
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return nil, nil, err
		}
		writer = sql.OpenDB(connector)
	default:
		return nil, nil, fmt.Errorf("bench: no bare statements for %q", s.Store)
	}
	writer.SetMaxOpenConns(s.Connections)
	writer.SetMaxIdleConns(s.Connections)
	return writer, writer, nil
}

// openBare makes the table if there is none, with rows for n callers.
func openBare(ctx context.Context, s served, n, size int) (*bare, error) {
	reader, writer, err := barePools(s)
	if err != nil {
		return nil, err
	}
	b := &bare{pools: []*sql.DB{writer}, payload: make([]byte, size)}
	if reader != writer {
		b.pools = append(b.pools, reader)
	}
	_, _ = rand.Read(b.payload)
	t := bareTables()[s.Store]
	err = b.fill(ctx, writer, t, n)
	if err == nil {
		b.read, err = reader.PrepareContext(ctx, t.read)
	}
	if err == nil {
		b.update, err = writer.PrepareContext(ctx, t.update)
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
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
		text := fmt.Sprintf("INSERT INTO bare VALUES ("+t.bytes+", "+t.bytes+", 1, "+t.bytes+")", bareTenant, row.id, b.payload)
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
		b.rows = append(b.rows, row)
	}
	return nil
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
