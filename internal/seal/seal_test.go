package seal

import (
	"bytes"
	"crypto/sha3"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func newKey(t testing.TB, fill byte) *Key {
	t.Helper()
	var raw [32]byte
	for i := range raw {
		raw[i] = fill
	}
	k, err := New(raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The two published vectors differ in the top bit of the CMAC subkey.
func TestVectorsOfTheSpecification(t *testing.T) {
	for _, v := range []struct {
		fill           byte
		additional, ct string
	}{
		{0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		k := newKey(t, v.fill)
		nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
		got := k.seal(nil, nonce, []byte("XAES-256-GCM"), []byte(v.additional))
		if hex.EncodeToString(got) != v.ct {
			t.Errorf("key %x: sealed %x, want %s", v.fill, got, v.ct)
		}
		plain, err := k.Open(nil, append(nonce, got...), []byte(v.additional))
		if err != nil || string(plain) != "XAES-256-GCM" {
			t.Errorf("key %x: opened %q, %v", v.fill, plain, err)
		}
	}
}

// The accumulated test of the specification: ten thousand random messages,
// all ciphertexts hashed.
func TestAccumulatedVectorOfTheSpecification(t *testing.T) {
	random, sum := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	draw := func(n int) []byte {
		b := make([]byte, n)
		_, _ = random.Read(b)
		return b
	}
	for range 10_000 {
		k, err := New([32]byte(draw(32)))
		if err != nil {
			t.Fatal(err)
		}
		nonce := draw(nonceSize)
		plaintext := draw(int(draw(1)[0]))
		additional := draw(int(draw(1)[0]))
		_, _ = sum.Write(k.seal(nil, nonce, plaintext, additional))
	}
	var got [32]byte
	_, _ = sum.Read(got[:])
	const want = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("got %x, want %s", got, want)
	}
}

func TestOpenRefusesEveryChange(t *testing.T) {
	k, additional := newKey(t, 7), []byte("tenant and kind")
	sealed := k.Seal(nil, []byte("a small secret"), additional)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open(nil, bad, additional); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := k.Open(nil, sealed[:n], additional); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := k.Open(nil, append(sealed, 0), additional); !errors.Is(err, ErrOpen) {
		t.Errorf("extended: %v", err)
	}
	if _, err := k.Open(nil, sealed, []byte("other")); !errors.Is(err, ErrOpen) {
		t.Errorf("other additional data: %v", err)
	}
	if _, err := newKey(t, 8).Open(nil, sealed, additional); !errors.Is(err, ErrOpen) {
		t.Errorf("other key: %v", err)
	}
}

func TestSealAppendsAndNeverRepeats(t *testing.T) {
	k := newKey(t, 7)
	a := k.Seal([]byte("head"), nil, nil)
	b := k.Seal([]byte("head"), nil, nil)
	if !bytes.HasPrefix(a, []byte("head")) || len(a) != 4+Overhead {
		t.Errorf("sealed %x", a)
	}
	if bytes.Equal(a, b) {
		t.Error("two messages have one nonce")
	}
	plain, err := k.Open([]byte("front "), k.Seal(nil, []byte("back"), nil), nil)
	if err != nil || string(plain) != "front back" {
		t.Errorf("opened %q, %v", plain, err)
	}
}

func TestKeyPrintsNothing(t *testing.T) {
	k := newKey(t, 7)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "seal.Key(hidden)" {
			t.Errorf("%s printed %q", verb, got)
		}
	}
	if got := fmt.Sprint(struct{ K *Key }{k}); strings.Contains(got, hex.EncodeToString(k.subkey[:4])) {
		t.Errorf("nested key printed %q", got)
	}
}

func FuzzOpen(f *testing.F) {
	k := newKey(f, 7)
	f.Add(k.Seal(nil, []byte("x"), []byte("a")), []byte("a"))
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, Overhead), []byte(nil))
	f.Fuzz(func(t *testing.T, sealed, additional []byte) {
		plain, err := k.Open(nil, sealed, additional)
		if err == nil && !bytes.Equal(k.seal(nil, sealed[:nonceSize], plain, additional), sealed[nonceSize:]) {
			t.Error("opened what it would not seal")
		}
		again, err := k.Open(nil, k.Seal(nil, sealed, additional), additional)
		if err != nil || !bytes.Equal(again, sealed) {
			t.Errorf("round trip: %v", err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k, plaintext, additional := newKey(b, 7), make([]byte, 120), make([]byte, 20)
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		k.Seal(dst, plaintext, additional)
	}
}

func BenchmarkOpen(b *testing.B) {
	k, additional := newKey(b, 7), make([]byte, 20)
	sealed := k.Seal(nil, make([]byte, 120), additional)
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(dst, sealed, additional); err != nil {
			b.Fatal(err)
		}
	}
}
