// Command customauthenticator serves a provider with a way to sign in of its own:
// the name and password of an older login system, asked over HTTP.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customauthenticator/legacy"
	"github.com/keywright/keywright/ui"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	db, err := sqlite.Open(ctx, "customauthenticator.db")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	config, err := configure(db)
	if err != nil {
		return err
	}
	idp, err := keywright.New(ctx, config)
	if err != nil {
		return err
	}
	return idp.Run(ctx, keywright.ServeOptions{Address: "localhost:8080"})
}

// configure composes the provider around an authenticator of one's own.
func configure(db core.Database) (keywright.Config, error) {
	old, err := legacy.New(legacy.Options{URL: os.Getenv("LEGACY_URL"), Token: os.Getenv("LEGACY_TOKEN")})
	if err != nil {
		return keywright.Config{}, fmt.Errorf("set LEGACY_URL: %w", err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return keywright.Config{}, err
	}
	lane := clientreg.Seeded(clientreg.Seed{ID: "app", Name: "App", AuthMethod: "none", RedirectURIs: []string{"http://localhost:9090/callback"}, Scope: "openid email"})
	return keywright.Config{
		Issuer: "http://localhost:8080", Database: db, Pages: pages, Mailer: printer{},
		Secrets: []keywright.Secret{[]byte(os.Getenv("KEYWRIGHT_SECRET"))}, Clients: []core.ClientLane{lane},
		Authenticators: []core.Authenticator{old},
		// The old system proved the addresses, or nobody did: this authenticator has
		// no page of its own to prove one.
		InsecureUnverifiedEmail: true,
	}, nil
}

// printer is where your mail server goes.
type printer struct{}

// Send prints the message.
func (printer) Send(_ context.Context, _ string, m core.Mail) error { log.Print(m.Text); return nil }
