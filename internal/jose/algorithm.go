package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
)

// Algorithm is a JWS algorithm name (RFC 7518 section 3.1, RFC 8037 section 3.1). The zero value names none.
type Algorithm string

// The algorithms that can be signed with and verified. There is neither "none" nor any symmetric one.
const (
	EdDSA Algorithm = "EdDSA"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	RS256 Algorithm = "RS256"
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	PS256 Algorithm = "PS256"
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
)

// family is the kind of key an algorithm needs; for elliptic curves it is the curve, since ES256 means P-256 alone.
type family string

const (
	familyNone    family = ""
	familyRSA     family = "RSA"
	familyP256    family = "P-256"
	familyP384    family = "P-384"
	familyP521    family = "P-521"
	familyEd25519 family = "Ed25519"
)

// scheme is what an algorithm name stands for.
type scheme struct {
	family family
	hash   crypto.Hash // what the signature covers, and the hash of at_hash and c_hash
	pss    bool
}

func (a Algorithm) scheme() scheme {
	switch a {
	case EdDSA:
		return scheme{family: familyEd25519, hash: crypto.SHA512}
	case ES256:
		return scheme{family: familyP256, hash: crypto.SHA256}
	case ES384:
		return scheme{family: familyP384, hash: crypto.SHA384}
	case ES512:
		return scheme{family: familyP521, hash: crypto.SHA512}
	case RS256:
		return scheme{family: familyRSA, hash: crypto.SHA256}
	case RS384:
		return scheme{family: familyRSA, hash: crypto.SHA384}
	case RS512:
		return scheme{family: familyRSA, hash: crypto.SHA512}
	case PS256:
		return scheme{family: familyRSA, hash: crypto.SHA256, pss: true}
	case PS384:
		return scheme{family: familyRSA, hash: crypto.SHA384, pss: true}
	case PS512:
		return scheme{family: familyRSA, hash: crypto.SHA512, pss: true}
	}
	return scheme{}
}

// Known reports whether the algorithm is one that this package signs and verifies.
func (a Algorithm) Known() bool { return a.scheme().family != familyNone }

// familyOf says which kind a public key is, or familyNone.
func familyOf(pub crypto.PublicKey) family {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return familyRSA
	case *ecdsa.PublicKey:
		switch f := family(k.Curve.Params().Name); f {
		case familyP256, familyP384, familyP521:
			return f
		}
	case ed25519.PublicKey:
		return familyEd25519
	}
	return familyNone
}

// LeftHalfHash is the value of at_hash or c_hash for an ID token signed with alg: the left half of the hash that alg
// uses, base64url (OpenID Connect Core section 3.1.3.6). EdDSA with Ed25519 uses SHA-512. An unknown algorithm gives "".
func LeftHalfHash(alg Algorithm, value string) string {
	if !alg.Known() {
		return ""
	}
	var token [1 << 10]byte // longer ones are copied to the heap
	var room [sha512.Size]byte
	sum := appendSum(room[:0], alg.scheme().hash, append(token[:0], value...))
	var text [sha512.Size]byte
	return string(base64.RawURLEncoding.AppendEncode(text[:0], sum[:len(sum)/2]))
}

// appendSum appends the hash of input to dst. hash.Hash would cost an object for each token.
func appendSum(dst []byte, h crypto.Hash, input []byte) []byte {
	switch h {
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return append(dst, sum[:]...)
	case crypto.SHA512:
		sum := sha512.Sum512(input)
		return append(dst, sum[:]...)
	}
	sum := sha256.Sum256(input)
	return append(dst, sum[:]...)
}

// What can be wrong with a token or a key. The text never repeats input.
var (
	// ErrMalformed: not three base64url segments, or JSON that is not one strict object.
	ErrMalformed = errors.New("jose: malformed")
	// ErrTooLarge: longer than the limit; nothing was parsed.
	ErrTooLarge = errors.New("jose: too large")
	// ErrHeader: a header parameter that is not supported: crit, b64 or zip.
	ErrHeader = errors.New("jose: unsupported header parameter")
	// ErrAlgorithm: the algorithm is not allowed here, or does not go with the key.
	ErrAlgorithm = errors.New("jose: algorithm not allowed")
	// ErrType: the typ header is not one the caller expects.
	ErrType = errors.New("jose: wrong typ")
	// ErrUnknownKey: no key of the set fits. A caller that fetched the set may fetch it anew.
	ErrUnknownKey = errors.New("jose: no such key")
	// ErrSignature: the signature is wrong.
	ErrSignature = errors.New("jose: wrong signature")
	// ErrTime: expired, not valid yet, or without an end.
	ErrTime = errors.New("jose: not valid now")
	// ErrKey: a key that may not be used: too small, too large, off its curve, of an unknown kind.
	ErrKey = errors.New("jose: key refused")
	// ErrPrivateKey: a private or symmetric key where only public ones belong.
	ErrPrivateKey = errors.New("jose: private or symmetric key in a public key set")
)
