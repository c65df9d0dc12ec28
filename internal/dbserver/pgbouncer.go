//go:build unix

package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const missingPgBouncer = "needs PgBouncer: apt-get install pgbouncer"

// StartPgBouncer starts a pooler before a Postgres server, with Options.Settings
// such as pool_mode as those of its section [pgbouncer]. A *MissingError says
// that it is not installed.
func StartPgBouncer(ctx context.Context, to *Server, o Options) (*Server, error) {
	p, err := find(searched(), missingPgBouncer, "pgbouncer")
	if err != nil {
		return nil, err
	}
	h, err := newHome("postgres", p, "KILL")
	if err != nil {
		return nil, err
	}
	h.password = to.home.password
	users := fmt.Sprintf("%q %q\n", superuser, h.password)
	if err := h.write("users", users); err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return open(ctx, pgBouncer{to: to}, h, o)
}

type pgBouncer struct {
	postgres // the names of its databases are the server's
	to       *Server
}

func (pgBouncer) name() string { return "pgbouncer" }

func (pgBouncer) says() string { return "process up" }

func (b pgBouncer) prepare(h *home, port int, o Options) error {
	settings := map[string]string{
		"listen_addr": "127.0.0.1", "listen_port": fmt.Sprint(port), "unix_socket_dir": "",
		"auth_type": "scram-sha-256", "auth_file": filepath.Join(h.folder, "users"), "max_client_conn": "300",
	}
	text := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%d\n[pgbouncer]\n", b.to.port)
	for _, setting := range merged(settings, o.Settings) {
		text += setting + "\n"
	}
	return h.write("ini", text)
}

func (pgBouncer) command(h *home, _ int, _ Options) []string {
	return []string{h.programs["pgbouncer"], filepath.Join(h.folder, "ini")}
}

func (pgBouncer) stopSignal() os.Signal { return syscall.SIGINT }
