// Command customstore is a provider on a store of one's own, boltstore, and a
// way to ask what that store still gets wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customstore/boltstore"
	"github.com/keywright/keywright/ui"
)

func main() {
	file := flag.String("file", "customstore.db", "where the provider keeps everything")
	check := flag.Bool("check", false, "hold the store to the contract instead: all of it, or the checks whose names begin as the arguments do")
	flag.Parse()
	if err := run(*file, *check, flag.Args()); err != nil {
		log.Fatal(err) // the exit status is 1
	}
}

// run serves or checks until it is done or somebody stops the program.
func run(file string, check bool, beginnings []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if check {
		return checkStore(ctx, os.Stdout, beginnings)
	}
	return serve(ctx, file)
}

// serve runs a provider on the file.
func serve(ctx context.Context, file string) error {
	db, err := boltstore.Open(file)
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
	return idp.Run(ctx, keywright.ServeOptions{Address: "localhost:8080"})
}

// configure is a provider like any other, but for its Database.
func configure(db core.Database) (keywright.Config, error) {
	clients := clientreg.Seeded(clientreg.Seed{
		ID: "demo", Name: "Fieldnotes", RedirectURIs: []string{"http://localhost:8081/callback"}, AuthMethod: "none",
		GrantTypes: []string{"authorization_code", "refresh_token"}, Scope: "openid profile email offline_access",
	})
	passwords, noPasswords := password.New(password.Options{SignUp: true})
	pages, noPages := ui.New(ui.Options{})
	return keywright.Config{
		Issuer: "http://localhost:8080", Database: db, Pages: pages, Mailer: printer{},
		Secrets:        []keywright.Secret{[]byte(os.Getenv("KEYWRIGHT_SECRET"))},
		Clients:        []core.ClientLane{clients},
		Authenticators: []core.Authenticator{passwords},
	}, errors.Join(noPasswords, noPages)
}

// printer is where a mail server goes.
type printer struct{}

// Send prints the letter.
func (printer) Send(_ context.Context, _ string, m core.Mail) error {
	fmt.Println(m.Text)
	return nil
}
