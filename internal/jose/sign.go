package jose

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Signer makes compact JWS with one key and one algorithm. It is safe for use by many goroutines and holds no lock.
type Signer struct {
	alg    Algorithm
	scheme scheme
	kid    string
	key    crypto.Signer
	public crypto.PublicKey
	jwk    JWK
	heads  map[string]string // typ to protected header with its dot, for the kinds below; never written after NewSigner
}

// preparedTypes are the kinds of token whose header is made once. Any other typ works too and costs a microsecond more.
var preparedTypes = [...]string{
	"", "JWT", "at+jwt", "logout+jwt", "token-introspection+jwt", "secevent+jwt", "oauth-authz-req+jwt",
}

// NewSigner prepares a signer. The key may live elsewhere (KMS, HSM): only its Public and Sign methods are used. An empty kid
// is replaced by the key's thumbprint. It gives ErrAlgorithm if alg and key do not go together, ErrKey for a weak key.
func NewSigner(alg Algorithm, kid string, key crypto.Signer) (*Signer, error) {
	if !alg.Known() {
		return nil, ErrAlgorithm
	}
	pub := key.Public()
	if kid == "" {
		thumbprint, err := KeyID(pub)
		if err != nil {
			return nil, err
		}
		kid = thumbprint
	}
	jwk, err := PublicJWK(alg, kid, pub)
	if err != nil {
		return nil, err
	}
	s := &Signer{alg: alg, scheme: alg.scheme(), kid: kid, key: key, public: pub, jwk: jwk}
	s.heads = make(map[string]string, len(preparedTypes))
	for _, typ := range preparedTypes {
		head, err := s.header(typ)
		if err != nil {
			return nil, err
		}
		s.heads[typ] = head
	}
	return s, nil
}

// Algorithm is the algorithm this signer signs with.
func (s *Signer) Algorithm() Algorithm { return s.alg }

// KeyID is the kid in the header of every token of this signer.
func (s *Signer) KeyID() string { return s.kid }

// JWK is the public key, to be published. The caller must not change its bytes.
func (s *Signer) JWK() JWK { return s.jwk }

// Key is the public key as a member of a KeySet, so that a provider can verify what it signed.
func (s *Signer) Key() Key { return Key{ID: s.kid, Algorithm: s.alg, Public: s.public} }

func (s *Signer) header(typ string) (string, error) {
	head, err := json.Marshal(struct {
		Alg Algorithm `json:"alg"`
		Kid string    `json:"kid"`
		Typ string    `json:"typ,omitempty"`
	}{s.alg, s.kid, typ})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(head) + ".", nil
}

// Sign returns the compact JWS of payload (RFC 7515 section 7.1) with the header alg, kid and, unless empty, typ. The
// payload is signed as it is. An error means that the key could not sign, for which a local key gives no reason.
func (s *Signer) Sign(typ string, payload []byte) (string, error) {
	head, ok := s.heads[typ]
	if !ok {
		made, err := s.header(typ)
		if err != nil {
			return "", err
		}
		head = made
	}
	b64 := base64.RawURLEncoding
	var room [1 << 10]byte // longer tokens grow out of it
	token := append(room[:0], head...)
	token = b64.AppendEncode(token, payload)
	signature, err := s.signature(token)
	if err != nil {
		return "", err
	}
	token = append(token, '.')
	return string(b64.AppendEncode(token, signature)), nil
}

func (s *Signer) signature(input []byte) ([]byte, error) {
	if s.scheme.family == familyEd25519 {
		return s.key.Sign(rand.Reader, bytes.Clone(input), crypto.Hash(0)) // whose key may keep it
	}
	digest := appendSum(make([]byte, 0, s.scheme.hash.Size()), s.scheme.hash, input)
	var options crypto.SignerOpts = s.scheme.hash
	if s.scheme.pss {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.scheme.hash}
	}
	signature, err := s.key.Sign(rand.Reader, digest, options)
	if err != nil || s.scheme.family == familyRSA {
		return signature, err
	}
	raw, ok := rawFromDER(signature, coordinateLen(s.scheme.family))
	if !ok {
		return nil, fmt.Errorf("%w: the signer did not return an ECDSA signature", ErrSignature)
	}
	return raw, nil
}

func coordinateLen(f family) int {
	switch f {
	case familyP256:
		return 32
	case familyP384:
		return 48
	case familyP521:
		return 66
	}
	return 0
}

// rawFromDER turns SEQUENCE { r INTEGER, s INTEGER } into r and s at full length, as RFC 7518 section 3.4 wants them.
func rawFromDER(der []byte, size int) ([]byte, bool) {
	body, rest, ok := derElement(der, 0x30)
	if !ok || len(rest) != 0 {
		return nil, false
	}
	out := make([]byte, 2*size)
	for i := range 2 {
		var number []byte
		if number, body, ok = derElement(body, 0x02); !ok {
			return nil, false
		}
		for len(number) > 0 && number[0] == 0 {
			number = number[1:]
		}
		if len(number) > size {
			return nil, false
		}
		copy(out[(i+1)*size-len(number):], number)
	}
	return out, len(body) == 0
}

// derElement reads one element of up to 255 bytes, which any ECDSA signature is.
func derElement(der []byte, tag byte) (body, rest []byte, ok bool) {
	if len(der) < 2 || der[0] != tag {
		return nil, nil, false
	}
	length, der := int(der[1]), der[2:]
	if length == 0x81 && len(der) > 0 {
		length, der = int(der[0]), der[1:]
	} else if length >= 0x80 {
		return nil, nil, false
	}
	if length > len(der) {
		return nil, nil, false
	}
	return der[:length], der[length:], true
}
