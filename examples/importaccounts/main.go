// Command importaccounts brings accounts of another system into a database: it
// reads lines of name, email and password hash, separated by commas.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/core"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Stdin); err != nil {
		log.Fatal(err)
	}
}

// run imports every line. It can be run again: who is there already is left
// alone.
func run(ctx context.Context, database string, in io.Reader) error {
	db, err := sqlite.Open(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close()
	tenant, err := db.TenantByName(ctx, "default")
	if err != nil {
		return fmt.Errorf("start the provider once, so that its tenant is there: %w", err)
	}
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return err
	}
	store := db.Tenant(tenant.ID)
	for _, line := range lines {
		change, err := account(line[0], line[1], line[2], time.Now())
		if err == nil {
			err = store.CreateAccount(ctx, change)
		}
		switch {
		case errors.Is(err, core.ErrConflict):
			log.Printf("%s is there already", line[1])
		case err != nil:
			log.Printf("%s: %v", line[1], err)
		}
	}
	return nil
}

// account is a new account with the hash that its owner's password had before.
func account(name, email, hash string, at time.Time) (core.AccountChange, error) {
	address, err := password.Canonical(email)
	if err != nil {
		return core.AccountChange{}, err
	}
	id := core.NewID(at)
	change := core.AccountChange{
		Account: core.Account{ID: id, Profile: core.Profile{
			Name: name, Email: email, EmailVerified: true, // only if the other system has proven it
			CreatedAt: at, UpdatedAt: at,
		}},
		PutIdentifiers: []core.Identifier{address},
	}
	if hash == "" {
		return change, nil // a reset link gives this account its password
	}
	secret, err := password.Import(hash) // bcrypt, scrypt or argon2id
	change.PutCredentials = []core.Credential{{
		CredentialKey:   core.CredentialKey{Kind: password.Method, Handle: id.String()},
		Account:         id,
		CredentialTerms: core.CredentialTerms{Secret: secret, CreatedAt: at},
	}}
	return change, err
}
