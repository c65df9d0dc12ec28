package stores

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

// What a server may be set to while it runs: new connections begin with it.
var mysqlModes = map[string]mode{
	"lenient": {set: map[string]string{"sql_mode": "''"}},
	"odd quoting": {set: map[string]string{
		"sql_mode": "'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH'",
	}},
	"odd quoting at first": {set: map[string]string{"init_connect": "'SET sql_mode=\\'NO_BACKSLASH_ESCAPES\\', autocommit=0'"}},
	"other comparisons": {folds: true, set: map[string]string{
		"character_set_server": "latin1", "collation_server": "latin1_german1_ci", "time_zone": "'+12:45'", "default_storage_engine": "MyISAM",
	}},
	"no commits": {set: map[string]string{
		"autocommit": "0", "completion_type": "CHAIN", "tx_read_only": "1", "transaction_read_only": "1",
		"tx_isolation": "'SERIALIZABLE'", "transaction_isolation": "'SERIALIZABLE'",
	}},
	"one commit": {set: map[string]string{"completion_type": "'RELEASE'"}},
	"careless": {set: map[string]string{
		"unique_checks": "0", "foreign_key_checks": "0", "sql_select_limit": "2", "sql_safe_updates": "1", "innodb_lock_wait_timeout": "1",
	}},
	"small packets": {set: map[string]string{"max_allowed_packet": "65536"}, refused: []string{"max_allowed_packet is 65536", "set it to at least"}},
	"hurried": {
		set:     map[string]string{"max_statement_time": "0.005", "max_execution_time": "5"},
		refused: []string{"_time is", "which cuts calls off", "set it to 0"},
	},
	// Only MySQL has these.
	"keys wanted":            {set: map[string]string{"sql_require_primary_key": "1", "sql_generate_invisible_primary_key": "1"}},
	"no room for ranges":     {set: map[string]string{"range_optimizer_max_mem_size": "1", "eq_range_index_dive_limit": "1"}},
	"other collations":       {folds: true, set: map[string]string{"collation_server": "'utf8mb4_general_ci'", "collation_connection": "'utf8mb4_general_ci'"}},
	"short rows":             {set: map[string]string{"innodb_default_row_format": "'compact'", "innodb_strict_mode": "0"}},
	"no room for statements": {set: map[string]string{"max_prepared_stmt_count": "0"}},
	"only to be read":        {set: map[string]string{"read_only": "1"}, refused: []string{"read_only is on", "primary"}},
	"relaxed": {
		set:     map[string]string{"innodb_flush_log_at_trx_commit": "2"},
		refused: []string{"innodb_flush_log_at_trx_commit is 2", "set it to 1", "InsecureFlushLogAtTrxCommit"},
	},
}

// What a server is set to when it starts.
var mysqlStarts = map[string]mode{
	// In GBK a backslash can be the second half of a character, so that the quote after it ends the text.
	"deaf to the client": {set: map[string]string{
		"loose_character_set_client_handshake": "OFF", "character_set_server": "gbk", "lower_case_table_names": "1", "innodb_page_size": "8k",
	}},
	"tiny pages": {set: map[string]string{"innodb_page_size": "4k"}, refused: []string{"innodb_page_size is 4096", "at least 8192"}},
	"log left behind": {
		set:     map[string]string{"log_bin": "log", "server_id": "1", "binlog_format": "ROW", "sync_binlog": "0"},
		refused: []string{"sync_binlog is 0, with log_bin on", "set it to 1", "InsecureSyncBinlog"},
	},
	// A statement that waited for a lock too long takes its whole transaction with it, or itself alone.
	"undone by a wait": {set: map[string]string{"innodb_rollback_on_timeout": "ON"}},
	"log kept up":      {set: map[string]string{"log_bin": "log", "server_id": "1", "binlog_format": "ROW", "sync_binlog": "1"}},
	"statements logged": {
		set:     map[string]string{"log_bin": "log", "server_id": "1", "binlog_format": "STATEMENT", "max_allowed_packet": "1024"},
		refused: []string{"binlog_format is STATEMENT", "set it to ROW", "max_allowed_packet is 1024"},
	},
}

// A server may have one engine for all tables, if it is MariaDB.
func TestMariaDBWithAnotherEngineIsRefused(t *testing.T) {
	server := databases.MySQLServer(t, dbserver.Options{Settings: map[string]string{"loose_enforce_storage_engine": "MyISAM"}})
	var version string
	if err := connect(t, "mysql", server.DSN("")).QueryRow("SELECT VERSION()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(version, "MariaDB") {
		return // nothing enforces an engine there
	}
	_, err := mysql.Open(t.Context(), server.DSN(""))
	refused(t, err, []string{"enforce_storage_engine is MyISAM", "set it to InnoDB"})
}

// MySQL can write without its redo log, to be filled faster. A crash then loses all.
func TestMySQLWithoutRedoLogIsRefused(t *testing.T) {
	server := databases.MySQLServer(t, dbserver.Options{})
	if _, err := connect(t, "mysql", server.DSN("")).Exec("ALTER INSTANCE DISABLE INNODB REDO_LOG"); err != nil {
		return // MariaDB cannot
	}
	_, err := mysql.Open(t.Context(), server.DSN(""))
	refused(t, err, []string{"the redo log is off", "ALTER INSTANCE ENABLE INNODB REDO_LOG"})
}

func TestThreat_SQL05_MySQLInHostileModes(t *testing.T) {
	server := databases.MySQLServer(t, dbserver.Options{})
	admin := connect(t, "mysql", server.DSN(""))
	statement(t, admin, "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app'")
	number := 0
	for name, m := range mysqlModes {
		number++
		database := fmt.Sprintf("mode_%d", number)
		t.Run(name, func(t *testing.T) {
			for variable, value := range m.set {
				set(t, admin, variable, value)
			}
			statement(t, admin, "CREATE DATABASE "+database)
			statement(t, admin, "GRANT ALL ON "+database+".* TO app@'127.0.0.1'")
			m.try(t, func(ctx context.Context) (core.Database, error) {
				return mysql.Open(ctx, "app:app@tcp("+server.Address()+")/"+database, mysql.Connections(4))
			})
		})
	}
}

func TestThreat_SQL05_MySQLStartedInHostileModes(t *testing.T) {
	for name, m := range mysqlStarts {
		t.Run(name, func(t *testing.T) {
			server := databases.MySQLServer(t, dbserver.Options{Settings: m.set})
			m.try(t, func(ctx context.Context) (core.Database, error) {
				return mysql.Open(ctx, server.DSN(""), mysql.Connections(4))
			})
		})
	}
}

// set sets a variable of the server until the test is done, if the server has it.
func set(t *testing.T, admin *sql.DB, variable, value string) {
	t.Helper()
	var name, before string
	if err := admin.QueryRow("SHOW GLOBAL VARIABLES LIKE '"+variable+"'").Scan(&name, &before); err != nil {
		return // MariaDB and MySQL call some of them differently
	}
	statement(t, admin, "SET GLOBAL "+variable+" = "+value)
	t.Cleanup(func() {
		if _, err := admin.Exec("SET GLOBAL " + variable + " = DEFAULT"); err != nil {
			_, err = admin.Exec("SET GLOBAL " + variable + " = '" + strings.ReplaceAll(before, "'", "''") + "'")
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func statement(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.Exec(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
