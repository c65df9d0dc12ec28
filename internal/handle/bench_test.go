package handle

import (
	"strings"
	"sync"
	"testing"
)

func TestRingServesManyAtOnce(t *testing.T) {
	r := newRing(t, tenantA, newRoot, oldRoot)
	want, key := r.Mint(Code, sample), r.Derive("csrf")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				c, err := r.Open(Code, want)
				if err != nil || c != sample || r.Mint(Code, c) != want || r.Derive("csrf") != key {
					t.Error("goroutines disturb each other")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestOpenAllocatesNothing(t *testing.T) {
	r := newRing(t, tenantA, newRoot)
	good := r.Mint(Code, sample)
	for _, s := range []string{good, good[:len(good)-1] + "!", "kw_ac_" + strings.Repeat("A", 1<<20)} {
		if n := testing.AllocsPerRun(100, func() { _, _ = r.Open(Code, s) }); n >= 1 {
			t.Errorf("%v allocations for %d bytes", n, len(s))
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = r.Unseal(Access, "kw_at_"+good) }); n > 8 {
		t.Errorf("%v allocations to refuse a sealed handle", n)
	}
}

func BenchmarkMint(b *testing.B) {
	r := newRing(b, tenantA, newRoot)
	b.ReportAllocs()
	for b.Loop() {
		r.Mint(Code, sample)
	}
}

func BenchmarkOpen(b *testing.B) {
	r := newRing(b, tenantA, newRoot)
	h := r.Mint(Code, sample)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Open(Code, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	r, plaintext := newRing(b, tenantA, newRoot), make([]byte, 120)
	b.ReportAllocs()
	for b.Loop() {
		seal1(b, r, Access, plaintext)
	}
}

func BenchmarkUnseal(b *testing.B) {
	r := newRing(b, tenantA, newRoot)
	h := seal1(b, r, Access, make([]byte, 120))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Unseal(Access, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	r, part := newRing(b, tenantA, newRoot), []byte("a session's id")
	b.ReportAllocs()
	for b.Loop() {
		r.Derive("csrf", part)
	}
}

func BenchmarkNewRing(b *testing.B) {
	for b.Loop() {
		newRing(b, tenantA, newRoot, oldRoot)
	}
}
