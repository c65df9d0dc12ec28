package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

// Option changes how Open and New work.
type Option func(*options)

type options struct {
	connections int
	timeout     time.Duration
	fsyncOff    bool
	commitOff   bool // synchronous_commit may be off
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

// InsecureFsyncOff accepts a server whose fsync is off. It is for storage that
// keeps what is written by other means, as that of some managed servers does.
// On any other, after a crash, codes and revocations that were answered may be
// undone and the database be broken. Commits are waited for as before.
func InsecureFsyncOff() Option {
	return func(o *options) { o.fsyncOff = true }
}

// InsecureSynchronousCommitOff accepts sessions whose synchronous_commit is off,
// and leaves it as the server, the role or the DSN has it: after a crash, codes
// and revocations that were answered may be undone. Of fsync it says nothing.
func InsecureSynchronousCommitOff() Option {
	return func(o *options) { o.commitOff = true }
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

// Open connects to the database that dsn names, a URL or a list of key=value as
// libpq reads them, and checks what safety depends on. Settings of the session
// are made here; dsn may add others. Its schema is brought up to date by
// Migrate.
//
// Unless dsn says otherwise only a server that can be written is used, so that
// after a failover the new primary is found among the hosts named.
func Open(ctx context.Context, dsn string, opts ...Option) (core.Database, error) {
	o := optionsOf(opts)
	config, err := configure(dsn, o)
	if err != nil {
		return nil, err
	}
	pool := connect(config, o)
	db, err := newDatabase(ctx, pool, leaving(pool), o)
	if refusesSettings(err) { // a proxy: what it cannot set is only checked
		for _, name := range unknownToProxies {
			delete(config.RuntimeParams, name)
		}
		err = pool.Close()
		pool = connect(config, o)
		if err == nil {
			db, err = newDatabase(ctx, pool, leaving(pool), o)
		}
	}
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// New is Open for a pool of the caller's own, made with pgx (its stdlib package)
// in one of the query modes exec, describe_exec or simple_protocol. What Open
// would set is checked on one connection. Close closes the pool.
func New(ctx context.Context, pool *sql.DB, opts ...Option) (core.Database, error) {
	return newDatabase(ctx, pool, classify, optionsOf(opts))
}

func newDatabase(
	ctx context.Context, pool *sql.DB, classify func(error) (bunstore.Class, string), o options,
) (core.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, max(o.timeout, 10*time.Second))
	defer cancel()
	found, err := check(ctx, pool, o)
	if err != nil {
		return nil, err
	}
	d := dialect()
	d.Classify = classify
	settings := bunstore.Options{OnStatement: o.onStatement, Timeout: o.timeout, Unprepared: found.proxied}
	switch {
	case found.proxied:
	case found.generic:
		settings.Pipeline = newPipeline(pool, o.timeout, &several{writes: found.keyed})
	default:
		settings.Pipeline = newPipeline(pool, o.timeout, nil)
	}
	return bunstore.New(d, pool, pool, settings), nil
}

// configure reads dsn and adds what safety depends on.
func configure(dsn string, o options) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The driver's words repeat the dsn, without the password if it finds it.
		return nil, errors.New("postgres: the DSN cannot be read: " +
			"want postgres://user:password@host:5432/database or host=… dbname=… user=…")
	}
	// Statements that bun builds carry their values: to prepare each would fill
	// the server with them, and break at the next migration.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	set := config.RuntimeParams
	for _, a := range asserted {
		set[a.name] = a.value
	}
	if set["application_name"] == "" {
		set["application_name"] = "keywright"
	}
	for _, s := range wished(o) {
		if set[s.name] == "" {
			set[s.name] = s.value
		}
	}
	if config.ValidateConnect == nil && !strings.Contains(dsn, "target_session_attrs") {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return config, nil
}

// unknownToProxies are the settings that a proxy refuses to make for a session,
// as it cannot move them between connections.
var unknownToProxies = []string{
	"synchronous_commit", "bytea_output", "default_transaction_isolation", "enable_seqscan", "jit", "plan_cache_mode",
}

type setting struct{ name, value string }

// wished are settings of a session that dsn may set otherwise.
func wished(o options) []setting {
	list := []setting{
		// Every statement finds its rows by an index. A plan that was made while a
		// table was small, and reads all of it, would stay until the server has
		// looked at the table again.
		{"enable_seqscan", "off"}, {"jit", "off"},
		// And by the same one whatever the parameters are: to plan costs more than
		// to run.
		{"plan_cache_mode", "force_generic_plan"},
	}
	if !o.commitOff {
		list = append(list, setting{"synchronous_commit", "on"})
	}
	return list
}

// connect makes a pool that keeps its connections, since statements prepared on
// them are theirs, but not for ever: servers come and go behind a name.
func connect(config *pgx.ConnConfig, o options) *sql.DB {
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(o.connections)
	pool.SetMaxIdleConns(o.connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	return pool
}

// refusesSettings says that a proxy cannot keep a setting for a session.
func refusesSettings(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && strings.Contains(e.Message, "startup parameter")
}
