package idp

import (
	"context"
	"errors"
	"log"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// Options of the authorization server.
type Options struct {
	// Issuer is its URL.
	Issuer string
	// Todo is the URL of the MCP server.
	Todo string
	// Database keeps everything.
	Database core.Database
	// Secret seals the keys in it: 32 random bytes.
	Secret []byte
	// ClientsFile lists hosted assistants (hosted.example.yaml); empty is none.
	ClientsFile string
	// Redirects may be registered by clients, beside those to the person's own computer.
	Redirects []string
}

// IDP is the authorization server.
type IDP struct {
	*keywright.Provider
	passwords *password.Authenticator
}

// New makes the authorization server.
func New(ctx context.Context, o Options) (*IDP, error) {
	passwords, err := password.New(password.Options{SignUp: true})
	if err != nil {
		return nil, err
	}
	passkeys, err := passkey.New(passkey.Options{SignUp: true})
	if err != nil {
		return nil, err
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return nil, err
	}
	lanes, err := Lanes(o)
	if err != nil {
		return nil, err
	}
	p, err := keywright.New(ctx, keywright.Config{
		Issuer: o.Issuer, Database: o.Database, Secrets: []keywright.Secret{o.Secret},
		Clients: lanes, Resources: Resources(o.Todo), Scopes: Scopes(),
		Authenticators: []core.Authenticator{passwords, passkeys}, Pages: pages, Mailer: printer{},
		// What was revoked works no longer than this: the MCP server checks tokens by itself.
		Lifetimes: core.Lifetimes{AccessToken: 5 * time.Minute},
	})
	return &IDP{p, passwords}, err
}

// AddPerson makes an account whose address counts as proven. One that is there already stays as it is.
func (i *IDP) AddPerson(ctx context.Context, name, email, word string) error {
	id, err := password.Canonical(email)
	if err != nil {
		return err
	}
	if _, err := i.Store().AccountByIdentifier(ctx, id); !errors.Is(err, core.ErrNotFound) {
		return err
	}
	change, err := i.passwords.Account(ctx, name, email, word, time.Now())
	if err != nil {
		return err
	}
	return i.Store().CreateAccount(ctx, change)
}

// printer is where your mail server goes.
type printer struct{}

// Send prints the message.
func (printer) Send(_ context.Context, _ string, m core.Mail) error { log.Print(m.Text); return nil }
