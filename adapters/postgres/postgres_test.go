package postgres

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

func TestConfigureSetsWhatSafetyDependsOn(t *testing.T) {
	config, err := configure("postgres://kw:secret@db.example/kw?default_query_exec_mode=cache_statement"+
		"&standard_conforming_strings=off&application_name=id", optionsOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	if config.DefaultQueryExecMode != pgx.QueryExecModeExec {
		t.Errorf("statements with values in them are sent in mode %v", config.DefaultQueryExecMode)
	}
	for name, want := range map[string]string{
		"standard_conforming_strings": "on", "synchronous_commit": "on", "application_name": "id", "bytea_output": "hex",
		"default_transaction_isolation": "read committed",
	} {
		if got := config.RuntimeParams[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if config.ValidateConnect == nil {
		t.Error("a server that can only be read would be taken")
	}
}

func TestOpenSaysNothingOfTheDSN(t *testing.T) {
	for _, dsn := range []string{"postgres://kw:s3cret@[bad/kw", "host=127.0.0.1 port=1 user=kw password=s3cret"} {
		_, err := Open(t.Context(), dsn)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
	_, err := Open(t.Context(), "host=127.0.0.1 port=1 user=kw")
	if !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("a server that is down: %v", err)
	}
}

func TestProblemsNameTheSettingAndTheRemedy(t *testing.T) {
	good := facts{
		"standard_conforming_strings": "on", "bytea_output": "hex", "default_transaction_isolation": "read committed",
		"synchronous_commit": "on", "transaction_read_only": "off", "schema": "public", "statement_timeout": "0",
		"lock_timeout": "1000",
	}
	if err := good.problems(options{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"standard_conforming_strings", "off", "SET standard_conforming_strings = 'on'"},
		{"bytea_output", "escape", "bytea_output is escape"},
		{"default_transaction_isolation", "serializable", "SET default_transaction_isolation = 'read committed'"},
		{"synchronous_commit", "off", "SET synchronous_commit = on), or say InsecureSynchronousCommitOff"},
		{"fsync", "off", "ALTER SYSTEM SET fsync = on"},
		{"fsync", "off", "or say InsecureFsyncOff if its storage keeps"},
		{"transaction_read_only", "on", "default_transaction_read_only"},
		{"schema", "", "add search_path="},
		{"statement_timeout", "999", "statement_timeout is 999 ms"},
	} {
		bad := maps.Clone(good)
		bad[c.name] = c.value
		if err := bad.problems(options{}); err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	good["synchronous_commit"] = "remote_apply"
	delete(good, "fsync") // as an engine that does not show it
	if err := good.problems(options{}); err != nil {
		t.Error(err)
	}
}

// What is waived is waived by its name: the storage of a managed server may do
// without fsync, and a commit that nobody waits for is still refused on it.
func TestAWaiverIsForOneSetting(t *testing.T) {
	f := facts{"schema": "public", "synchronous_commit": "off", "fsync": "off"}
	for _, c := range []struct {
		opts    []Option
		refused []string
		session string // synchronous_commit as Open sets it
	}{
		{nil, []string{"synchronous_commit is off", "fsync is off"}, "on"},
		{[]Option{InsecureFsyncOff()}, []string{"synchronous_commit is off"}, "on"},
		{[]Option{InsecureSynchronousCommitOff()}, []string{"fsync is off"}, ""},
		{[]Option{InsecureFsyncOff(), InsecureSynchronousCommitOff()}, nil, ""},
	} {
		o, said := optionsOf(c.opts), ""
		if err := f.problems(o); err != nil {
			said = err.Error()
		}
		if strings.Count(said, "could be lost") != len(c.refused) {
			t.Errorf("said %q, want %q", said, c.refused)
		}
		for _, problem := range c.refused {
			if !strings.Contains(said, problem) {
				t.Errorf("said %q, want %q", said, problem)
			}
		}
		config, err := configure("host=127.0.0.1", o)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.RuntimeParams["synchronous_commit"]; got != c.session {
			t.Errorf("synchronous_commit is set to %q, want %q", got, c.session)
		}
	}
}

func TestClassify(t *testing.T) {
	server := func(code string) error { return &pgconn.PgError{Code: code, Message: "key (x)=(secret) exists"} }
	for name, c := range map[string]struct {
		err  error
		want bunstore.Class
	}{
		"unique":              {server("23505"), bunstore.Duplicate},
		"deadlock":            {server("40P01"), bunstore.Retry},
		"serialisation":       {server("40001"), bunstore.Retry},
		"lock":                {server("55P03"), bunstore.Retry},
		"unknown":             {server("40003"), bunstore.Unavailable},
		"plan":                {&pgconn.PgError{Code: "0A000", Message: "cached plan must not change result type"}, bunstore.Stale},
		"not built":           {server("0A000"), bunstore.Fault},
		"terminated":          {server("57P01"), bunstore.Broken},
		"idle":                {server("57P05"), bunstore.Retry},
		"idle in transaction": {server("25P03"), bunstore.Broken},
		"statement timeout":   {server("57014"), bunstore.Unavailable},
		"read only":           {server("25006"), bunstore.Unavailable},
		"too many":            {server("53300"), bunstore.Unavailable},
		"disk full":           {server("53100"), bunstore.Unavailable},
		"syntax":              {server("42601"), bunstore.Fault},
		"no code":             {server(""), bunstore.Fault},
		"cut":                 {io.ErrUnexpectedEOF, bunstore.Broken},
		"reset":               {&net.OpError{Op: "read", Err: errors.New("reset")}, bunstore.Broken},
		"too slow":            {context.DeadlineExceeded, bunstore.Unavailable},
		"too slow to be read": {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, bunstore.Unavailable},
		"ours":                {errors.New("cannot encode secret"), bunstore.Fault},
	} {
		class, text := classify(c.err)
		if class != c.want || strings.Contains(text, "secret") {
			t.Errorf("%s: class %d, want %d: %s", name, class, c.want, text)
		}
	}
}

func TestNumbered(t *testing.T) {
	if got := numbered("UPDATE t SET a = ? WHERE b = ?"); got != "UPDATE t SET a = $1 WHERE b = $2" {
		t.Error(got)
	}
}
