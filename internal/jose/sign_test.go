package jose

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
)

var everyAlgorithm = []Algorithm{EdDSA, ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512}

// testSigner makes a signer with a new key, named by its thumbprint.
func testSigner(t testing.TB, alg Algorithm) *Signer {
	t.Helper()
	key, err := Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(alg, "", key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func setOf(t testing.TB, keys ...Key) KeySet {
	t.Helper()
	set, err := NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestJO01_everyAlgorithmSignsWhatGoJoseAccepts(t *testing.T) {
	payload := []byte(`{"iss":"https://id.example","sub":"a"}`)
	for _, alg := range everyAlgorithm {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			s := testSigner(t, alg)
			for _, typ := range []string{"", "at+jwt", "something+jwt"} {
				token, err := s.Sign(typ, payload)
				if err != nil {
					t.Fatal(err)
				}
				crossCheck(t, s, token, payload)
				got, header, err := Verify(token, setOf(t, s.Key()), everyAlgorithm, typ)
				if err != nil || !bytes.Equal(got, payload) {
					t.Fatalf("Verify: %v", err)
				}
				if header.Algorithm != alg || header.KeyID != s.KeyID() || header.Type != typ {
					t.Errorf("header = %+v", header)
				}
			}
		})
	}
}

func crossCheck(t testing.TB, s *Signer, token string, payload []byte) {
	t.Helper()
	var jwk gojose.JSONWebKey
	if err := json.Unmarshal(s.JWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	jws, err := gojose.ParseSignedCompact(token, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(s.Algorithm())})
	if err != nil {
		t.Fatal(err)
	}
	got, err := jws.Verify(jwk)
	if err != nil || !bytes.Equal(got, payload) {
		t.Fatalf("go-jose refuses: %v", err)
	}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := KeyID(jwk.Key); err != nil || id != b64url(thumbprint) || id != s.KeyID() {
		t.Errorf("KeyID = %q, %v", id, err)
	}
}

func TestPrivateKeysSurviveStorage(t *testing.T) {
	for _, alg := range []Algorithm{EdDSA, ES256, RS256} {
		key, err := Generate(alg)
		if err != nil {
			t.Fatal(err)
		}
		der, err := MarshalPrivate(key)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePrivate(der)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := KeyID(key.Public())
		if b, _ := KeyID(again.Public()); a != b || a == "" {
			t.Errorf("%s: another key came back", alg)
		}
		if _, err := ParsePrivate(der[:len(der)-3]); err == nil {
			t.Errorf("%s: a cut key was accepted", alg)
		}
	}
	if _, err := Generate("none"); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("Generate(none): %v", err)
	}
}

func TestNewSignerRefusesAKeyOfAnotherKind(t *testing.T) {
	ed, _ := Generate(EdDSA)
	p256, _ := Generate(ES256)
	for _, c := range []struct {
		alg Algorithm
		key crypto.Signer
	}{{ES256, ed}, {EdDSA, p256}, {ES384, p256}, {RS256, p256}, {"none", ed}, {"HS256", ed}, {"", ed}} {
		if _, err := NewSigner(c.alg, "k", c.key); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%q with %T: %v", c.alg, c.key, err)
		}
	}
}

func TestThreat_JWT21_publishedKeysArePublicAndDescribed(t *testing.T) {
	var keys []JWK
	for _, alg := range []Algorithm{EdDSA, ES256, RS256} {
		jwk := testSigner(t, alg).JWK()
		keys = append(keys, jwk, jwk)
	}
	doc := JWKS(keys...)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(doc, &set); err != nil || len(set.Keys) != 3 {
		t.Fatalf("%v: %s", err, doc)
	}
	seen := map[string]bool{}
	for _, key := range set.Keys {
		if key["kid"] == "" || seen[key["kid"]] || key["use"] != "sig" || key["alg"] == "" || key["d"] != "" {
			t.Errorf("key = %v", key)
		}
		seen[key["kid"]] = true
	}
	if parsed, err := ParseKeySet(doc); err != nil || parsed.Len() != 3 {
		t.Errorf("our own set does not parse: %v", err)
	}
	if got := string(JWKS()); got != `{"keys":[]}` {
		t.Errorf("empty set = %s", got)
	}
}

func TestThreat_JWT20_leftHalfHash(t *testing.T) {
	// The first value is the example of OpenID Connect Core appendix A.3 and A.4.
	if got := LeftHalfHash(RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); got != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Errorf("RS256: %s", got)
	}
	for alg, length := range map[Algorithm]int{ES256: 22, ES384: 32, RS512: 43, EdDSA: 43, "none": 0} {
		if got := LeftHalfHash(alg, "x"); len(got) != length {
			t.Errorf("%s: %d characters", alg, len(got))
		}
	}
}

func FuzzSign(f *testing.F) {
	signers := []*Signer{testSigner(f, ES256), testSigner(f, EdDSA), testSigner(f, ES384)}
	f.Add("at+jwt", []byte(`{}`))
	f.Add("", []byte{})
	f.Add("\"<\x00é", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, typ string, payload []byte) {
		for _, s := range signers {
			token, err := s.Sign(typ, payload)
			if err != nil {
				t.Fatal(err)
			}
			crossCheck(t, s, token, payload)
		}
	})
}

func TestDERIsReadStrictly(t *testing.T) {
	for _, der := range []string{
		"", "\x30", "\x30\x00", "\x30\x03\x02\x01\x01", "\x31\x06\x02\x01\x01\x02\x01\x01", "\x30\x80",
		"\x30\x06\x02\x01\x01\x02\x01\x01\x00", "\x30\x07\x02\x01\x01\x02\x01\x01\x00", "\x30\x06\x02\x01\x01\x02\x7f\x01",
		"\x30\x26\x02\x21" + strings.Repeat("\x01", 33) + "\x02\x01\x01",
	} {
		if _, ok := rawFromDER([]byte(der), 32); ok {
			t.Errorf("%q accepted", der)
		}
	}
	raw, ok := rawFromDER([]byte("\x30\x06\x02\x01\x05\x02\x01\x07"), 2)
	if !ok || string(raw) != "\x00\x05\x00\x07" {
		t.Errorf("raw = %x, %v", raw, ok)
	}
}
