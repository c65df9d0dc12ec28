package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/adapters/internal/gather"
	"github.com/keywright/keywright/core"
)

// Option changes how Open and New work.
type Option func(*options)

type options struct {
	connections int
	timeout     time.Duration
	flushLog    bool // innodb_flush_log_at_trx_commit may be other than 1
	syncBinlog  bool // and sync_binlog
	onStatement func(ctx context.Context, text string)
}

// Connections sets how many connections Open's pool has at most: 1 to 1000, 16
// by default. All replicas together must stay below the server's
// max_connections.
func Connections(n int) Option {
	return func(o *options) { o.connections = min(max(n, 1), 1000) }
}

// Timeout ends a call that the database does not answer, waiting for a free
// connection included: 5 s by default, at least 10 ms.
func Timeout(d time.Duration) Option {
	return func(o *options) { o.timeout = max(d, 10*time.Millisecond) }
}

// InsecureFlushLogAtTrxCommit accepts a server whose
// innodb_flush_log_at_trx_commit is not 1. It is for storage that keeps a commit
// by other means; on any other, after a crash, codes and revocations that were
// answered may be undone. Of sync_binlog it says nothing.
func InsecureFlushLogAtTrxCommit() Option {
	return func(o *options) { o.flushLog = true }
}

// InsecureSyncBinlog accepts a server that writes a binary log and whose
// sync_binlog is not 1: after a crash, recovery undoes what had not reached that
// log, such as codes and revocations that were answered. Of
// innodb_flush_log_at_trx_commit it says nothing.
func InsecureSyncBinlog() Option {
	return func(o *options) { o.syncBinlog = true }
}

// OnStatement hears every statement, with values: for tests that count.
func OnStatement(hear func(ctx context.Context, text string)) Option {
	return func(o *options) { o.onStatement = hear }
}

func optionsOf(opts []Option) options {
	o := options{connections: 16, timeout: 5 * time.Second}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Open connects to the database that dsn names, in the form
// user:password@tcp(host:3306)/database, and checks what safety depends on.
// Settings of the session are made here; dsn may add others. The schema is
// brought up to date by Migrate.
func Open(ctx context.Context, dsn string, opts ...Option) (core.Database, error) {
	o := optionsOf(opts)
	config, err := configure(dsn)
	if err != nil {
		return nil, err
	}
	if err := isolate(ctx, config); err != nil {
		return nil, err
	}
	pool, err := connect(config, o)
	if err != nil {
		return nil, core.Unavailable(err)
	}
	db, err := newDatabase(ctx, pool, o)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// New is Open for a pool of the caller's own, made with go-sql-driver/mysql.
// What Open would set is checked, on one connection: all must be alike. Close
// closes the pool.
func New(ctx context.Context, pool *sql.DB, opts ...Option) (core.Database, error) {
	db, err := newDatabase(ctx, pool, optionsOf(opts))
	if err == nil {
		err = checkFoundRows(ctx, pool)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// newDatabase checks first: bun asks the server for its version, and would go on
// without an answer.
func newDatabase(ctx context.Context, pool *sql.DB, o options) (core.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, max(o.timeout, 10*time.Second))
	defer cancel()
	facts, err := check(ctx, pool, o)
	if err != nil {
		return nil, err
	}
	shared := &pipeline{pool: pool, timeout: o.timeout, spare: gather.NewSpare(gather.LanesOf(pool) - 1)}
	return bunstore.New(dialect(facts), pool, pool, bunstore.Options{
		OnStatement: o.onStatement, Timeout: o.timeout, Pipeline: shared,
	}), nil
}

// configure reads dsn and adds what safety depends on.
func configure(dsn string) (*driver.Config, error) {
	config, err := driver.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("mysql: the DSN cannot be read: want user:password@tcp(host:3306)/database")
	}
	if config.DBName == "" {
		return nil, errors.New("mysql: the DSN names no database: end it with /database")
	}
	if config.MultiStatements {
		return nil, errors.New("mysql: the DSN allows several statements in one: remove multiStatements")
	}
	config.ClientFoundRows = true   // an update that changes nothing has still met its row
	config.InterpolateParams = true // statements of a transaction take one round trip
	config.RejectReadOnly = true    // after a failover, look for the primary
	config.CheckConnLiveness = true
	config.Collation = "utf8mb4_bin"
	config.Logger = &driver.NopLogger{} // what it would print is returned as well
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	for _, a := range asserted {
		config.Params[a.name] = a.set
	}
	for name, value := range map[string]string{
		// No value is cut or bent, and backslashes in quoted values mean what the driver thinks.
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "time_zone": "'+00:00'", "innodb_lock_wait_timeout": "3",
	} {
		config.Params[name] = value
	}
	return config, nil
}

// isolate asks the server what it is, since MariaDB and MySQL call the settings of
// transactions differently, and a node of a cluster has some more.
func isolate(ctx context.Context, config *driver.Config) error {
	pool, err := connect(config, options{connections: 1})
	if err != nil {
		return core.Unavailable(err)
	}
	defer func() { _ = pool.Close() }()
	version, err := version(ctx, pool)
	if err != nil {
		return err
	}
	prefix := "transaction_"
	if version.maria {
		prefix = "tx_"
	} else { // with less room a statement for several rows looks at the whole table
		config.Params["range_optimizer_max_mem_size"] = "8388608"
	}
	config.Params[prefix+"isolation"] = "'READ-COMMITTED'"
	config.Params[prefix+"read_only"] = "0"
	f, err := ask(ctx, pool)
	if err != nil {
		return unreachable(err)
	}
	f.join(config.Params)
	return nil
}

// connect makes a pool that keeps its connections, since statements prepared on
// them are theirs, but not for ever: servers come and go behind a name.
func connect(config *driver.Config, o options) (*sql.DB, error) {
	connector, err := driver.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(o.connections)
	pool.SetMaxIdleConns(o.connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	return pool, nil
}
