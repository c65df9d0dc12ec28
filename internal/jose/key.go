package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
)

// Limits on RSA keys, ours and those of others (RFC 7518 section 3.3 sets the lower one; the upper bounds the work).
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Generate makes a new private key for alg from the system's random source; RSA keys have 2048 bits. An unknown
// algorithm gives ErrAlgorithm.
func Generate(alg Algorithm) (crypto.Signer, error) {
	switch alg.scheme().family {
	case familyRSA:
		return rsa.GenerateKey(rand.Reader, minRSABits)
	case familyP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case familyP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case familyP521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case familyEd25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, ErrAlgorithm
}

// MarshalPrivate writes a private key as PKCS #8 DER. The bytes are secret: seal them before they are stored.
// A key that lives elsewhere, such as in a KMS, cannot be written and gives ErrKey.
func MarshalPrivate(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, ErrKey
	}
	return der, nil
}

// ParsePrivate reads what MarshalPrivate wrote. It gives ErrMalformed for anything that is not PKCS #8 and ErrKey for
// a key that Generate would not make.
func ParsePrivate(der []byte) (crypto.Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: not a PKCS #8 key", ErrMalformed)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, ErrKey
	}
	return key, checkPublic(key.Public())
}

// checkPublic refuses public keys that are weak or not what they say (RFC 8725 sections 3.4 and 3.5).
func checkPublic(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return checkRSA(k)
	case *ecdsa.PublicKey:
		if familyOf(k) == familyNone {
			return fmt.Errorf("%w: curve", ErrKey)
		}
		if _, err := k.Bytes(); err != nil { // fails for a point that is not on the curve
			return fmt.Errorf("%w: point", ErrKey)
		}
		return nil
	case ed25519.PublicKey:
		return checkEd25519(k)
	}
	return fmt.Errorf("%w: kind", ErrKey)
}

func checkRSA(k *rsa.PublicKey) error {
	bits := k.N.BitLen()
	switch {
	case bits < minRSABits || bits > maxRSABits:
		return fmt.Errorf("%w: RSA size", ErrKey)
	case k.N.Bit(0) == 0:
		return fmt.Errorf("%w: RSA modulus", ErrKey)
	case k.E < 3 || k.E%2 == 0 || int64(k.E) > 1<<31-1:
		return fmt.Errorf("%w: RSA exponent", ErrKey)
	}
	return nil
}

// checkEd25519 decodes the point as RFC 8032 section 5.1.3 does and refuses what is off the curve, written in more than
// one way, or of small order: under such a key one signature fits many messages.
func checkEd25519(k ed25519.PublicKey) error {
	if len(k) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: Ed25519 length", ErrKey)
	}
	be := make([]byte, len(k))
	for i, b := range k {
		be[len(k)-1-i] = b
	}
	be[0] &= 0x7f // the sign of x
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	y := new(big.Int).SetBytes(be)
	if y.Cmp(p) >= 0 {
		return fmt.Errorf("%w: Ed25519 encoding", ErrKey)
	}
	// -x² + y² = 1 + d·x²·y² with d = -121665/121666. Hence x² = u/v with u = y²-1 and v = d·y²+1, which has a root
	// if and only if u·v has one; v is never zero.
	one := big.NewInt(1)
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	y2 := new(big.Int).Mul(y, y)
	y2.Mod(y2, p)
	u := new(big.Int).Sub(y2, one)
	v := new(big.Int).Mul(d, y2)
	v.Add(v, one)
	uv := new(big.Int).Mul(u, v)
	if big.Jacobi(uv.Mod(uv, p), p) < 0 {
		return fmt.Errorf("%w: Ed25519 point", ErrKey)
	}
	// Small order: y is 0 or ±1 (orders 4, 1, 2), or d·y⁴ + 2·y² - 1 = 0 (order 8).
	w := new(big.Int).Mul(d, y2)
	w.Add(w, big.NewInt(2)).Mul(w, y2).Sub(w, one).Mod(w, p)
	if y.Sign() == 0 || y2.Cmp(one) == 0 || w.Sign() == 0 {
		return fmt.Errorf("%w: Ed25519 order", ErrKey)
	}
	return nil
}
