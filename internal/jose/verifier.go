package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Compact is a token in its parts. Nothing of it is authenticated until a Verifier has seen it.
type Compact struct {
	// Payload is what was signed, or is said to be.
	Payload     []byte
	head, input string
	signature   []byte
}

// ParseCompact takes a compact JWS apart, under the limits of Verify. The header is only looked at by Verifier.Verify.
func ParseCompact(token string) (Compact, error) {
	if len(token) > MaxToken {
		return Compact{}, ErrTooLarge
	}
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	if first == last || strings.IndexByte(token[first+1:last], '.') >= 0 {
		return Compact{}, fmt.Errorf("%w: not three segments", ErrMalformed)
	}
	payload, errBody := decodeSegment(token[first+1 : last])
	signature, errSignature := decodeSegment(token[last+1:])
	if errBody != nil || errSignature != nil || len(signature) == 0 {
		return Compact{}, fmt.Errorf("%w: not base64url", ErrMalformed)
	}
	return Compact{Payload: payload, head: token[:first], input: token[:last], signature: signature}, nil
}

// Verifier verifies many tokens of one key set at little more than the cost of the signatures. It promises what Verify
// promises. Headers that a good signature covered are remembered, since the tokens of an issuer share a few; nobody else can add one.
// It is safe for use by many goroutines.
type Verifier struct {
	keys    KeySet
	allowed []Algorithm
	typ     []string

	heads atomic.Pointer[map[string]judged]
	mu    sync.Mutex // for writing heads
}

// judged is a header that was read, and the key it leads to.
type judged struct {
	key       Key
	algorithm Algorithm
}

// maxHeads bounds the headers a Verifier remembers; an issuer has one for each key and type.
const maxHeads = 2 * maxKeys

// NewVerifier prepares for a key set, with the algorithms and the types that Verify takes.
func NewVerifier(keys KeySet, allowed []Algorithm, typ ...string) *Verifier {
	v := &Verifier{keys: keys, allowed: slices.Clone(allowed), typ: slices.Clone(typ)}
	v.heads.Store(&map[string]judged{})
	return v
}

// Verify checks header, type, algorithm, key and signature, in this order, with the errors of the function Verify.
func (v *Verifier) Verify(c Compact) error {
	known, remembered := (*v.heads.Load())[c.head]
	if !remembered {
		var err error
		if known, err = v.judge(c.head); err != nil {
			return err
		}
	}
	if !known.key.fits(known.algorithm.scheme(), c.input, c.signature) {
		return ErrSignature
	}
	if !remembered {
		v.remember(c.head, known)
	}
	return nil
}

func (v *Verifier) judge(head string) (judged, error) {
	raw, err := decodeSegment(head)
	if err != nil {
		return judged{}, fmt.Errorf("%w: not base64url", ErrMalformed)
	}
	header, err := parseHeader(raw)
	switch {
	case err != nil:
		return judged{}, err
	case !header.typeIn(v.typ):
		return judged{}, ErrType
	case !header.Algorithm.Known() || !slices.Contains(v.allowed, header.Algorithm):
		return judged{}, ErrAlgorithm
	}
	key, err := v.keys.find(header.KeyID, header.Algorithm)
	return judged{key, header.Algorithm}, err
}

func (v *Verifier) remember(head string, j judged) {
	v.mu.Lock()
	defer v.mu.Unlock()
	heads := *v.heads.Load()
	if len(heads) >= maxHeads {
		return
	}
	heads = maps.Clone(heads) // readers hold the old one
	heads[strings.Clone(head)] = j
	v.heads.Store(&heads)
}

// fits checks one signature by the standard library. The scheme is one for this kind of key: find saw to that.
func (k Key) fits(s scheme, input string, signature []byte) bool {
	if pub, is := k.Public.(ed25519.PublicKey); is {
		return ed25519.Verify(pub, []byte(input), signature)
	}
	sum := s.digest([]byte(input))
	switch pub := k.Public.(type) {
	case *rsa.PublicKey:
		if s.pss { // RFC 7518 section 3.5: the salt is as long as the hash
			return rsa.VerifyPSS(pub, s.hash, sum, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.hash}) == nil
		}
		return rsa.VerifyPKCS1v15(pub, s.hash, sum, signature) == nil
	case *ecdsa.PublicKey:
		size := (pub.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size { // RFC 7518 section 3.4: both numbers at full length, never DER
			return false
		}
		return ecdsa.VerifyASN1(pub, sum, signatureDER(signature[:size], signature[size:]))
	}
	return false
}

// digest is the hash that the signature covers; the three are spelled out because going by hash.Hash takes more memory.
func (s scheme) digest(input []byte) []byte {
	switch s.hash {
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512(input)
		return sum[:]
	}
	sum := sha256.Sum256(input)
	return sum[:]
}

// signatureDER writes r and s as the ASN.1 sequence that crypto/ecdsa reads (RFC 3279 section 2.2.3).
func signatureDER(r, s []byte) []byte {
	const most = 2*(2+1+66) + 3
	body := make([]byte, 3, most)
	body = appendInteger(body, r)
	body = appendInteger(body, s)
	length := len(body) - 3
	if length < 0x80 {
		body[1], body[2] = 0x30, byte(length)
		return body[1:]
	}
	body[0], body[1], body[2] = 0x30, 0x81, byte(length)
	return body
}

func appendInteger(to, number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	if number[0] >= 0x80 { // else it would be negative
		to = append(to, 0x02, byte(len(number)+1), 0)
	} else {
		to = append(to, 0x02, byte(len(number)))
	}
	return append(to, number...)
}
