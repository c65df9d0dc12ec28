package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
)

// facts are how a session is set, by the names of the settings, times in
// milliseconds. A server that does not know a setting leaves it out.
type facts map[string]string

const askFacts = `SELECT name, setting FROM pg_settings WHERE name IN ('standard_conforming_strings', 'synchronous_commit',
		'fsync', 'bytea_output', 'plan_cache_mode', 'enable_seqscan', 'enable_indexscan', 'enable_nestloop', 'default_transaction_isolation', 'transaction_read_only', 'statement_timeout', 'lock_timeout',
		'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')
	UNION ALL SELECT 'schema', COALESCE(current_schema(), '')
	UNION ALL SELECT 'pid', CAST(pg_backend_pid() AS text)`

func ask(ctx context.Context, conn *sql.Conn) (facts, error) {
	rows, err := conn.QueryContext(ctx, askFacts)
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
		f[name] = value
	}
	return f, rows.Err()
}

// asserted are settings that must have one value, and what would happen
// otherwise.
var asserted = []struct{ name, value, otherwise string }{
	{"standard_conforming_strings", "on", "quoted values could be read as SQL"},
	{"bytea_output", "hex", "what is stored could not be read"},
	{"default_transaction_isolation", "read committed", "writers that meet would fail"},
}

// timeouts of the server that would end what the adapter still waits for.
var timeouts = []string{
	"statement_timeout", "lock_timeout", "transaction_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
}

// shortest is the shortest timeout of the server that a call is not likely to
// need.
const shortest = time.Second

// problems names each setting that is not as it must be, and what to do.
func (f facts) problems(o options) error {
	var all []error
	add := func(format string, args ...any) { all = append(all, fmt.Errorf("postgres: "+format, args...)) }
	for _, a := range asserted {
		if got, known := f[a.name]; known && got != a.value {
			add("%[1]s is %[2]s: %[3]s; set it to '%[4]s' for this role (ALTER ROLE … SET %[1]s = '%[4]s')",
				a.name, got, a.otherwise, a.value)
		}
	}
	if f["synchronous_commit"] == "off" && !o.commitOff {
		add("synchronous_commit is off: what was answered could be lost in a crash; set it on for this role (ALTER ROLE … SET " +
			"synchronous_commit = on), or say InsecureSynchronousCommitOff")
	}
	// Whether pages are written whole is a matter of what lies below: full_page_writes
	// may be off for a reason that the server does not say.
	if f["fsync"] == "off" && !o.fsyncOff {
		add("fsync is off: what was answered could be lost, and the database be broken, in a crash; set it on on the server " +
			"(ALTER SYSTEM SET fsync = on, then SELECT pg_reload_conf()), or say InsecureFsyncOff if its storage keeps what is written without it")
	}
	if f["transaction_read_only"] == "on" {
		all = append(all, errReadOnly)
	}
	if schema, known := f["schema"]; known && schema == "" {
		add("search_path names no schema that exists: set it for this role, or add search_path=… to the DSN")
	}
	for _, name := range timeouts {
		ms, err := strconv.ParseInt(f[name], 10, 64)
		if err == nil && ms > 0 && ms < shortest.Milliseconds() {
			add("%[1]s is %[2]d ms, which cuts calls off: set it to 0, or to at least %[3]s, for this role (ALTER ROLE … SET %[1]s = 0)",
				name, ms, shortest)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return core.Unavailable(errors.Join(all...))
}

// errReadOnly is a server or a session that cannot be written.
var errReadOnly = errors.New("postgres: the server can only be read: it is a standby, so name the primary in the DSN; " +
	"or default_transaction_read_only is on, so set it off for this role")

// cutOff is the SQLSTATE of a statement that took longer than the server allows.
const cutOff = "57014"

// errCutOff is a timeout so short that not even the check came through.
var errCutOff = fmt.Errorf("postgres: the server cuts calls off: set statement_timeout to 0, or to at least %s, for this role "+
	"(ALTER ROLE … SET statement_timeout = 0)", shortest)
