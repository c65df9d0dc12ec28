package resource

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// Person is somebody as an issuer knows them. Neither half alone names anybody.
type Person struct{ Issuer, Subject string }

// Person is whom the token is about.
func (t *Token) Person() Person { return Person{t.Issuer, t.Subject} }

// ErrHandle is the one answer to every handle that is forged, expired, of another purpose, or of somebody else.
var ErrHandle = errors.New("resource: the handle is unknown, expired or somebody else's")

// Handles makes names for what a server has begun for a person, to be handed out and shown again: in the URL of a page that an MCP server sends a
// person to (URL-mode elicitation), as the id of a task. Such a name is no credential (requirements PR-14, PR-15): it counts only together with the
// person it was made for, whom the server has to know from a token, or on a page from a sign-in of that page's own. It is random, it expires, it
// says nothing to who reads it, and the server stores nothing for it. It can be shown more than once: what may happen once is for the server to
// remember, by the handle itself.
type Handles struct {
	key []byte
	now func() time.Time
}

const (
	handleHead = 8 + 16 // when it expires, in Unix seconds; random bytes
	handleSize = handleHead + sha256.Size
	handleText = (handleSize*8 + 5) / 6 // in base64url without padding
)

// NewHandles wants a key of at least 32 random bytes, which replicas share. now is the clock; nil is time.Now.
func NewHandles(key []byte, now func() time.Time) (*Handles, error) {
	if len(key) < 32 {
		return nil, errors.New("resource: the key of Handles is shorter than 32 bytes: make one with a random generator")
	}
	if now == nil {
		now = time.Now
	}
	return &Handles{append([]byte(nil), key...), now}, nil
}

// New makes a handle of 75 characters, all of which may stand in a URL. The purpose says what it opens, such as "elicitation"; life is how long it counts.
func (h *Handles) New(purpose string, of Person, life time.Duration) string {
	raw := make([]byte, handleHead, handleSize)
	binary.BigEndian.PutUint64(raw, uint64(h.now().Add(life).Unix()))
	_, _ = rand.Read(raw[8:]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(raw, h.sum(raw, purpose, of)...))
}

// Check says whether the handle was made for this purpose and this person, and still counts. The error is ErrHandle.
func (h *Handles) Check(handle, purpose string, of Person) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(handle)
	if err != nil || len(handle) != handleText { // the decoder passes over line breaks
		return ErrHandle
	}
	head := raw[:handleHead]
	if !hmac.Equal(raw[handleHead:], h.sum(head, purpose, of)) || h.now().Unix() >= int64(binary.BigEndian.Uint64(head)) {
		return ErrHandle
	}
	return nil
}

// sum binds all of it, each part with its length before it.
func (h *Handles) sum(head []byte, purpose string, of Person) []byte {
	mac := hmac.New(sha256.New, h.key)
	for _, part := range []string{"keywright resource handle 1", string(head), purpose, of.Issuer, of.Subject} {
		_ = binary.Write(mac, binary.BigEndian, uint64(len(part))) // a hash takes everything
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
