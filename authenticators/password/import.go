package password

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/passwordhash"
)

// Import turns a password hash of another system into the Secret of a credential
// of kind Method, whose handle is the account's id as text. It takes argon2id
// and scrypt in PHC form ("$argon2id$v=19$m=…", "$scrypt$ln=…") and bcrypt
// ("$2a$", "$2b$", "$2y$"), within caps on their cost, and refuses anything else.
// At the next sign-in the hash is replaced by one as new ones are. bcrypt sees 72
// bytes: a longer password never fits and is to be reset (PWD10).
func Import(encoded string) ([]byte, error) {
	if err := passwordhash.Check(encoded); err != nil {
		return nil, errors.New("password: not a hash of a known kind, or one that costs too much")
	}
	return []byte(encoded), nil
}

// Account prepares a new account with a proven address and a password, for seeds
// and tests: give the result to a store's CreateAccount. The password obeys the
// rules for new ones; the error names the one it breaks, and never the password.
func (a *Authenticator) Account(ctx context.Context, name, email, password string, at time.Time) (core.AccountChange, error) {
	i, err := Canonical(email)
	if err != nil {
		return core.AccountChange{}, err
	}
	normal, problem := a.chosen(password)
	if problem == nil {
		problem = a.guessable(ctx, normal, name, email)
	}
	if problem != nil {
		return core.AccountChange{}, errors.New("password: refused: " + problem.ID)
	}
	hash, err := a.hasher.Hash(ctx, normal)
	if err != nil {
		return core.AccountChange{}, err
	}
	profile := core.Profile{CreatedAt: at, UpdatedAt: at, Name: name, Email: email, EmailVerified: true}
	return opened(core.NewID(at), profile, i.Value, hash), nil
}
