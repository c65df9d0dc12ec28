package jose

import (
	"crypto"
	"encoding/json"
	"fmt"
	"slices"
)

// Limits on a key set from outside.
const (
	maxKeySetBytes = 64 << 10
	maxKeys        = 100
)

// Key is one public key for verifying.
type Key struct {
	// ID is the kid; it may be empty.
	ID string
	// Algorithm is the only one the key is used with. Empty means any that its kind allows.
	Algorithm Algorithm
	// Public is *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
	Public crypto.PublicKey
}

// KeySet holds the public keys of one issuer or one client. Its zero value holds none. A set never speaks for anyone
// else: the caller finds it by issuer or client before it looks at a kid.
type KeySet struct{ keys []Key }

// NewKeySet makes a set of keys, each of which is checked. A bad one gives ErrKey or ErrAlgorithm.
func NewKeySet(keys ...Key) (KeySet, error) {
	for _, key := range keys {
		if err := checkPublic(key.Public); err != nil {
			return KeySet{}, err
		}
		if key.Algorithm != "" && key.Algorithm.scheme().family != familyOf(key.Public) {
			return KeySet{}, ErrAlgorithm
		}
	}
	return KeySet{keys: slices.Clone(keys)}, nil
}

// Len is the number of keys in the set.
func (s KeySet) Len() int { return len(s.keys) }

// Keys returns a copy of the list, in the order of the document.
func (s KeySet) Keys() []Key { return slices.Clone(s.keys) }

// find returns the one key that may verify alg under kid. Without a kid the set must leave no choice (OpenID Connect
// Core section 10.1); with one, a key of another algorithm under the same kid is not it.
func (s KeySet) find(kid string, alg Algorithm) (Key, error) {
	var found []Key
	known := false
	for _, key := range s.keys {
		if kid != "" && key.ID != kid {
			continue
		}
		known = true
		if familyOf(key.Public) == alg.scheme().family && (key.Algorithm == "" || key.Algorithm == alg) {
			found = append(found, key)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case known && kid != "" && len(found) == 0:
		return Key{}, ErrAlgorithm
	}
	return Key{}, ErrUnknownKey
}

// ParseKeySet reads a JWK Set from outside (RFC 7517 section 5). Keys that are of an unknown kind, not for signatures, weak or
// damaged are left out, so that one odd key does not cost the others; the set may end up empty. ErrPrivateKey refuses a
// document with any private or symmetric member (requirement OR-03), ErrMalformed what is not a key set,
// ErrTooLarge more than 64 KiB or 100 keys.
func ParseKeySet(doc []byte) (KeySet, error) {
	if len(doc) > maxKeySetBytes {
		return KeySet{}, ErrTooLarge
	}
	if _, err := checkStrict(doc); err != nil {
		return KeySet{}, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(doc, &set); err != nil || set.Keys == nil {
		return KeySet{}, fmt.Errorf("%w: not a key set", ErrMalformed)
	}
	if len(set.Keys) > maxKeys {
		return KeySet{}, ErrTooLarge
	}
	var out KeySet
	for _, raw := range set.Keys {
		if err := checkNoPrivate(raw); err != nil {
			return KeySet{}, err
		}
		if key, err := parsePublic(raw); err == nil {
			out.keys = append(out.keys, key)
		}
	}
	return out, nil
}
