package stores

import (
	"context"
	"testing"

	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

// poolerModes are what a pooler may do between the store and its server: in mode
// transaction each transaction meets another session of the server. There are
// fewer sessions than connections, so that they do.
var poolerModes = map[string]mode{
	"session":     {set: map[string]string{"pool_mode": "session", "default_pool_size": "8"}},
	"transaction": {set: map[string]string{"pool_mode": "transaction", "default_pool_size": "3"}},
	"statement":   {set: map[string]string{"pool_mode": "statement"}, refused: []string{"pool_mode", "transaction"}},
	// What the pooler does not pass on must be checked: it would be lost without a word.
	"deaf": {
		set:     map[string]string{"pool_mode": "transaction", "ignore_startup_parameters": "bytea_output,synchronous_commit,default_transaction_isolation"},
		refused: []string{"bytea_output is escape", "ALTER ROLE"},
	},
}

func TestThreat_FLT27_BehindPgBouncer(t *testing.T) {
	server := databases.PostgresServer(t, dbserver.Options{})
	admin := connect(t, "pgx", server.DSN(""))
	for name, m := range poolerModes {
		t.Run(name, func(t *testing.T) {
			statement(t, admin, "CREATE DATABASE behind_"+name)
			if name == "deaf" {
				statement(t, admin, "ALTER DATABASE behind_deaf SET bytea_output = 'escape'")
			}
			pooler := databases.PgBouncer(t, server, dbserver.Options{Settings: m.set})
			m.try(t, func(ctx context.Context) (core.Database, error) {
				return postgres.Open(ctx, pooler.DSN("behind_"+name), postgres.Connections(8))
			})
		})
	}
}
