package handle

import (
	"runtime"
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

// A hundred refusals of a mebibyte each allocate less than one of them. (That
// Open allocates nothing at all is for the benchmark to show: the race detector
// empties pools at random.)
func TestHostileLengthCostsNoMemory(t *testing.T) {
	r := newRing(t, tenantA, newRoot)
	long, longSealed := "kw_ac_"+strings.Repeat("A", 1<<20), "kw_at_"+strings.Repeat("A", 1<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		_, err := r.Open(Code, long[:len("kw_ac_")+bodyLength-1]+"!")
		_, errLong := r.Open(Code, long)
		_, errSealed := r.Unseal(Access, longSealed)
		if err == nil || errLong == nil || errSealed == nil {
			t.Fatal("opened")
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n >= 1<<20 {
		t.Errorf("%d bytes were allocated", n)
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
