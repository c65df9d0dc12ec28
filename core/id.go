package core

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// ID names a stored thing: a UUIDv7 (RFC 9562 section 5.7), 16 bytes, so that
// rows made one after another lie beside each other. The zero ID is no ID.
type ID [16]byte

// NewID draws an ID for something made at the given instant.
func NewID(at time.Time) ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	ms := uint64(at.UnixMilli())
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], ms<<16)
	copy(id[:6], head[:6])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ErrBadID is returned for text that is not an ID.
var ErrBadID = errors.New("core: not an id")

// ParseID reads what String wrote and nothing else: 36 characters, lower case.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, ErrBadID
	}
	var digits [32]byte
	copy(digits[:8], s[:8])
	copy(digits[8:12], s[9:13])
	copy(digits[12:16], s[14:18])
	copy(digits[16:20], s[19:23])
	copy(digits[20:], s[24:])
	if !decodeLower(id[:], digits[:]) {
		return ID{}, ErrBadID
	}
	return id, nil
}

// decodeLower reads hexadecimal in lower case alone, so that a value has one
// text; false leaves b half written.
func decodeLower(b, text []byte) bool {
	for _, c := range text {
		if 'A' <= c && c <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(b, text)
	return err == nil
}

// String gives the 36 characters of the UUID form.
func (id ID) String() string {
	var b [36]byte
	return string(id.append(b[:0]))
}

func (id ID) append(b []byte) []byte {
	b = hex.AppendEncode(b, id[:4])
	b = hex.AppendEncode(append(b, '-'), id[4:6])
	b = hex.AppendEncode(append(b, '-'), id[6:8])
	b = hex.AppendEncode(append(b, '-'), id[8:10])
	return hex.AppendEncode(append(b, '-'), id[10:])
}

// IsZero says whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Time is the instant that an ID was drawn for, to the millisecond; the zero time
// for the zero ID.
func (id ID) Time() time.Time {
	if id.IsZero() {
		return time.Time{}
	}
	var ms [8]byte
	copy(ms[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC() // #nosec G115 -- 48 bits
}

// MarshalText writes the UUID form, or nothing for the zero ID.
func (id ID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = ID{}
		return nil
	}
	*id, err = ParseID(string(b))
	return err
}

// ErrBadHash is returned for text that is not a hash.
var ErrBadHash = errors.New("core: not a hash")

// Hash is a SHA-256, or a keyed hash of the same length. The zero Hash is none.
type Hash [32]byte

// IsZero says whether h is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes h in hexadecimal, or nothing for the zero Hash.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return hex.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads what MarshalText wrote and nothing else; an error leaves
// no hash.
func (h *Hash) UnmarshalText(b []byte) error {
	*h = Hash{}
	if len(b) == 0 {
		return nil
	}
	var read Hash
	if len(b) != 64 {
		return ErrBadHash
	}
	if !decodeLower(read[:], b) {
		return ErrBadHash
	}
	*h = read
	return nil
}

// Instant cuts t to what every store keeps: microseconds, in UTC.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
