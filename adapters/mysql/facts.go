package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// facts are how a connection and its server are set, by the names of variables.
type facts map[string]string

// raw is what Open sets where utf8mb4 will do.
const raw = "binary"

// asserted are variables of the session that must have one value, or be binary where
// Open sets that: as Open sets it, as the server says it, and what would happen
// otherwise.
var asserted = []struct{ name, set, value, otherwise string }{
	{"autocommit", "1", "ON", "nothing would be stored"},
	{"completion_type", "'NO_CHAIN'", "NO_CHAIN", "what follows a commit would be undone"},
	{"unique_checks", "1", "ON", "two rows could have one key"},
	{"sql_select_limit", "18446744073709551615", "18446744073709551615", "answers would be cut"},
	{"sql_safe_updates", "0", "OFF", "steps of the schema would be refused"},
	// All that is stored is bytes: as text each parameter would be read through, twice.
	{"character_set_client", raw, "utf8mb4", "quoted values could be read as SQL"},
	{"character_set_connection", raw, "utf8mb4", "values could be bent"},
}

// asked are the variables beside those asserted. MariaDB and MySQL have some
// that the other has not, or calls otherwise: those are no facts.
var asked = []string{
	"sql_mode", "tx_isolation", "transaction_isolation", "tx_read_only", "transaction_read_only", "max_statement_time",
	"max_execution_time", "read_only", "enforce_storage_engine", "max_allowed_packet", "innodb_page_size",
	"innodb_flush_log_at_trx_commit", "log_bin", "binlog_format", "sync_binlog",
}

func ask(ctx context.Context, pool *sql.DB) (facts, error) {
	names := slices.Concat(asked, askedOfNodes)
	for _, a := range asserted {
		names = append(names, a.name)
	}
	question := "SHOW VARIABLES WHERE Variable_name IN ('" + strings.Join(names, "', '") + "')" //nolint:gosec // names of ours
	rows, err := pool.QueryContext(ctx, question)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	f := facts{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		f[strings.ToLower(name)] = value
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return f, f.askRedo(ctx, pool)
}

// redoLog is a status, since MySQL's is turned off by a statement. MariaDB has none.
const redoLog = "Innodb_redo_log_enabled"

func (f facts) askRedo(ctx context.Context, pool *sql.DB) error {
	var name, value string
	err := pool.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE '"+redoLog+"'").Scan(&name, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	f[redoLog] = value
	return err
}

const (
	// minPacket holds the largest row there can be.
	minPacket = 1 << 20
	// minPage is the smallest page, in bytes, that holds the longest key.
	minPage = 8 << 10
	// shortest is the shortest time limit of the server, in seconds, that no call
	// is likely to need.
	shortest = 1.0
)

// problems names each variable that is not as it must be, and what to do.
func (f facts) problems(o options) (all []error) {
	add := func(format string, args ...any) { all = append(all, fmt.Errorf("mysql: "+format, args...)) }
	for _, a := range asserted {
		if got := f[a.name]; !strings.EqualFold(got, a.value) && !(a.set == raw && got == raw) {
			add("%s is %s: %s; set it to %s in the DSN", a.name, got, a.otherwise, a.value)
		}
	}
	for _, problem := range [][]string{f.modeProblems(), f.transactionProblems(), f.serverProblems(), f.nodeProblems(), f.durabilityProblems(o)} {
		for _, text := range problem {
			add("%s", text)
		}
	}
	return all
}

const otherwiseLost = ": what was answered could be lost in a crash; set it to 1 on the server, or say "

// durabilityProblems are what lets the server answer before a commit is on its
// disk, each with an option of its own that accepts it. Whether pages are written whole is a matter of what lies below:
// innodb_doublewrite may be off for a reason that the server does not say.
func (f facts) durabilityProblems(o options) (all []string) {
	if flush := f["innodb_flush_log_at_trx_commit"]; flush != "1" && !o.flushLog {
		all = append(all, "innodb_flush_log_at_trx_commit is "+flush+otherwiseLost+"InsecureFlushLogAtTrxCommit")
	}
	// What recovery finds prepared and not in the binary log is undone.
	if binlog, known := f["sync_binlog"]; known && binlog != "1" && f.on("log_bin") && !o.syncBinlog {
		all = append(all, "sync_binlog is "+binlog+", with log_bin on"+otherwiseLost+"InsecureSyncBinlog")
	}
	if f[redoLog] == "OFF" {
		all = append(all, "the redo log is off: a crash would lose the database; say ALTER INSTANCE ENABLE INNODB REDO_LOG on the server")
	}
	return all
}

func (f facts) modeProblems() (all []string) {
	modes := strings.Split(f["sql_mode"], ",")
	if !slices.Contains(modes, "STRICT_ALL_TABLES") && !slices.Contains(modes, "STRICT_TRANS_TABLES") {
		all = append(all, "sql_mode is not strict: values could be cut; add STRICT_ALL_TABLES to sql_mode in the DSN")
	}
	for _, mode := range []string{"NO_BACKSLASH_ESCAPES", "EMPTY_STRING_IS_NULL", "ORACLE"} {
		if slices.Contains(modes, mode) {
			all = append(all, "sql_mode has "+mode+": values would be read otherwise than written; set sql_mode without it in the DSN")
		}
	}
	return all
}

func (f facts) transactionProblems() (all []string) {
	for _, name := range []string{"tx_isolation", "transaction_isolation"} {
		if level, known := f[name]; known && level != "READ-COMMITTED" {
			all = append(all, "transactions are "+level+": set "+name+" to 'READ-COMMITTED' in the DSN")
		}
	}
	for _, name := range []string{"tx_read_only", "transaction_read_only"} {
		if f.on(name) {
			all = append(all, name+" is on: nothing could be written; set it to 0 in the DSN")
		}
	}
	for name, second := range map[string]float64{"max_statement_time": 1, "max_execution_time": 1000} {
		limit, err := strconv.ParseFloat(f[name], 64)
		if err == nil && limit > 0 && limit < shortest*second {
			all = append(all, fmt.Sprintf("%s is %s, which cuts calls off: set it to 0, or to at least %g, in the DSN", name, f[name], shortest*second))
		}
	}
	return all
}

// serverProblems are what no DSN can mend.
func (f facts) serverProblems() (all []string) {
	if f.on("read_only") {
		all = append(all, "read_only is on: the server can only be read; name the primary in the DSN, or set it off on the server")
	}
	if engine := f["enforce_storage_engine"]; engine != "" && !strings.EqualFold(engine, "InnoDB") {
		all = append(all, "enforce_storage_engine is "+engine+": tables need InnoDB; set it to InnoDB on the server, or not at all")
	}
	if packet, err := strconv.Atoi(f["max_allowed_packet"]); err == nil && packet < minPacket {
		all = append(all, fmt.Sprintf("max_allowed_packet is %d bytes: set it to at least %d on the server", packet, minPacket))
	}
	if page, err := strconv.Atoi(f["innodb_page_size"]); err == nil && page < minPage {
		all = append(all, fmt.Sprintf("innodb_page_size is %d: keys would not fit; make the server anew with at least %d", page, minPage))
	}
	if f.on("log_bin") && f["binlog_format"] == "STATEMENT" {
		all = append(all, "binlog_format is STATEMENT, which refuses READ COMMITTED: set it to ROW on the server")
	}
	return all
}

// on says whether a variable is there and not off.
func (f facts) on(name string) bool { return f[name] != "" && f[name] != "OFF" }
