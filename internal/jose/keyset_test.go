package jose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
)

// rsaJWK has a modulus of ones, which is no product of primes but looks like one.
func rsaJWK(bits int, e string) string {
	n := bytes.Repeat([]byte{0xff}, bits/8)
	return `{"kty":"RSA","n":"` + b64url(n) + `","e":"` + e + `"}`
}

func okpJWK(t *testing.T, hexX string) string {
	t.Helper()
	x, err := hex.DecodeString(hexX)
	if err != nil {
		t.Fatal(err)
	}
	return `{"kty":"OKP","crv":"Ed25519","x":"` + b64url(x) + `"}`
}

func ecJWK(crv string, x, y []byte) string {
	return `{"kty":"EC","crv":"` + crv + `","x":"` + b64url(x) + `","y":"` + b64url(y) + `"}`
}

func TestThreat_JWT15_weakKeysAreLeftOut(t *testing.T) {
	good := string(testSigner(t, ES256).JWK())
	zeros := strings.Repeat("00", 31)
	for name, key := range map[string]string{
		"RSA 1024":           rsaJWK(1024, "AQAB"),
		"RSA 16384":          rsaJWK(16384, "AQAB"),
		"exponent 1":         rsaJWK(2048, "AQ"),
		"exponent 2":         rsaJWK(2048, "Ag"),
		"exponent even":      rsaJWK(2048, "AQAA"),
		"exponent 2^32-1":    rsaJWK(2048, "_____w"),
		"exponent 5 bytes":   rsaJWK(2048, "AQAAAAE"),
		"no exponent":        rsaJWK(2048, ""),
		"off curve":          ecJWK("P-256", make([]byte, 32), append(make([]byte, 31), 1)),
		"infinity":           ecJWK("P-256", nil, nil),
		"short coordinate":   ecJWK("P-256", make([]byte, 31), make([]byte, 32)),
		"wrong curve length": ecJWK("P-384", make([]byte, 32), make([]byte, 32)),
		"secp256k1":          ecJWK("secp256k1", make([]byte, 32), make([]byte, 32)),
		"Ed25519 identity":   okpJWK(t, "01"+zeros),
		"Ed25519 order 2":    okpJWK(t, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"Ed25519 order 4":    okpJWK(t, "00"+zeros),
		"Ed25519 order 4 -":  okpJWK(t, zeros+"0080"),
		"Ed25519 order 8":    okpJWK(t, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
		"Ed25519 order 8 b":  okpJWK(t, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
		"Ed25519 p+1":        okpJWK(t, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"Ed25519 off curve":  okpJWK(t, "02"+zeros),
		"Ed25519 short":      okpJWK(t, "0102"),
		"X25519":             `{"kty":"OKP","crv":"X25519","x":"` + b64url(make([]byte, 32)) + `"}`,
		"AKP":                `{"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA"}`,
		"for encryption":     strings.Replace(good, `"use":"sig"`, `"use":"enc"`, 1),
		"only to sign":       strings.Replace(good, `"use":"sig"`, `"key_ops":["sign"]`, 1),
		"alg of another":     strings.Replace(good, `"alg":"ES256"`, `"alg":"RS256"`, 1),
		"kid a number":       `{"kty":"EC","kid":7}`,
		"not an object":      `"key"`,
		"null":               `null`,
		"unknown":            `{"kty":"FUTURE"}`,
	} {
		set, err := ParseKeySet([]byte(`{"keys":[` + key + `,` + good + `]}`))
		if err != nil || set.Len() != 1 {
			t.Errorf("%s: %d keys, %v; want the good one alone", name, set.Len(), err)
		}
		if _, err := ParseKey([]byte(key)); err == nil {
			t.Errorf("%s: ParseKey accepted it", name)
		}
	}
}

func TestOR03_privateKeysAreRefused(t *testing.T) {
	good := string(testSigner(t, ES256).JWK())
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		private := strings.Replace(good, `{`, `{"`+member+`":"AAAA",`, 1)
		if _, err := ParseKeySet([]byte(`{"keys":[` + good + `,` + private + `]}`)); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s in a set: %v", member, err)
		}
		if _, err := ParseKey([]byte(private)); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s in a key: %v", member, err)
		}
	}
	if _, err := ParseKeySet([]byte(`{"keys":[{"kty":"oct"}]}`)); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("symmetric: %v", err)
	}
}

func TestKeySetDocuments(t *testing.T) {
	good := string(testSigner(t, EdDSA).JWK())
	for name, c := range map[string]struct {
		doc  string
		want error
		keys int
	}{
		"one":            {`{"keys":[` + good + `]}`, nil, 1},
		"none":           {`{"keys":[]}`, nil, 0},
		"full name":      {`{"keys":[` + strings.Replace(good, `"alg":"EdDSA"`, `"alg":"Ed25519"`, 1) + `]}`, nil, 1},
		"certificates":   {`{"keys":[` + strings.Replace(good, `{`, `{"x5c":["!"],"x5u":"a",`, 1) + `]}`, nil, 1},
		"no keys":        {`{}`, ErrMalformed, 0},
		"keys null":      {`{"keys":null}`, ErrMalformed, 0},
		"keys an object": {`{"keys":{}}`, ErrMalformed, 0},
		"a list":         {`[]`, ErrMalformed, 0},
		"repeated":       {`{"keys":[],"keys":[]}`, ErrMalformed, 0},
		"empty":          {``, ErrMalformed, 0},
		"too many":       {`{"keys":[1` + strings.Repeat(`,1`, 100) + `]}`, ErrTooLarge, 0},
		"too long":       {`{"keys":[]}` + strings.Repeat(" ", 64<<10), ErrTooLarge, 0},
	} {
		set, err := ParseKeySet([]byte(c.doc))
		if !errors.Is(err, c.want) || set.Len() != c.keys {
			t.Errorf("%s: %d keys, %v", name, set.Len(), err)
		}
	}
}

func TestThreat_JWT17_sameKidWithAnotherAlgorithm(t *testing.T) {
	a, b := testSigner(t, ES256), testSigner(t, EdDSA)
	ka, kb := a.Key(), b.Key()
	ka.ID, kb.ID = "1", "1"
	set := setOf(t, ka, kb)
	for _, s := range []*Signer{a, b} {
		token := forged(t, s, `{"alg":"`+string(s.Algorithm())+`","kid":"1"}`)
		if _, _, err := Verify(token, set, everyAlgorithm); err != nil {
			t.Errorf("%s: %v", s.Algorithm(), err)
		}
	}
}

func TestNewKeySetChecksItsKeys(t *testing.T) {
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // no other way makes a point off the curve
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), nil)
	for name, pub := range map[string]any{
		"small": &rsa.PublicKey{N: big.NewInt(35), E: 3}, "off": off, "nil": nil, "string": "key",
		"ed": ed25519.PublicKey{1}, "P-224": p224.Public(),
	} {
		if _, err := NewKeySet(Key{Public: pub}); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewKeySet(Key{Algorithm: RS256, Public: testSigner(t, ES256).public}); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("mismatch: %v", err)
	}
}

func FuzzParseKeySet(f *testing.F) {
	for _, alg := range []Algorithm{EdDSA, ES256, RS256} {
		f.Add([]byte(`{"keys":[` + string(testSigner(f, alg).JWK()) + `]}`))
	}
	f.Add([]byte(`{"keys":[null,1,"a",{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		set, err := ParseKeySet(doc)
		if err != nil {
			return
		}
		for _, key := range set.Keys() {
			alg := key.Algorithm
			for _, candidate := range everyAlgorithm {
				if alg == "" && candidate.scheme().family == familyOf(key.Public) {
					alg = candidate
				}
			}
			jwk, err := PublicJWK(alg, key.ID, key.Public)
			if err != nil {
				t.Fatalf("accepted but cannot be published: %v", err)
			}
			var other gojose.JSONWebKey
			if err := json.Unmarshal(jwk, &other); err != nil || !other.IsPublic() || !other.Valid() {
				t.Fatalf("go-jose refuses %s: %v", jwk, err)
			}
		}
	})
}
