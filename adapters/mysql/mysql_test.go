package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	mysql "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

func TestConfigureSetsWhatSafetyDependsOn(t *testing.T) {
	config, err := configure("kw:secret@tcp(db.example)/kw?sql_mode=''&time_zone='%2B05:00'&clientFoundRows=false&collation=latin1_swedish_ci")
	if err != nil {
		t.Fatal(err)
	}
	if !config.ClientFoundRows || !config.RejectReadOnly || config.Collation != "utf8mb4_bin" {
		t.Errorf("%+v", config)
	}
	for name, want := range map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "time_zone": "'+00:00'", "autocommit": "1",
		"completion_type": "'NO_CHAIN'",
	} {
		if got := config.Params[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestOpenNamesWhatIsWrongWithTheDSN(t *testing.T) {
	for dsn, want := range map[string]string{
		"kw:s3cret@tcp(127.0.0.1:1":                       "user:password@tcp(host:3306)/database",
		"kw:s3cret@tcp(127.0.0.1:1)/":                     "names no database",
		"kw:s3cret@tcp(127.0.0.1:1)/kw?multiStatements=1": "remove multiStatements",
		"kw:s3cret@tcp(127.0.0.1:1)/kw":                   "is the server up",
	} {
		_, err := Open(t.Context(), dsn)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", dsn, err, want)
		}
	}
	if _, err := Open(t.Context(), "kw@tcp(127.0.0.1:1)/kw"); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("a server that is down: %v", err)
	}
}

func TestProblemsNameTheSettingAndTheRemedy(t *testing.T) {
	good := facts{
		"sql_mode": "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION", "tx_isolation": "READ-COMMITTED", "tx_read_only": "OFF",
		"innodb_flush_log_at_trx_commit": "1", "max_allowed_packet": "1048576", "log_bin": "ON", "binlog_format": "ROW",
		"read_only": "OFF", "innodb_page_size": "16384", "max_statement_time": "0.000000", "enforce_storage_engine": "",
	}
	for _, a := range asserted {
		good[a.name] = a.value
	}
	if all := good.problems(options{}); len(all) > 0 {
		t.Fatal(all)
	}
	for _, c := range []struct{ name, value, want string }{
		{"sql_mode", "", "add STRICT_ALL_TABLES"},
		{"sql_mode", "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES", "NO_BACKSLASH_ESCAPES"},
		{"sql_mode", "STRICT_TRANS_TABLES,EMPTY_STRING_IS_NULL", "EMPTY_STRING_IS_NULL"},
		{"tx_isolation", "REPEATABLE-READ", "set tx_isolation to 'READ-COMMITTED'"},
		{"transaction_isolation", "SERIALIZABLE", "set transaction_isolation to 'READ-COMMITTED'"},
		{"autocommit", "OFF", "set it to ON in the DSN"},
		{"completion_type", "CHAIN", "set it to NO_CHAIN in the DSN"},
		{"unique_checks", "OFF", "two rows could have one key"},
		{"sql_select_limit", "2", "answers would be cut"},
		{"character_set_client", "gbk", "set it to utf8mb4 in the DSN"},
		{"tx_read_only", "ON", "nothing could be written"},
		{"read_only", "NO_LOCK", "name the primary"},
		{"max_statement_time", "0.5", "max_statement_time is 0.5"},
		{"max_execution_time", "999", "to at least 1000"},
		{"enforce_storage_engine", "MyISAM", "enforce_storage_engine is MyISAM"},
		{"innodb_page_size", "4096", "at least 8192"},
		{"max_allowed_packet", "4096", "set it to at least 1048576"},
		{"innodb_flush_log_at_trx_commit", "2", "innodb_flush_log_at_trx_commit is 2: what was answered could be lost in a crash; set it to 1"},
		{"binlog_format", "STATEMENT", "binlog_format is STATEMENT"},
		{"sync_binlog", "0", "sync_binlog is 0, with log_bin on: what was answered could be lost in a crash; set it to 1"},
		{redoLog, "OFF", "ALTER INSTANCE ENABLE INNODB REDO_LOG on the server"},
	} {
		bad := maps.Clone(good)
		bad[c.name] = c.value
		if all := bad.problems(options{}); len(all) != 1 || !strings.Contains(all[0].Error(), c.want) {
			t.Errorf("%v, want %q", all, c.want)
		}
	}
}

// What is waived is waived by its name, and the other log is still asked about.
func TestAWaiverIsForOneSetting(t *testing.T) {
	f := facts{"innodb_flush_log_at_trx_commit": "2", "log_bin": "ON", "sync_binlog": "0"}
	const flush = "innodb_flush_log_at_trx_commit is 2" + otherwiseLost + "InsecureFlushLogAtTrxCommit"
	const binlog = "sync_binlog is 0, with log_bin on" + otherwiseLost + "InsecureSyncBinlog"
	for _, c := range []struct {
		opts    []Option
		refused []string
	}{
		{nil, []string{flush, binlog}},
		{[]Option{InsecureFlushLogAtTrxCommit()}, []string{binlog}},
		{[]Option{InsecureSyncBinlog()}, []string{flush}},
		{[]Option{InsecureSyncBinlog(), InsecureFlushLogAtTrxCommit()}, nil},
	} {
		if all := f.durabilityProblems(optionsOf(c.opts)); !slices.Equal(all, c.refused) {
			t.Errorf("said %q, want %q", all, c.refused)
		}
	}
}

func TestVersions(t *testing.T) {
	for v, old := range map[serverVersion]bool{
		{maria: true, major: 10, minor: 5}: true, {maria: true, major: 10, minor: 6}: false,
		{maria: true, major: 11, minor: 4}: false, {major: 5, minor: 7}: true, {major: 8}: false, {major: 9, minor: 1}: false,
	} {
		if err := v.tooOld(); (err != nil) != old {
			t.Errorf("%+v: %v", v, err)
		}
	}
}

func TestClassify(t *testing.T) {
	server := func(n uint16) error { return &mysql.MySQLError{Number: n, Message: "entry 'secret'"} }
	for name, c := range map[string]struct {
		err  error
		want bunstore.Class
	}{
		"duplicate":  {server(1062), bunstore.Duplicate},
		"deadlock":   {server(1213), bunstore.Retry},
		"lock wait":  {server(1205), bunstore.Retry},
		"certified":  {server(3101), bunstore.Retry},
		"idle":       {server(4031), bunstore.Broken},
		"offline":    {server(3032), bunstore.Unavailable},
		"no quorum":  {server(3100), bunstore.Unavailable},
		"re-prepare": {server(1615), bunstore.Stale},
		"shutdown":   {server(1053), bunstore.Broken},
		"killed":     {server(1927), bunstore.Broken},
		"disk full":  {server(1021), bunstore.Unavailable},
		"read only":  {server(1290), bunstore.Unavailable},
		"too many":   {server(1040), bunstore.Unavailable},
		"syntax":     {server(1064), bunstore.Fault},
		"too long":   {server(1406), bunstore.Fault},
		"invalid":    {mysql.ErrInvalidConn, bunstore.Broken},
		"cut":        {io.ErrUnexpectedEOF, bunstore.Broken},
		"refused":    {&net.OpError{Op: "dial", Err: errors.New("refused")}, bunstore.Unavailable},
		"too slow":   {context.DeadlineExceeded, bunstore.Unavailable},
		"no TLS":     {mysql.ErrNoTLS, bunstore.Unavailable},
		"untrusted":  {&tls.CertificateVerificationError{Err: errors.New("for secret")}, bunstore.Unavailable},
		"ours":       {errors.New("cannot encode secret"), bunstore.Fault},
	} {
		class, text := classify(c.err)
		if class != c.want || strings.Contains(text, "secret") {
			t.Errorf("%s: class %d, want %d: %s", name, class, c.want, text)
		}
	}
}

func TestQuoted(t *testing.T) {
	if got := quoted("SELECT s.change, change FROM t WHERE change_log = ?"); got != "SELECT s.`change`, `change` FROM t WHERE change_log = ?" {
		t.Error(got)
	}
}
