package handle

import (
	"bytes"
	"testing"
)

// A string that opens is, byte for byte, what minting its content gives.
func FuzzOpen(f *testing.F) {
	r := newRing(f, tenantA, newRoot)
	for k := None + 1; k < kindCount; k++ {
		if k.Sealed() {
			f.Add(uint8(k), seal1(f, r, k, []byte("x")))
			continue
		}
		f.Add(uint8(k), r.Mint(k, sample))
	}
	f.Add(uint8(Code), "")
	f.Add(uint8(Access), "kw_at_\n")
	f.Add(uint8(200), "kw_ac_AAAA")
	f.Fuzz(func(t *testing.T, kind uint8, s string) {
		k := Kind(kind)
		if c, err := r.Open(k, s); err == nil && r.Mint(k, c) != s {
			t.Errorf("%v: opened a second spelling %q", k, s)
		}
		if _, err := r.Unseal(k, s); err == nil && encoding.EncodedLen(encoding.DecodedLen(len(s)-k.head()))+k.head() != len(s) {
			t.Errorf("%v: unsealed a second spelling %q", k, s)
		}
		if got, ok := Shaped(s); ok && !got.valid() {
			t.Errorf("%q has no kind", s)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	r := newRing(f, tenantA, newRoot, oldRoot)
	f.Add([]byte("id"), uint64(1), []byte("random"))
	f.Fuzz(func(t *testing.T, id []byte, number uint64, random []byte) {
		c := Content{Number: number}
		copy(c.ID[:], id)
		copy(c.Random[:], random)
		if got, err := r.Open(Refresh, r.Mint(Refresh, c)); err != nil || got != c {
			t.Errorf("opened %v, %v", got, err)
		}
		if h, err := r.Seal(Access, random); err == nil {
			if got, err := r.Unseal(Access, h); err != nil || !bytes.Equal(got, random) {
				t.Errorf("unsealed %x, %v", got, err)
			}
		}
	})
}
