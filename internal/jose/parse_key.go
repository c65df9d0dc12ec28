package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

// rawKey holds the members of a JWK that are looked at. Certificates and their addresses are not.
type rawKey struct {
	Kty    string   `json:"kty"`
	Kid    string   `json:"kid"`
	Use    string   `json:"use"`
	Alg    string   `json:"alg"`
	KeyOps []string `json:"key_ops"`
	Crv    string   `json:"crv"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
}

// ParseKey reads one public JWK, such as the jwk header of a DPoP proof (RFC 9449 section 4.2) or a cnf claim. It gives
// ErrPrivateKey, ErrKey, ErrMalformed or ErrTooLarge.
func ParseKey(doc []byte) (Key, error) {
	if len(doc) > MaxToken {
		return Key{}, ErrTooLarge
	}
	if _, err := checkStrict(doc); err != nil {
		return Key{}, err
	}
	if err := checkNoPrivate(doc); err != nil {
		return Key{}, err
	}
	return parsePublic(doc)
}

// checkNoPrivate looks for the private members of RFC 7518 sections 6.2.2, 6.3.2 and 6.4, and of the newer AKP keys.
func checkNoPrivate(raw json.RawMessage) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil // not an object: it cannot be a key and will be left out
	}
	for _, name := range [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		if _, there := members[name]; there {
			return ErrPrivateKey
		}
	}
	var kty string
	if json.Unmarshal(members["kty"], &kty) == nil && kty == "oct" {
		return ErrPrivateKey
	}
	return nil
}

func parsePublic(raw json.RawMessage) (Key, error) {
	var r rawKey
	if err := StrictClaims(raw, &r); err != nil {
		return Key{}, err
	}
	if (r.Use != "" && r.Use != "sig") || (len(r.KeyOps) > 0 && !slices.Contains(r.KeyOps, "verify")) {
		return Key{}, fmt.Errorf("%w: not for signatures", ErrKey)
	}
	pub, err := r.public()
	if err != nil {
		return Key{}, err
	}
	if err := checkPublic(pub); err != nil {
		return Key{}, err
	}
	alg := Algorithm(r.Alg)
	if r.Alg == "Ed25519" { // the fully specified name of the same thing (RFC 9864)
		alg = EdDSA
	}
	if alg != "" && alg.scheme().family != familyOf(pub) {
		return Key{}, ErrAlgorithm
	}
	return Key{ID: r.Kid, Algorithm: alg, Public: pub}, nil
}

func (r rawKey) public() (crypto.PublicKey, error) {
	switch {
	case r.Kty == "RSA":
		return r.rsa()
	case r.Kty == "EC" && r.Crv == string(familyP256):
		return r.ec(elliptic.P256())
	case r.Kty == "EC" && r.Crv == string(familyP384):
		return r.ec(elliptic.P384())
	case r.Kty == "EC" && r.Crv == string(familyP521):
		return r.ec(elliptic.P521())
	case r.Kty == "OKP" && r.Crv == string(familyEd25519):
		x, err := decodeSegment(r.X)
		return ed25519.PublicKey(x), err
	}
	return nil, fmt.Errorf("%w: kind", ErrKey)
}

func (r rawKey) rsa() (crypto.PublicKey, error) {
	n, errN := decodeSegment(r.N)
	e, errE := decodeSegment(r.E)
	if errN != nil || errE != nil || len(n) > maxRSABits/8+1 || len(e) == 0 || len(e) > 4 {
		return nil, fmt.Errorf("%w: RSA members", ErrKey)
	}
	exponent := new(big.Int).SetBytes(e).Int64()
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
}

func (r rawKey) ec(curve elliptic.Curve) (crypto.PublicKey, error) {
	x, errX := decodeSegment(r.X)
	y, errY := decodeSegment(r.Y)
	size := (curve.Params().BitSize + 7) / 8
	if errX != nil || errY != nil || len(x) != size || len(y) != size { // RFC 7518 section 6.2.1.2: full length
		return nil, fmt.Errorf("%w: EC members", ErrKey)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, fmt.Errorf("%w: point", ErrKey)
	}
	return pub, nil
}

// strictBase64 refuses stray last bits.
var strictBase64 = base64.RawURLEncoding.Strict()

// decodeSegment takes base64url without padding, line breaks or stray last bits: one way to write each value.
func decodeSegment(segment string) ([]byte, error) {
	for i := range len(segment) {
		if segment[i] == '\n' || segment[i] == '\r' { // encoding/base64 would skip them
			return nil, ErrMalformed
		}
	}
	out, err := strictBase64.DecodeString(segment)
	if err != nil {
		return nil, ErrMalformed
	}
	return out, nil
}
