package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// JWK is one public JSON Web Key, as bytes ready to be served (RFC 7517).
type JWK = json.RawMessage

// publicMembers are the members of a public key in the order of their names, which is the order RFC 7638 hashes them in.
type publicMembers struct {
	Crv string `json:"crv,omitempty"`
	E   string `json:"e,omitempty"`
	Kty string `json:"kty"`
	N   string `json:"n,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
}

func membersOf(pub crypto.PublicKey) (publicMembers, error) {
	if err := checkPublic(pub); err != nil {
		return publicMembers{}, err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return publicMembers{Kty: "RSA", N: b64(k.N.Bytes()), E: b64(big.NewInt(int64(k.E)).Bytes())}, nil
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // 0x04, then both coordinates at full length (RFC 7518 section 6.2.1.2)
		if err != nil {
			return publicMembers{}, ErrKey
		}
		half := (len(point) - 1) / 2
		return publicMembers{Kty: "EC", Crv: string(familyOf(k)), X: b64(point[1 : 1+half]), Y: b64(point[1+half:])}, nil
	case ed25519.PublicKey:
		return publicMembers{Kty: "OKP", Crv: "Ed25519", X: b64(k)}, nil
	}
	return publicMembers{}, ErrKey
}

// KeyID is the SHA-256 thumbprint of a public key, base64url (RFC 7638; RFC 8037 appendix A.3 for Ed25519). The same
// key always has the same one.
func KeyID(pub crypto.PublicKey) (string, error) {
	members, err := membersOf(pub)
	if err != nil {
		return "", err
	}
	canonical, err := json.Marshal(members)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// PublicJWK describes a public key for signatures with alg: kty and its members, kid, use and alg. It gives
// ErrAlgorithm if the two do not go together.
func PublicJWK(alg Algorithm, kid string, pub crypto.PublicKey) (JWK, error) {
	members, err := membersOf(pub)
	if err != nil {
		return nil, err
	}
	if alg.scheme().family != familyOf(pub) {
		return nil, ErrAlgorithm
	}
	return json.Marshal(struct {
		publicMembers
		Kid string    `json:"kid"`
		Use string    `json:"use"`
		Alg Algorithm `json:"alg"`
	}{members, kid, "sig", alg})
}

// JWKS joins keys into a JWK Set (RFC 7517 section 5), in their order. A key given twice appears once.
func JWKS(keys ...JWK) []byte {
	var out bytes.Buffer
	out.WriteString(`{"keys":[`)
	written := make(map[string]bool, len(keys))
	for _, key := range keys {
		if written[string(key)] {
			continue
		}
		if len(written) > 0 {
			out.WriteByte(',')
		}
		written[string(key)] = true
		out.Write(key)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}
