package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// newMySQL makes a database on the server of a DSN.
func newMySQL(ctx context.Context, dsn string) (*target, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("bench: mysql: %w", err)
	}
	admin, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, fmt.Errorf("bench: mysql: %w", err)
	}
	name := databaseName()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		_ = admin.Close()
		return nil, fmt.Errorf("bench: mysql: a database of its own is needed: %w", err)
	}
	config.DBName = name
	t := &target{store: "mysql", source: config.FormatDSN(), close: func() error {
		defer func() { _ = admin.Close() }()
		_, err := admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name)
		return err
	}}
	if config.Net == "tcp" {
		t.address = config.Addr
		t.at = func(address string) (string, error) { return mysqlAt(t.source, address) }
	}
	t.root = mysqlProcess(ctx, admin)
	return t, nil
}

func mysqlAt(dsn, address string) (string, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", err
	}
	config.Addr = address
	return config.FormatDSN(), nil
}

// mysqlProcess finds the server's process on this machine; 0 if it cannot.
func mysqlProcess(ctx context.Context, admin *sql.DB) int {
	var file, folder string
	if err := admin.QueryRowContext(ctx, "SELECT @@pid_file, @@datadir").Scan(&file, &folder); err != nil {
		return 0
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(folder, file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	if p, err := readProcess(pid); err != nil || p.name != "mariadbd" && p.name != "mysqld" {
		return 0
	}
	return pid
}
