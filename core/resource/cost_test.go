package resource

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// mostAllocations is what a JWT check may cost in memory, the middleware with it.
const mostAllocations = 25

// A JWT is checked without a network and with few allocations.
func TestACheckIsCheap(t *testing.T) {
	for _, alg := range []jose.Algorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		a := newAuthority(t)
		a.keys[0] = newSigner(t, alg)
		s, token := a.guard(), a.token(nil)
		handler := s.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), "read")
		r, w := bearer(token), httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatal(w.Code)
		}
		a.server.Close() // from here on there is no network
		check := testing.AllocsPerRun(200, func() {
			if _, err := s.CheckToken(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		})
		whole := testing.AllocsPerRun(200, func() { handler.ServeHTTP(w, r) })
		t.Logf("%s: %v allocations, %v with the middleware", alg, check, whole)
		if check > mostAllocations || whole > mostAllocations {
			t.Errorf("%s: %v allocations, %v with the middleware", alg, check, whole)
		}
		if n := a.fetches.Load(); n != 1 {
			t.Errorf("%s: %d fetches", alg, n)
		}
	}
}

// BenchmarkCheck takes turns between a whole check and the bare verification of a signature by the standard library, so that
// whatever else the machine does falls on both: x-bare is the one over the other, and at most 1.3.
func BenchmarkCheck(b *testing.B) {
	for _, alg := range []jose.Algorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		a := newAuthority(b)
		a.keys[0] = newSigner(b, alg)
		s, token := a.guard(), a.token(nil)
		verify := bare(b, alg)
		b.Run(string(alg), func(b *testing.B) {
			var whole, alone time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				if _, err := s.CheckToken(b.Context(), token); err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				if !verify() {
					b.Fatal("wrong signature")
				}
				whole, alone = whole+between.Sub(start), alone+time.Since(between)
			}
			b.ReportMetric(float64(whole.Nanoseconds())/float64(b.N), "check-ns")
			b.ReportMetric(float64(alone.Nanoseconds())/float64(b.N), "bare-ns")
			b.ReportMetric(float64(whole)/float64(alone), "x-bare")
		})
	}
}

// bare verifies one signature over as many bytes by the standard library alone.
func bare(b *testing.B, alg jose.Algorithm) func() bool {
	key, err := jose.Generate(alg)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 500)
	digest := sha256.Sum256(message)
	input, options := digest[:], crypto.SignerOpts(crypto.SHA256)
	if alg == jose.EdDSA {
		input, options = message, crypto.Hash(0)
	}
	signature, err := key.Sign(rand.Reader, input, options)
	if err != nil {
		b.Fatal(err)
	}
	switch pub := key.Public().(type) {
	case *ecdsa.PublicKey:
		return func() bool {
			sum := sha256.Sum256(message)
			return ecdsa.VerifyASN1(pub, sum[:], signature)
		}
	case *rsa.PublicKey:
		return func() bool {
			sum := sha256.Sum256(message)
			return rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], signature) == nil
		}
	case ed25519.PublicKey:
		return func() bool { return ed25519.Verify(pub, message, signature) }
	}
	b.Fatal("no such key")
	return nil
}

// BenchmarkIntrospectionKept is a request with an opaque token that was asked about a moment ago.
func BenchmarkIntrospectionKept(b *testing.B) {
	a := newAuthority(b)
	s := a.guard(introspecting, func(o *Options) { o.Issuers[0].Introspection.For = time.Minute })
	a.says("tok", active(""))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.CheckToken(b.Context(), "tok"); err != nil {
			b.Fatal(err)
		}
	}
}
