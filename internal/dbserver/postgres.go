//go:build unix

package dbserver

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

const (
	// superuser is the user of every server, who may do everything.
	superuser = "keywright"

	missingPostgres = "needs Postgres: apt-get install postgresql"
	missingMySQL    = "needs MariaDB or MySQL: apt-get install mariadb-server"
)

// StartPostgres starts the newest Postgres of this machine. Its default database
// is called postgres. A *MissingError says that there is none.
func StartPostgres(ctx context.Context, o Options) (*Server, error) {
	template, err := postgresTemplate()
	if err != nil {
		return nil, err
	}
	h, err := template.copy(ctx, "postgres", "QUIT")
	if err != nil {
		return nil, err
	}
	return open(ctx, postgres{}, h, o)
}

// postgresTemplate is the folder of a server that never ran, made once per
// process: a copy takes a fraction of the time.
var postgresTemplate = sync.OnceValues(func() (*home, error) {
	p, err := find(searched("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"),
		missingPostgres, "postgres", "initdb")
	if err != nil {
		return nil, err
	}
	return newTemplate("postgres", p, func(ctx context.Context, h *home) error {
		if err := h.write("password", h.password); err != nil {
			return err
		}
		return h.must(ctx, []string{
			p["initdb"], "--no-sync", "--pgdata=" + h.data, "--username=" + superuser, "--pwfile=" + filepath.Join(h.folder, "password"),
			"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
		}, "")
	})
})

type postgres struct{}

func (postgres) name() string { return "postgres" }

func (postgres) says() string { return "ready to accept connections" }

// stopSignal is that of a fast shutdown: open transactions are rolled back.
func (postgres) stopSignal() os.Signal { return syscall.SIGINT }

func (postgres) prepare(*home, int, Options) error { return nil }

func (postgres) command(h *home, port int, o Options) []string {
	settings := map[string]string{
		"listen_addresses": "127.0.0.1", "port": strconv.Itoa(port), "unix_socket_directories": "",
		"max_connections": "300", "timezone": "UTC",
	}
	if !o.Durable {
		settings["full_page_writes"] = "off" // fsync stays on: the adapter refuses a server without it
	}
	words := []string{h.programs["postgres"], "-D", h.data}
	for _, setting := range merged(settings, o.Settings) {
		words = append(words, "-c", setting)
	}
	return words
}

func (postgres) dsn(h *home, address, database string) string {
	if database == "" {
		database = "postgres"
	}
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, h.password), Host: address, Path: "/" + database,
		RawQuery: "sslmode=disable",
	}).String()
}

// merged are settings as name=value in order, where others win.
func merged(settings, others map[string]string) []string {
	for name, value := range others {
		settings[name] = value
	}
	list := make([]string, 0, len(settings))
	for name, value := range settings {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
