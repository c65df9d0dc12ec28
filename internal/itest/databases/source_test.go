//go:build unix

package databases

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// engineOnly lets this program run again as one that only asks for the engine:
// the library remembers its first answer.
const engineOnly = "KEYWRIGHT_TEST_ENGINE_ONLY"

func TestMain(m *testing.M) {
	if os.Getenv(engineOnly) != "" {
		if engineAnswers() {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEngineThatIsNotThere(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, host := range []string{"tcp://" + silent.Addr().String(), "tcp://127.0.0.1:1", "unix:///nowhere/docker.sock", "%%"} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), engineOnly+"=1", "DOCKER_HOST="+host, "HOME="+t.TempDir())
		if said, err := child.CombinedOutput(); err != nil {
			t.Errorf("with DOCKER_HOST=%s: %v\n%s", host, err, said)
		}
	}
}

func TestEnvironmentComesFirst(t *testing.T) {
	for _, k := range []kind{postgres, mysql} {
		t.Run(k.title, func(t *testing.T) {
			var lacks needs
			t.Setenv(k.variable, none)
			if _, err := k.find(); !errors.As(err, &lacks) || !strings.Contains(err.Error(), "unset "+k.variable) {
				t.Errorf("with none: %v, want the remedy", err)
			}
			for _, dsn := range []string{"postgres://u@127.0.0.1:1/d", "u@tcp(127.0.0.1:1)/d"} {
				t.Setenv(k.variable, dsn)
				if _, err := k.find(); err == nil || errors.As(err, &lacks) || !strings.Contains(err.Error(), k.variable) {
					t.Errorf("with %s: %v, want a failure that names the variable", dsn, err)
				}
			}
		})
	}
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		at        func(dsn, database string) (string, error)
		dsn, want string
	}{
		{postgresAt, "postgres://u:p@h:1/d?sslmode=disable", "postgres://u:p@h:1/mine?sslmode=disable"},
		{postgresAt, "postgres://u:p@h:1", "postgres://u:p@h:1/mine"},
		{postgresAt, "host=h dbname=d", "host=h dbname=d dbname=mine"},
		{mysqlAt, "u:p@tcp(h:1)/d?timeout=1s", "u:p@tcp(h:1)/mine?timeout=1s"},
		{mysqlAt, "u:p@tcp(h:1)/", "u:p@tcp(h:1)/mine"},
	} {
		if got, err := c.at(c.dsn, "mine"); err != nil || got != c.want {
			t.Errorf("%s became %s, %v; want %s", c.dsn, got, err, c.want)
		}
	}
	for _, bad := range []string{"postgres://u:secret@h:port/d"} {
		if _, err := postgresAt(bad, "mine"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want an error that keeps the password", err)
		}
	}
}
