// Command deploy is a provider behind a reverse proxy that ends TLS, set by the
// environment.
package main

import (
	"context"
	"errors"
	"expvar"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run serves until somebody stops the program.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db, err := open(ctx, os.Getenv("DATABASE"))
	if err != nil {
		return err
	}
	defer db.Close()
	config, err := configure(db)
	if err != nil {
		return err
	}
	idp, err := keywright.New(ctx, config)
	if err != nil {
		return err
	}
	return idp.Run(ctx, keywright.ServeOptions{Address: os.Getenv("ADDRESS"), Notice: 5 * time.Second})
}

// open opens the database that a setting names: by a URL for Postgres, by mysql://
// and a DSN of the driver's form for MySQL and MariaDB, by a path for SQLite.
func open(ctx context.Context, database string) (core.Database, error) {
	kind, rest, named := strings.Cut(database, "://")
	switch {
	case kind == "postgres", kind == "postgresql":
		return postgres.Open(ctx, database)
	case kind == "mysql":
		return mysql.Open(ctx, rest)
	case named || database == "":
		return nil, errors.New("DATABASE: want postgres://…, mysql://user:password@tcp(host:3306)/database or the path of a file")
	}
	return sqlite.Open(ctx, database)
}

// configure reads the settings, and says all that is wrong with them.
func configure(db core.Database) (keywright.Config, error) {
	secrets, noSecret := readSecrets(os.Getenv("SECRET_FILES"))
	clients, noClients := clientreg.SeededFile(os.Getenv("CLIENTS"))
	passwords, noPasswords := password.New(password.Options{SignUp: true})
	pages, noPages := ui.New(ui.Options{})
	proxies, noProxies := networks(os.Getenv("PROXIES"))
	mail, noMail := mailer(os.Getenv("SMTP"), os.Getenv("MAIL_FROM"))
	return keywright.Config{
		Issuer: os.Getenv("ISSUER"), Database: db, Secrets: secrets,
		Clients: []core.ClientLane{clients}, Pages: pages, Mailer: mail,
		Authenticators: []core.Authenticator{passwords, emailcode.New(emailcode.Options{})},
		TrustedProxies: proxies, ForwardedHeader: os.Getenv("FORWARDED_HEADER"),
		Observer: counts{expvar.NewMap("keywright")},
		Hooks:    policy(),
	}, errors.Join(noSecret, noClients, noPasswords, noPages, noProxies, noMail)
}

// readSecrets reads files that hold a secret each, the newest first.
func readSecrets(names string) ([]keywright.Secret, error) {
	var secrets []keywright.Secret
	for name := range strings.FieldsSeq(names) {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("SECRET_FILES: %w", err)
		}
		secrets = append(secrets, keywright.Secret(strings.TrimSpace(string(b))))
	}
	return secrets, nil
}

// networks reads the addresses that the proxy has: "10.0.0.0/8 127.0.0.1/32".
func networks(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for field := range strings.FieldsSeq(text) {
		network, err := netip.ParsePrefix(field)
		if err != nil {
			return nil, fmt.Errorf("PROXIES: %w: write networks such as 10.0.0.0/8 127.0.0.1/32", err)
		}
		all = append(all, network)
	}
	return all, nil
}
