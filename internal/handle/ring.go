package handle

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/keywright/keywright/internal/seal"
)

var (
	// ErrForged means that a string is not a handle that this ring gave out:
	// garbled, made up, of another tenant or kind, or of a retired root. Nothing
	// from outside tells these apart.
	ErrForged = errors.New("handle: forged")
	// ErrUnknownRoot is an ErrForged about a well-formed string that names a root
	// key which could be one of the next: it is later than all of this ring. Who
	// has seen the newest roots knows it to be forged.
	ErrUnknownRoot = fmt.Errorf("%w: names a root key that is not known", ErrForged)
	// ErrTooLong means that a content does not fit a sealed handle of its kind.
	ErrTooLong = errors.New("handle: content too long")
	// ErrNotSealed means that Seal was asked for a kind that is not sealed: a
	// mistake of the caller.
	ErrNotSealed = errors.New("handle: not a sealed kind")
	// ErrNoRoots means that a ring was asked for without a root key.
	ErrNoRoots = errors.New("handle: no root keys")
	// ErrDuplicateRoot means that two root keys have one id.
	ErrDuplicateRoot = errors.New("handle: two root keys have one id")
)

// ahead is how many root keys may come to be while a ring is not made anew. An
// id beyond is made up or garbled: roots are years apart, or days after a mishap.
const ahead = 16

// Ring is the keys of one tenant. It is prepared once and never changes: a new
// root key makes a new ring. It may be used by any number of goroutines, and
// prints as nothing.
type Ring struct {
	tenant  [16]byte
	roots   []*rootKeys // in the order given; the first mints
	newest  uint32      // the greatest id of them
	scratch sync.Pool   // of *scratch
}

// rootKeys is what one root gives one tenant.
type rootKeys struct {
	id     uint32
	mac    [kindCount]*macKey   // kinds that are opened
	sealed [kindCount]*seal.Key // kinds that are sealed
	derive *macKey
}

// NewRing derives all keys of a tenant, named by its permanent internal id. The
// first root mints; all of them open. It returns ErrNoRoots, ErrDuplicateRoot,
// or an error where the platform refuses AES.
func NewRing(tenant [16]byte, roots []Root) (*Ring, error) {
	if len(roots) == 0 {
		return nil, ErrNoRoots
	}
	ring := &Ring{tenant: tenant, roots: make([]*rootKeys, 0, len(roots))}
	ring.scratch.New = func() any { return new(scratch) }
	for _, root := range roots {
		if ring.root(root.ID) != nil {
			return nil, fmt.Errorf("%w: %d", ErrDuplicateRoot, root.ID)
		}
		keys, err := newRootKeys(tenant, root)
		if err != nil {
			return nil, err
		}
		ring.roots, ring.newest = append(ring.roots, keys), max(ring.newest, root.ID)
	}
	return ring, nil
}

func newRootKeys(tenant [16]byte, root Root) (*rootKeys, error) {
	keys := &rootKeys{id: root.ID}
	for k := None + 1; k < kindCount; k++ {
		key, err := expand(tenant, root, "keywright handle "+forms[k].word)
		if err != nil {
			return nil, err
		}
		if !k.Sealed() {
			keys.mac[k] = newMACKey(key)
			continue
		}
		if keys.sealed[k], err = seal.New(key); err != nil {
			return nil, err
		}
	}
	key, err := expand(tenant, root, "keywright derive")
	if err != nil {
		return nil, err
	}
	keys.derive = newMACKey(key)
	return keys, nil
}

// expand derives one key: the tenant is HKDF's salt, the purpose its info.
func expand(tenant [16]byte, root Root, purpose string) (key [32]byte, err error) {
	b, err := hkdf.Key(sha256.New, root.Key[:], tenant[:], purpose, len(key))
	if err != nil {
		return key, fmt.Errorf("handle: deriving a key: %w", err)
	}
	return [32]byte(b), nil
}

// root finds the keys of a root by its id; nil if the ring has none such. Ids
// are public, so this need not take constant time; rings have few roots.
func (r *Ring) root(id uint32) *rootKeys {
	for _, keys := range r.roots {
		if keys.id == id {
			return keys
		}
	}
	return nil
}

// unknown is the error for a body whose id no root of the ring has. A body of
// fewer bytes than least, or that is no body, is of no root.
func (r *Ring) unknown(id uint32, body string, least int) error {
	var in, out [maxSealedHandle]byte
	size := encoding.DecodedLen(len(body))
	if !Ahead(r.newest, id) || size < least || size > len(out) || !decode(out[:size], in[:], body) {
		return ErrForged
	}
	return ErrUnknownRoot
}

// Ahead says whether a root key of this id could have been made since the newest
// that is known. Ids only grow.
func Ahead(newest, id uint32) bool { return id > newest && id-newest <= ahead }

// Format prints no part of a ring, whatever the verb.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "handle.Ring(hidden)") }
