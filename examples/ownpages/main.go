// Command ownpages runs a provider whose sign-in pages are a team's own: a page of
// plain JavaScript at another origin of the same site, by the JSON form of the flow.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/ownpages/pages"
	"github.com/keywright/keywright/examples/testyourapp"
	"github.com/keywright/keywright/ui"
)

// Three origins: the first two are one site, since a port makes no other.
const (
	issuer = "http://localhost:8080"
	own    = "http://localhost:8081"
	app    = "http://localhost:8082"
)

// The secrets of this example are worth nothing: all is gone when it stops.
const (
	secret       = "an example, which keeps nothing: 0123456789"
	clientSecret = "an-example-of-a-client-secret-which-is-worth-nothing"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, func() {
		fmt.Printf("\n  Start at %s/login with %s and “%s”.\n  Letters are printed here.\n\n", app, email, passphrase)
	})
	if stop(); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends; ready is called once all three origins answer.
func run(ctx context.Context, ready func()) error {
	passwords, err := password.New(password.Options{SignUp: true})
	if err != nil {
		return err
	}
	hosted, err := ui.New(ui.Options{}) // for errors, letters and signing out
	if err != nil {
		return err
	}
	idp, err := keywright.New(ctx, keywright.Config{
		Issuer: issuer, PagesURL: own + "/", // the one line
		Database: memory.New(), Secrets: []keywright.Secret{keywright.Secret(secret)},
		Authenticators: []core.Authenticator{passwords}, Pages: hosted, Mailer: printer{},
		Clients: []core.ClientLane{clientreg.Seeded(clientreg.Seed{
			ID: "fieldnotes", Name: "Fieldnotes", Secret: clientreg.Secret{Text: clientSecret},
			RedirectURIs: []string{app + "/callback"}, Scope: "openid profile email",
		})},
	})
	if err != nil {
		return err
	}
	if err := somebody(ctx, idp, passwords); err != nil {
		return err
	}
	go idp.Work(ctx) // sends letters
	if err := serve(ctx, "localhost:8080", idp.Handler()); err != nil {
		return err
	}
	if err := serve(ctx, "localhost:8081", pages.New(issuer)); err != nil {
		return err
	}
	relying, err := testyourapp.New(ctx, issuer, "fieldnotes", clientSecret, app)
	if err != nil {
		return err
	}
	if err := serve(ctx, "localhost:8082", relying); err != nil {
		return err
	}
	ready()
	<-ctx.Done()
	return nil
}

// serve listens at once and serves until ctx ends.
func serve(ctx context.Context, address string, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("port of %s is taken: stop what uses it: %w", address, err)
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	return nil
}

// Who can sign in at once.
const (
	email      = "alex@example.com"
	passphrase = "three quiet otters at noon"
)

func somebody(ctx context.Context, idp *keywright.Provider, p *password.Authenticator) error {
	change, err := p.Account(ctx, "Alex Reader", email, passphrase, time.Now())
	if err != nil {
		return err
	}
	return idp.Store().CreateAccount(ctx, change)
}

// printer is where your mail server goes.
type printer struct{}

// Send prints.
func (printer) Send(_ context.Context, _ string, m core.Mail) error {
	fmt.Println(m.Text)
	return nil
}
