// Package keys holds a tenant's keys, parsed: the root keys of everything that
// is handed out or kept sealed, and the keys that sign tokens. They live in the
// key store, sealed; here they are ready for use. A key's state follows from
// the instants on its own row, so replicas agree without talking.
package keys

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/seal"
)

// ReloadAfter bounds how old a replica's view of the key store may become: a
// key added or revoked elsewhere is known here after that at the latest, as
// long as Tend is called that often.
const ReloadAfter = 30 * time.Second

// Options are what Open needs.
type Options struct {
	Store  core.KeyStore
	Tenant core.ID
	// Secrets seal the key store. The first seals; all open. At least MinSecret
	// random bytes each.
	Secrets [][]byte
	// Algorithms that tokens can be signed with, each a jose.Algorithm.
	Algorithms []string
	Lifetimes  core.Lifetimes
	// Lease is taken before a successor is made; nil is none.
	Lease  func(ctx context.Context, name string, now, until time.Time) (bool, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Keys are the keys of one tenant. They may be used by any number of goroutines.
type Keys struct {
	Options
	secrets []secret
	current atomic.Pointer[state]
	readAt  atomic.Pointer[time.Time] // when the reading began that current is of
	renewed atomic.Pointer[renewed]
	loading singleflight.Group

	began  atomic.Uint64 // how many readings have
	taking sync.Mutex
	taken  uint64 // the latest reading that was taken
}

// ErrNoKey is returned for an algorithm that the provider does not sign with.
var ErrNoKey = errors.New("keys: no signing key for this algorithm")

// Open reads the key store and makes the root keys where there are none yet.
// It refuses rows that none of the secrets opens. Signing keys are made on
// first need, by Signer or JWKS.
func Open(ctx context.Context, o Options) (*Keys, error) {
	secrets, err := newSecrets(o.Tenant, o.Secrets)
	if err != nil {
		return nil, err
	}
	for _, a := range o.Algorithms {
		if !jose.Algorithm(a).Known() {
			return nil, fmt.Errorf("signing algorithm %q is not known: use ES256, EdDSA or RS256", a)
		}
	}
	k := &Keys{Options: o, secrets: secrets}
	r, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	missing := false
	for _, use := range []core.KeyUse{core.KeyHandle, core.KeySeal} {
		made, err := k.first(ctx, r.rows, use, "")
		if err != nil {
			return nil, err
		}
		missing = missing || made
	}
	if missing {
		return k, k.reload(ctx)
	}
	return k, k.take(r)
}

func (k *Keys) now() time.Time { return core.Instant(k.Now()) }

// Ring mints the tenant's handles, and derives. To judge what came from outside is
// for Keys.Open, OpenSealed and Proves, which know when a key may be missing.
func (k *Keys) Ring() *handle.Ring { return k.current.Load().ring }

// Signer signs with the key that is active now. The first call for an algorithm
// makes one, however many callers wait for it.
func (k *Keys) Signer(ctx context.Context, algorithm string) (*jose.Signer, error) {
	if s := k.current.Load().signer(algorithm, k.now()); s != nil {
		return s, nil
	}
	if err := k.ensureSigning(ctx, algorithm); err != nil {
		return nil, err
	}
	if s := k.current.Load().signer(algorithm, k.now()); s != nil {
		return s, nil
	}
	return nil, ErrNoKey
}

// JWKS is the tenant's JWK Set with its entity tag: every key that signs, will
// sign soon, or signed something that may still live. It makes first keys.
func (k *Keys) JWKS(ctx context.Context) (body []byte, etag string, err error) {
	for _, a := range k.Algorithms {
		if _, err := k.Signer(ctx, a); err != nil {
			return nil, "", err
		}
	}
	now := k.current.Load()
	return now.jwks, now.etag, nil
}

// Seal seals what is kept at rest, bound to a label that says what it is.
func (k *Keys) Seal(label string, plaintext []byte) ([]byte, error) {
	root := k.current.Load().sealing[0]
	key, err := root.key(k.Tenant, label)
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint32(nil, root.epoch)
	return key.Seal(out, plaintext, []byte(label)), nil
}

// ErrSealed is returned for bytes that Seal did not make under this label.
var ErrSealed = errors.New("keys: not sealed here")

// errLater is an ErrSealed about bytes whose key may have been made since.
var errLater = fmt.Errorf("%w: by a key that is not known", ErrSealed)

// unseal opens what Keys.Seal made by one of these keys.
func (s *state) unseal(tenant core.ID, label string, sealed []byte) ([]byte, error) {
	if len(sealed) < 4+seal.Overhead {
		return nil, ErrSealed
	}
	var newest uint32
	epoch := binary.BigEndian.Uint32(sealed)
	for _, root := range s.sealing {
		newest = max(newest, root.epoch)
		if root.epoch != epoch {
			continue
		}
		key, err := root.key(tenant, label)
		if err != nil {
			return nil, err
		}
		plain, err := key.Open(nil, sealed[4:], []byte(label))
		if err != nil {
			return nil, ErrSealed
		}
		return plain, nil
	}
	if handle.Ahead(newest, epoch) {
		return nil, errLater
	}
	return nil, ErrSealed
}
