// Command quickstart runs an identity provider on an embedded database, with a
// demo application and a mailbox beside it, all on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

const (
	issuer  = "http://localhost:8080"
	demo    = "http://localhost:8081"
	mailbox = "http://localhost:8082"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // fewer, larger collections: memory here is small either way
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	state, err := openState(".keywright")
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, state.path("keywright.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	passwords, all, err := ways()
	if err != nil {
		return err
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return err
	}
	mail := &letters{}
	idp, err := keywright.New(ctx, keywright.Config{
		Issuer: issuer, Database: db, Secrets: []keywright.Secret{state.secret},
		Clients: []core.ClientLane{clientreg.Seeded(clientreg.Seed{
			ID: "demo", Name: "Fieldnotes", Secret: clientreg.Secret{Text: clientreg.SecretText(state.demoSecret)},
			RedirectURIs: []string{demo + "/callback"}, LogoutURIs: []string{demo + "/"},
			GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken},
			Scope:      "openid profile email offline_access",
		})},
		Authenticators: all, Pages: pages, Mailer: mail,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	if err := readyAccount(ctx, idp.Store(), passwords); err != nil {
		return err
	}
	servers := []*http.Server{
		beside(demo, newApp(issuer, demo, "demo", state.demoSecret)),
		beside(mailbox, mail),
	}
	for _, s := range servers {
		if err := start(s); err != nil {
			return err
		}
		defer s.Close()
	}
	return idp.Run(ctx, keywright.ServeOptions{Address: address(issuer), Ready: func(net.Addr) {
		debug.FreeOSMemory() // what starting took is not needed any more
		announce(state)
	}})
}

// The account that is ready to sign in with.
const (
	readyName     = "Alex Reader"
	readyEmail    = "alex@example.com"
	readyPassword = "three quiet otters at noon"
)

// readyAccount makes the account once; starting again finds it there.
func readyAccount(ctx context.Context, store core.Store, p *password.Authenticator) error {
	name, err := password.Canonical(readyEmail)
	if err != nil {
		return err
	}
	if _, err := store.AccountByIdentifier(ctx, name); !errors.Is(err, core.ErrNotFound) {
		return err
	}
	change, err := p.Account(ctx, readyName, readyEmail, readyPassword, time.Now())
	if err != nil {
		return err
	}
	if err := store.CreateAccount(ctx, change); err != nil && !errors.Is(err, core.ErrConflict) {
		return fmt.Errorf("the ready account: %w", err)
	}
	return nil
}

func announce(s state) {
	fmt.Printf(`
  Demo application   %s      start here
  Provider           %s
  Your account       %s
  Mailbox            %s      codes and links arrive here

  Ready account      %s
  Password           %s

  State is in %s. Press Ctrl-C to stop.

`, demo, issuer, issuer+"/account", mailbox, readyEmail, readyPassword, s.folder)
}
