package stores

import (
	"context"
	"fmt"
	"testing"

	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

// What a database may be set to: its sessions begin with it.
var postgresModes = map[string]mode{
	"odd quoting": {set: map[string]string{
		"standard_conforming_strings": "off", "backslash_quote": "on", "escape_string_warning": "off", "bytea_output": "escape",
		"client_encoding": "LATIN1",
	}},
	"other comparisons": {set: map[string]string{
		"timezone": "'Pacific/Chatham'", "datestyle": "'SQL, DMY'", "intervalstyle": "sql_standard", "transform_null_equals": "on",
		"array_nulls": "off", "extra_float_digits": "-15",
	}},
	"other transactions": {set: map[string]string{
		"default_transaction_isolation": "serializable", "synchronous_commit": "off", "plan_cache_mode": "force_generic_plan",
		"enable_indexscan": "off", "enable_seqscan": "off", "deadlock_timeout": "'10ms'",
	}},
	"hurried": {set: map[string]string{"statement_timeout": "'5ms'"}, refused: []string{"statement_timeout", "to 0, or to at least"}},
	"impatient": {
		set: map[string]string{"lock_timeout": "'20ms'", "idle_in_transaction_session_timeout": "'1ms'"},
		refused: []string{
			"lock_timeout is 20 ms", "idle_in_transaction_session_timeout is 1 ms", "set it to 0",
		},
	},
	"soon bored": {
		since: 14, set: map[string]string{"idle_session_timeout": "'50ms'"},
		refused: []string{"idle_session_timeout is 50 ms", "set it to 0"},
	},
	"only to be read": {set: map[string]string{"default_transaction_read_only": "on"}, refused: []string{"default_transaction_read_only is on", "set it off"}},
	"nowhere to be":   {set: map[string]string{"search_path": "nothing"}, refused: []string{"search_path names no schema", "set it"}},
}

// How a database may have been made.
var postgresMade = map[string]mode{
	"without an encoding": {made: "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"},
	"in a human's order": {
		since: 15, made: "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-ks-level1' LC_COLLATE 'C' LC_CTYPE 'C'",
	},
	"in a human's Latin-1": {
		since: 15, made: "ENCODING 'LATIN1' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LC_COLLATE 'C' LC_CTYPE 'C'",
	},
}

// A server that does not write to the disk is for who says so, and that is all they say.
func TestThreat_SQL05_PostgresWithoutADiskIsRefused(t *testing.T) {
	server := databases.PostgresServer(t, dbserver.Options{Settings: map[string]string{"fsync": "off"}})
	open := func(o ...postgres.Option) func(context.Context) (core.Database, error) {
		return func(ctx context.Context) (core.Database, error) { return postgres.Open(ctx, server.DSN(""), o...) }
	}
	refusal := mode{refused: []string{"fsync is off", "ALTER SYSTEM SET fsync = on", "InsecureFsyncOff"}}
	refusal.try(t, open())
	refusal.try(t, open(postgres.InsecureSynchronousCommitOff()))
	mode{}.try(t, open(postgres.InsecureFsyncOff(), postgres.Connections(4)))
}

func TestThreat_SQL05_PostgresInHostileModes(t *testing.T) {
	server := databases.PostgresServer(t, dbserver.Options{})
	admin := connect(t, "pgx", server.DSN(""))
	statement(t, admin, "CREATE ROLE app LOGIN PASSWORD 'app'")
	version, number := 0, 0
	if err := admin.QueryRowContext(t.Context(), "SELECT current_setting('server_version_num')::int / 10000").Scan(&version); err != nil {
		t.Fatal(err)
	}
	try := func(name string, m mode) {
		number++
		database := fmt.Sprintf("mode_%d", number)
		t.Run(name, func(t *testing.T) {
			if version < m.since {
				t.Skipf("needs Postgres %d", m.since)
			}
			statement(t, admin, "CREATE DATABASE "+database+" OWNER app TEMPLATE template0 "+m.made)
			for variable, value := range m.set {
				statement(t, admin, "ALTER DATABASE "+database+" SET "+variable+" = "+value)
			}
			m.try(t, func(ctx context.Context) (core.Database, error) {
				return postgres.Open(ctx, "postgres://app:app@"+server.Address()+"/"+database+"?sslmode=disable", postgres.Connections(4))
			})
		})
	}
	for name, m := range postgresModes {
		try(name, m)
	}
	for name, m := range postgresMade {
		m.folds = true
		try(name, m)
	}
}
