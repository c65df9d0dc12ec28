package handle

import (
	"encoding/binary"

	"github.com/keywright/keywright/internal/seal"
)

// maxSealedHandle is the greatest Limit of all kinds.
const maxSealedHandle = 2048

// Seal makes a handle of a sealed kind, under the first root. The content is
// encrypted and authenticated together with tenant, kind and key id; two calls
// give two handles. It returns ErrTooLong if the whole handle would be longer
// than k.Limit, and ErrNotSealed if k is not a sealed kind.
func (r *Ring) Seal(k Kind, plaintext []byte) (string, error) {
	if !k.Sealed() {
		return "", ErrNotSealed
	}
	if len(plaintext) > k.room() {
		return "", ErrTooLong
	}
	keys := r.roots[0]
	room := r.scratch.Get().(*scratch)
	defer r.scratch.Put(room)
	additional := r.additional(room.additional[:0], k, keys.id)
	body := binary.BigEndian.AppendUint32(room.body[:0], keys.id)
	body = keys.sealed[k].Seal(body, plaintext, additional)

	out := append(append(append(room.text[:0], brand...), forms[k].word...), '_')
	return string(encoding.AppendEncode(out, body)), nil
}

// Unseal reads a handle of a sealed kind. It returns ErrForged for all that
// this ring did not seal; what is too long is not even decoded. What may be of a
// later root is ErrUnknownRoot.
func (r *Ring) Unseal(k Kind, handle string) ([]byte, error) {
	if !k.Sealed() || len(handle) > k.Limit() {
		return nil, ErrForged
	}
	text, ok := k.body(handle)
	if !ok {
		return nil, ErrForged
	}
	id := keyID(text)
	keys := r.root(id)
	if keys == nil {
		return nil, r.unknown(id, text, idSize+seal.Overhead)
	}
	room := r.scratch.Get().(*scratch)
	defer r.scratch.Put(room)
	body := room.body[:encoding.DecodedLen(len(text))]
	if len(body) < idSize || !decode(body, room.text[:], text) {
		return nil, ErrForged
	}
	additional := r.additional(room.additional[:0], k, keys.id)
	plaintext, err := keys.sealed[k].Open(nil, body[idSize:], additional)
	if err != nil {
		return nil, ErrForged
	}
	return plaintext, nil
}

// scratch is room for one sealed handle, so that the garbage of a hot path is
// its result alone. It holds nothing secret: text, ciphertext and public ids.
type scratch struct {
	text, body [maxSealedHandle]byte
	additional [adSize]byte
}

const adSize = 16 + 1 + maxWordSize + idSize

// additional is the additional data of a sealed handle: tenant, kind, key id.
// The key id is in it because GCM does not commit to its key.
func (r *Ring) additional(b []byte, k Kind, id uint32) []byte {
	b = append(b, r.tenant[:]...)
	b = append(b, byte(len(forms[k].word)))
	b = append(b, forms[k].word...)
	return binary.BigEndian.AppendUint32(b, id)
}

// head is the length of the kind's prefix.
func (k Kind) head() int { return len(brand) + len(forms[k].word) + 1 }

// room is the longest plaintext that a sealed handle of this kind can carry.
func (k Kind) room() int {
	return encoding.DecodedLen(k.Limit()-k.head()) - idSize - seal.Overhead
}
