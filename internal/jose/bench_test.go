package jose

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
)

// BenchmarkSign compares a whole token with the bare signature under it.
func BenchmarkSign(b *testing.B) {
	payload := []byte(`{"iss":"https://id.example","sub":"` + strings.Repeat("x", 400) + `"}`)
	for _, alg := range []Algorithm{EdDSA, ES256, RS256} {
		s := testSigner(b, alg)
		b.Run(string(alg)+"/token", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign("at+jwt", payload); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(alg)+"/bare", func(b *testing.B) {
			b.ReportAllocs()
			digest := sha256.Sum256(payload)
			input, options := digest[:], crypto.SignerOpts(crypto.SHA256)
			if alg == EdDSA {
				input, options = payload, crypto.Hash(0)
			}
			for b.Loop() {
				if _, err := s.key.Sign(rand.Reader, input, options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	s := testSigner(b, ES256)
	set := setOf(b, s.Key())
	token, _ := s.Sign("at+jwt", []byte(`{"iss":"https://id.example"}`))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Verify(token, set, []Algorithm{ES256}, "at+jwt"); err != nil {
			b.Fatal(err)
		}
	}
}
