//go:build unix

package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// StartMySQL starts the MariaDB or MySQL of this machine: the one that comes first
// in PATH, MariaDB where both are in one folder. Its default database is called
// keywright. A *MissingError says that there is neither.
func StartMySQL(ctx context.Context, o Options) (*Server, error) {
	template, err := mysqlTemplate()
	if err != nil {
		return nil, err
	}
	h, err := template.copy(ctx, "mysql", "KILL")
	if err != nil {
		return nil, err
	}
	var lasting []string
	for _, name := range []string{"lower_case_table_names", "innodb_page_size"} {
		if value, set := o.Settings[name]; set {
			lasting = append(lasting, "--"+name+"="+value)
		}
	}
	if len(lasting) > 0 { // what cannot be changed once the folder is made
		if err := errors.Join(os.RemoveAll(h.data), fillMySQL(ctx, h, lasting...)); err != nil {
			return nil, errors.Join(err, h.remove())
		}
	}
	return open(ctx, mysql{}, h, o)
}

// mysqlTemplate is the folder of a server that never ran; see postgresTemplate.
var mysqlTemplate = sync.OnceValues(func() (*home, error) {
	p, err := findMySQL(searched("/usr/local/mysql/bin", "/opt/homebrew/bin"))
	if err != nil {
		return nil, err
	}
	return newTemplate("mysql", p, func(ctx context.Context, h *home) error { return fillMySQL(ctx, h) })
})

// findMySQL looks for a server folder by folder, so that PATH chooses. What makes
// MariaDB's system tables may be elsewhere.
func findMySQL(folders []string) (programs, error) {
	for _, folder := range folders {
		p, err := find([]string{folder}, missingMySQL, "mariadbd")
		if err == nil {
			if installer, err := find(folders, missingMySQL, "mariadb-install-db"); err == nil {
				p["mariadb-install-db"] = installer["mariadb-install-db"]
				return p, nil
			}
		}
		// MariaDB's packages have a mysqld as well, which is a link.
		if p, err = find([]string{folder}, missingMySQL, "mysqld"); err == nil && filepath.Base(p["mysqld"]) != "mariadbd" {
			return p, nil
		}
	}
	return nil, &MissingError{needs: missingMySQL}
}

// fillMySQL makes the system tables. The log is kept small: it is copied often.
func fillMySQL(ctx context.Context, h *home, more ...string) error {
	words := []string{
		h.programs["mysqld"], "--no-defaults", "--initialize-insecure", "--datadir=" + h.data, "--loose-innodb-redo-log-capacity=8M",
	}
	if installer := h.programs["mariadb-install-db"]; installer != "" {
		words = []string{
			installer, "--no-defaults", "--datadir=" + h.data, "--skip-test-db", "--auth-root-authentication-method=normal",
			"--skip-name-resolve", "--innodb-log-file-size=10M", "--innodb-flush-method=nosync",
		}
	}
	return h.must(ctx, append(words, more...), "")
}

type mysql struct{}

func (mysql) name() string { return "mysql" }

func (mysql) says() string { return "ready for connections" }

func (mysql) stopSignal() os.Signal { return syscall.SIGTERM }

// prepare writes statements that the server runs before it accepts connections:
// for the user who may do everything, with a password, and against those without
// one who could come over TCP.
func (mysql) prepare(h *home, _ int, _ Options) error {
	return h.write("init.sql", fmt.Sprintf("CREATE USER IF NOT EXISTS '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]s';\n"+
		"GRANT ALL ON *.* TO '%[1]s'@'127.0.0.1' WITH GRANT OPTION;\n"+
		"DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n"+
		"CREATE DATABASE IF NOT EXISTS keywright;\n", superuser, h.password))
}

func (m mysql) command(h *home, port int, o Options) []string {
	settings := m.settings(h, port, o)
	settings["init_file"] = filepath.Join(h.folder, "init.sql")
	return served(h, settings, o)
}

// served is the program with its settings.
func served(h *home, settings map[string]string, o Options) []string {
	program := h.programs["mariadbd"]
	if program == "" {
		program = h.programs["mysqld"]
	}
	words := []string{program, "--no-defaults"}
	for _, setting := range merged(settings, o.Settings) {
		words = append(words, "--"+setting)
	}
	return words
}

func (mysql) settings(h *home, port int, o Options) map[string]string {
	// What one of the two does not know is marked as loose.
	settings := map[string]string{
		"datadir": h.data, "socket": filepath.Join(h.folder, "socket"), "pid_file": filepath.Join(h.folder, "pid"),
		"bind_address": "127.0.0.1", "port": strconv.Itoa(port),
		"skip_name_resolve": "ON", "max_connections": "300", "loose_mysqlx": "OFF",
		// A package may have set it to a folder that only its own account may read.
		"secure_file_priv": h.folder,
	}
	if !o.Durable {
		settings["innodb_flush_method"] = "nosync" // a commit still reaches the system before its answer
		settings["innodb_doublewrite"], settings["performance_schema"] = "OFF", "OFF"
		settings["innodb_buffer_pool_size"], settings["loose_innodb_log_file_size"] = "64M", "10M"
		settings["loose_innodb_redo_log_capacity"] = "16M"
		if _, logs := o.Settings["log_bin"]; !logs {
			settings["skip_log_bin"] = "ON" // MySQL has a log to replicate from unless it is told otherwise
		}
	}
	return settings
}

func (mysql) dsn(h *home, address, database string) string {
	if database == "" {
		database = "keywright"
	}
	return fmt.Sprintf("%s:%s@tcp(%s)/%s", superuser, h.password, address, database)
}
