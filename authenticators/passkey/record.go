package passkey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/keywright/keywright/core"
)

const (
	handleSize = 64   // bytes of a user handle (WN-16)
	maxID      = 1023 // bytes of a credential id (WebAuthn Level 3 section 4)
)

// record is the Secret of a credential: what WebAuthn calls the credential
// record. All of it is public: whoever reads it can sign in nowhere (WN-11).
type record struct {
	// User is the user handle: the same for every passkey of an account.
	User []byte `json:"user"`
	// Passkey is the library's own: key, counter, transports, flags, model.
	Passkey webauthn.Credential `json:"passkey"`
	// Last is the hash of the challenge that it answered last, written with its
	// counter: of one answer posted twice, one counts (WAN05).
	Last []byte `json:"last,omitempty"`
}

// bytes never fails: a record holds nothing that JSON cannot write.
func (r record) bytes() []byte {
	b, _ := json.Marshal(r)
	return b
}

// stored is a passkey as it was found.
type stored struct {
	core.Credential
	record
}

func readStored(c core.Credential) (stored, error) {
	s := stored{Credential: c}
	if err := json.Unmarshal(c.Secret, &s.record); err != nil {
		return stored{}, fmt.Errorf("passkey: a stored record: %w", err)
	}
	return s, nil
}

// keyOf is where a passkey is kept: under its id in base64url, or under the hash
// of one that is too long for a handle.
func keyOf(id []byte) core.CredentialKey {
	handle := base64.RawURLEncoding.EncodeToString(id)
	if len(handle) > core.MaxHandle {
		sum := sha256.Sum256(id)
		handle = "sha256." + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return core.CredentialKey{Kind: Method, Handle: handle}
}

// find reads a passkey; found is false where there is none.
func find(ctx context.Context, t core.Turn, id []byte) (s stored, found bool, err error) {
	c, err := t.Find.Credential(ctx, keyOf(id))
	if errors.Is(err, core.ErrNotFound) {
		return stored{}, false, nil
	}
	if err != nil {
		return stored{}, false, err
	}
	s, err = readStored(c)
	return s, err == nil, err
}

func passkeysIn(all []core.Credential) []core.Credential {
	return slices.DeleteFunc(slices.Clone(all), func(c core.Credential) bool { return c.Kind != Method || len(c.Secret) == 0 })
}

// owned lists the passkeys of the turn's account.
func owned(ctx context.Context, t core.Turn) ([]stored, error) {
	all, err := t.Find.Credentials(ctx, t.Account.ID)
	if err != nil {
		return nil, err
	}
	var out []stored
	for _, c := range passkeysIn(all) {
		s, err := readStored(c)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func descriptors(of []stored) []protocol.CredentialDescriptor {
	out := make([]protocol.CredentialDescriptor, 0, len(of))
	for _, s := range of {
		out = append(out, s.Passkey.Descriptor())
	}
	return out
}

// userHandle of an account: that of its passkeys, or a new one.
func userHandle(of []stored) []byte {
	if len(of) > 0 {
		return of[0].User
	}
	handle := make([]byte, handleSize)
	_, _ = rand.Read(handle) // never fails: crypto/rand ends the process instead
	return handle
}

// user is an account as the library asks for it.
type user struct {
	handle      []byte
	name, shown string
	passkeys    []webauthn.Credential
}

// WebAuthnID is the user handle.
func (u user) WebAuthnID() []byte { return u.handle }

// WebAuthnName tells accounts apart in the browser's list.
func (u user) WebAuthnName() string { return u.name }

// WebAuthnDisplayName is the person's name.
func (u user) WebAuthnDisplayName() string { return u.shown }

// WebAuthnCredentials are those that the ceremony may be about.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.passkeys }

// person is the user that an account is shown as.
func person(p core.Profile, handle []byte) user {
	u := user{handle: handle, name: p.Email, shown: p.Name}
	for _, name := range []string{p.PreferredUsername, p.Name, "–"} {
		if u.name == "" {
			u.name = name
		}
	}
	if u.shown == "" {
		u.shown = u.name
	}
	return u
}
