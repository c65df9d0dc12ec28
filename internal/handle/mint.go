package handle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// A handle's body is key id (4 bytes), content (40) and MAC (32). What the MAC
// covers is the tenant (16), the length of the kind's word (1), the word, and
// then key id and content: each either of fixed size or led by its length.
const (
	idSize       = 4
	bodySize     = idSize + contentSize + sha256.Size
	maxWordSize  = 3
	macInputSize = 16 + 1 + maxWordSize + idSize + contentSize
	bodyLength   = (bodySize*8 + 5) / 6
	maxMACHandle = len(brand) + maxWordSize + 1 + bodyLength
)

// encoding refuses unused bits that are not zero. It still skips line breaks,
// which decode refuses itself.
var encoding = base64.RawURLEncoding.Strict()

// Mint makes the handle of kind k that says c, under the first root. The same
// content gives the same handle. It panics if k is unknown or sealed, which no
// input can bring about.
func (r *Ring) Mint(k Kind, c Content) string {
	if !k.valid() || k.Sealed() {
		panic("handle: Mint of " + k.String())
	}
	keys := r.roots[0]
	mac := keys.mac[k]
	s := mac.get()
	defer mac.put(s)

	message := r.message(s, k)
	signed := len(message)
	message = binary.BigEndian.AppendUint32(message, keys.id)
	message = c.append(message)
	body := append(message, s.of(message)...)[signed:]

	out := append(append(append(s.in[:0], brand...), forms[k].word...), '_')
	return string(encoding.AppendEncode(out, body))
}

// message starts what the MAC covers, in the state's own memory.
func (r *Ring) message(s *macState, k Kind) []byte {
	message := append(s.raw[:0], r.tenant[:]...)
	message = append(message, byte(len(forms[k].word)))
	return append(message, forms[k].word...)
}

// Open reads a handle of kind k. It returns ErrForged, and no content, for all
// that this ring did not mint: the length is checked before anything is
// decoded, and the MAC, in constant time, before any content is read. What may
// be of a later root is ErrUnknownRoot. It never allocates.
func (r *Ring) Open(k Kind, handle string) (Content, error) {
	if !k.valid() || k.Sealed() {
		return Content{}, ErrForged
	}
	body, ok := k.body(handle)
	if !ok || len(body) != bodyLength {
		return Content{}, ErrForged
	}
	id := keyID(body)
	keys := r.root(id)
	if keys == nil {
		return Content{}, r.unknown(id, body, bodySize)
	}
	mac := keys.mac[k]
	s := mac.get()
	defer mac.put(s)

	message := r.message(s, k)
	head := len(message)
	message = message[:head+bodySize]
	if !decode(message[head:], s.in[:], body) {
		return Content{}, ErrForged
	}
	message, sent := message[:head+idSize+contentSize], message[head+idSize+contentSize:]
	if !hmac.Equal(s.of(message), sent) {
		return Content{}, ErrForged
	}
	return parseContent(message[head+idSize:]), nil
}

// keyID reads the key id in front of a body; 0 where it cannot be decoded,
// which the body's own decoding then refuses.
func keyID(body string) uint32 {
	const chars = 8 // 6 bytes: the id, and 2 of what follows
	var in [chars]byte
	var out [6]byte
	if copy(in[:], body) < chars {
		return 0
	}
	if n, err := encoding.Decode(out[:], in[:]); err != nil || n != len(out) {
		return 0
	}
	return binary.BigEndian.Uint32(out[:])
}

// decode fills dst from the one spelling of its bytes; false for all others.
// in is room for the text.
func decode(dst, in []byte, text string) bool {
	if strings.ContainsAny(text, "\r\n") || encoding.DecodedLen(len(text)) != len(dst) {
		return false
	}
	n, err := encoding.Decode(dst, in[:copy(in, text)])
	return err == nil && n == len(dst)
}
