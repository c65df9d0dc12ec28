package bench

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// newPostgres makes a database on the server of a DSN.
func newPostgres(ctx context.Context, dsn string) (*target, error) {
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("bench: postgres: %w", err)
	}
	name, config := databaseName(), admin.Config()
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		_ = admin.Close(ctx)
		return nil, fmt.Errorf("bench: postgres: a database of its own is needed: %w", err)
	}
	t := &target{store: "postgres", source: postgresAt(dsn, "", name), close: func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		defer func() { _ = admin.Close(ctx) }()
		_, err := admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		return err
	}}
	if !strings.HasPrefix(config.Host, "/") { // a socket in the file system is not counted on
		t.address = net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
		t.at = func(address string) (string, error) { return postgresAt(t.source, address, ""), nil }
	}
	var backend int
	if err := admin.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return nil, err
	}
	if p, err := readProcess(backend); err == nil && strings.HasPrefix(p.name, "postgres") {
		t.root = p.parent // the one that starts all others
	}
	return t, nil
}

// postgresAt is a DSN with another address or database; empty keeps it.
func postgresAt(dsn, address, database string) string {
	host, port, _ := net.SplitHostPort(address)
	if u, err := url.Parse(dsn); err == nil && strings.HasPrefix(u.Scheme, "postgres") {
		if address != "" {
			u.Host = address
		}
		if database != "" {
			u.Path = "/" + database
		}
		return u.String()
	}
	if address != "" {
		dsn += " host=" + host + " port=" + port // the last one counts
	}
	if database != "" {
		dsn += " dbname=" + database
	}
	return dsn
}
