// Command minimal is the smallest provider that is one.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	idp := must(keywright.New(ctx, keywright.Config{
		Issuer: "http://localhost:8080", Pages: must(ui.New(ui.Options{})), Mailer: printer{},
		Database: must(sqlite.Open(ctx, "minimal.db")), Secrets: []keywright.Secret{[]byte(os.Getenv("KEYWRIGHT_SECRET"))},
		Clients:        []core.ClientLane{must(clientreg.SeededFile("clients.yaml"))},
		Authenticators: []core.Authenticator{must(password.New(password.Options{SignUp: true}))},
	}))
	must(0, idp.Run(ctx, keywright.ServeOptions{Address: "localhost:8080"})) // until Ctrl-C
}

// printer is where your mail server goes.
type printer struct{}

func (printer) Send(_ context.Context, _ string, m core.Mail) error { log.Print(m.Text); return nil }

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
