//go:build unix

package owndriver

import (
	"context"
	"database/sql"
	"sync/atomic"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// openPostgres asks for a password at each connection, as some clouds want it.
func openPostgres(ctx context.Context, dsn string, password func(context.Context) (string, error)) (core.Database, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["enable_seqscan"] = "off" // plans by key, also before the server knows its tables
	config.RuntimeParams["jit"] = "off"
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan" // lets callers share a statement, and with the first one writes too
	pool := stdlib.OpenDB(*config, stdlib.OptionBeforeConnect(func(ctx context.Context, c *pgx.ConnConfig) (err error) {
		c.Password, err = password(ctx)
		return err
	}))
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16)
	pool.SetConnMaxLifetime(time.Hour)
	return postgres.New(ctx, pool)
}

// openMySQL does the same for MySQL and MariaDB, which call the level of
// isolation transaction_isolation and tx_isolation.
func openMySQL(ctx context.Context, dsn, isolation string, password func(context.Context) (string, error)) (core.Database, error) {
	config, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	config.ClientFoundRows = true
	config.InterpolateParams = true
	config.RejectReadOnly = true
	config.Params = map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES'", isolation: "'READ-COMMITTED'", "innodb_lock_wait_timeout": "3",
	}
	if err := config.Apply(mysqldriver.BeforeConnect(func(ctx context.Context, c *mysqldriver.Config) (err error) {
		c.Passwd, err = password(ctx)
		return err
	})); err != nil {
		return nil, err
	}
	connector, err := mysqldriver.NewConnector(config)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16)
	pool.SetConnMaxLifetime(time.Hour)
	return mysql.New(ctx, pool)
}

// What the guide to databases shows holds the whole contract.
func TestConformance_OwnPools(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		dsn := databases.Postgres(t)
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, func(ctx context.Context, password func(context.Context) (string, error)) (core.Database, error) {
			return openPostgres(ctx, dsn, password)
		}, config.Password)
	})
	t.Run("mysql", func(t *testing.T) {
		dsn := databases.MySQL(t)
		config, err := mysqldriver.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		conform(t, func(ctx context.Context, password func(context.Context) (string, error)) (core.Database, error) {
			return openMySQL(ctx, dsn, isolationOf(t, dsn), password)
		}, config.Passwd)
	})
}

// isolationOf is what the server calls the level of isolation.
func isolationOf(t *testing.T, dsn string) string {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var name, level string
	err = db.QueryRowContext(t.Context(), "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')").Scan(&name, &level)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func conform(t *testing.T, open func(context.Context, func(context.Context) (string, error)) (core.Database, error), password string) {
	t.Helper()
	var asked atomic.Int64
	db, err := open(t.Context(), func(context.Context) (string, error) { asked.Add(1); return password, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	conformance.Test(t, func(*testing.T) core.Database { return db })
	if asked.Load() < 2 {
		t.Errorf("the password was asked for %d times", asked.Load())
	}
}
