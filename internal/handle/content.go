package handle

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
)

// contentSize is 16 bytes of id, 8 of number and 16 of random.
const contentSize = 40

// Content is what a handle that is not sealed says. It prints, logs and
// marshals without its random bytes.
type Content struct {
	// ID is the row's id.
	ID [16]byte
	// Number is a generation or an expiry in unix seconds; the kind says which.
	Number uint64
	// Random makes the handle unguessable even for who holds the keys. A row
	// stores only its Digest.
	Random [16]byte
}

// Digest is the SHA-256 of Random: what a row stores and compares.
func (c Content) Digest() [32]byte { return sha256.Sum256(c.Random[:]) }

// NewRandom draws 16 bytes for Content.Random, or for an id, from crypto/rand.
func NewRandom() (r [16]byte) {
	_, _ = rand.Read(r[:]) // never fails: crypto/rand ends the program instead
	return r
}

func (c Content) append(b []byte) []byte {
	b = append(b, c.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Number)
	return append(b, c.Random[:]...)
}

func parseContent(b []byte) (c Content) {
	copy(c.ID[:], b)
	c.Number = binary.BigEndian.Uint64(b[16:])
	copy(c.Random[:], b[24:])
	return c
}

// String shows id and number, never the random bytes.
func (c Content) String() string {
	return fmt.Sprintf("handle.Content(%x, %d, hidden)", c.ID[:], c.Number)
}

// GoString is String.
func (c Content) GoString() string { return c.String() }

// Format is String for every verb.
func (c Content) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, so that no encoder shows more.
func (c Content) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Root is a root key. It prints, logs and marshals without the key.
type Root struct {
	// ID goes into each handle, in clear. It is never used for another key, and
	// greater than those of the roots before it.
	ID uint32
	// Key has full entropy.
	Key [32]byte
}

// String shows the id, never the key.
func (r Root) String() string { return fmt.Sprintf("handle.Root(%d, hidden)", r.ID) }

// GoString is String.
func (r Root) GoString() string { return r.String() }

// Format is String for every verb.
func (r Root) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String.
func (r Root) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText is String, so that no encoder shows more.
func (r Root) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
