package totp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/keywright/keywright/core"
)

// secret is what a credential of this kind holds.
type secret struct {
	// Seed is sealed for its account.
	Seed []byte `json:"seed"`
	// Step is the last one of which a code was used.
	Step uint64 `json:"step"`
}

// sealLabel ties a sealed seed to its account: moved to another's row it does not
// open.
func sealLabel(account core.ID) string { return "totp seed " + account.String() }

// keyOf is where the one generator of an account is kept.
func keyOf(account core.ID) core.CredentialKey {
	return core.CredentialKey{Kind: Method, Handle: account.String()}
}

// load reads an account's generator; the zero value if it has none.
func load(ctx context.Context, t core.Turn) (core.Credential, error) {
	c, err := t.Find.Credential(ctx, keyOf(t.Account.ID))
	if errors.Is(err, core.ErrNotFound) || err == nil && c.Account != t.Account.ID {
		return core.Credential{}, nil
	}
	return c, err
}

// open reads what a credential holds, and its seed.
func open(t core.Turn, c core.Credential) (s secret, seed []byte, err error) {
	if err := json.Unmarshal(c.Secret, &s); err != nil {
		return s, nil, fmt.Errorf("totp: a stored secret is not understood: %w", err)
	}
	if seed, err = t.Open(sealLabel(c.Account), s.Seed); err != nil {
		return s, nil, fmt.Errorf("totp: a stored seed does not open: %w", err)
	}
	return s, seed, nil
}

// used is the credential with the step of a code that was used.
func used(t core.Turn, c core.Credential, s secret, step uint64) core.Credential {
	s.Step = step
	c.Secret, _ = json.Marshal(s) // never fails: bytes and numbers
	c.UsedAt = t.At
	return c
}
