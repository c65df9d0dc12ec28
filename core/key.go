package core

import "time"

// KeyUse is what a stored key is for.
type KeyUse string

// The uses.
const (
	KeySign   KeyUse = "sign"   // signs tokens; its public half is in the JWKS
	KeyHandle KeyUse = "handle" // root of what is handed out
	KeySeal   KeyUse = "seal"   // root of what is kept sealed
)

// Key is a stored key. Its state follows from the instants on its own row;
// (Use, Algorithm, Epoch) is unique, so two replicas make one.
type Key struct {
	ID ID
	Row
	Use       KeyUse
	Algorithm string // "ES256" …; empty for root keys
	Epoch     uint64
	KeyTerms
}

// KeyTerms is the part of a key that is not a key of its row.
type KeyTerms struct {
	CreatedAt time.Time `json:"created_at"`
	// ActiveAt is when it may first be used; until then it is only published.
	ActiveAt time.Time `json:"active_at"`
	// RetireAt is when its successor takes over; it verifies until KeepUntil.
	RetireAt time.Time `json:"retire_at,omitzero"`
	KeyID    string    `json:"kid,omitempty"`
	// SealedBy names the secret (a short hash of it) that Sealed opens with.
	SealedBy string `json:"sealed_by"`
	Sealed   []byte `json:"sealed"`
	Public   []byte `json:"public,omitempty"` // JWK
	// Revoked keys neither sign nor verify, at once.
	Revoked bool `json:"revoked,omitempty"`
}

// MarshalPayload writes what is not a key of the row.
func (k *Key) MarshalPayload() ([]byte, error) { return marshalPayload(&k.KeyTerms, k.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (k *Key) UnmarshalPayload(b []byte) (err error) {
	k.KeyTerms = KeyTerms{}
	k.Rest, err = unmarshalPayload(b, &k.KeyTerms)
	return err
}
