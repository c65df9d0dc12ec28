package keys

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// watched counts the readings of the key store, and fails them while it is told to.
type watched struct {
	core.KeyStore
	reads  atomic.Int32
	failed atomic.Bool
	slow   time.Duration
}

func (w *watched) Keys(ctx context.Context) ([]core.Key, error) {
	w.reads.Add(1)
	time.Sleep(w.slow)
	if w.failed.Load() {
		return nil, core.Unavailable(errors.New("no connection"))
	}
	return w.KeyStore.Keys(ctx)
}

// watching opens the keys over a store that can be watched; what opening read is
// not counted.
func (r *rig) watching(t *testing.T) (*Keys, *watched) {
	t.Helper()
	w := &watched{KeyStore: r.store}
	k, err := Open(t.Context(), Options{
		Store: w, Tenant: r.tenant, Secrets: [][]byte{oldSecret}, Algorithms: []string{"ES256", "EdDSA"},
		Lifetimes: core.DefaultLifetimes(), Now: r.now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.reads.Store(0)
	return k, w
}

// replaceAll has every key revoked and others made, as after a mishap.
func (r *rig) replaceAll(t *testing.T) *Keys {
	t.Helper()
	rows, err := r.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		row.Revoked, row.Change = true, core.NewID(r.now())
		if err := r.store.UpdateKey(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	return r.mustOpen(t, oldSecret)
}

// handed is one of everything that a replica hands out or keeps sealed.
type handed struct {
	handle, sealedHandle, token string
	sealed                      []byte
}

func hand(t *testing.T, k *Keys) (h handed) {
	t.Helper()
	var err error
	h.handle = k.Ring().Mint(handle.Refresh, handle.Content{ID: [16]byte{1}, Random: handle.NewRandom()})
	if h.sealedHandle, err = k.Ring().Seal(handle.Access, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if h.sealed, err = k.Seal("notes", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	h.token, _ = sign(t, k)
	return h
}

// open opens all of it, each under its name.
func (h handed) open(ctx context.Context, k *Keys) map[string]error {
	_, opened := k.Open(ctx, handle.Refresh, h.handle)
	_, unsealed := k.OpenSealed(ctx, handle.Access, h.sealedHandle)
	_, kept := k.Unseal(ctx, "notes", h.sealed)
	_, _, verified := k.Verify(ctx, h.token, "JWT")
	return map[string]error{"handle": opened, "sealed handle": unsealed, "sealed value": kept, "token": verified}
}

func TestThreat_KEY03_AnUnknownKeyIsReadOnceMore(t *testing.T) {
	r := newRig(t)
	for name := range (handed{}).open(t.Context(), r.mustOpen(t, oldSecret)) {
		behind, store := r.watching(t)
		ahead := r.replaceAll(t)
		if err := hand(t, ahead).open(t.Context(), behind)[name]; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := store.reads.Load(); n != 1 {
			t.Errorf("%s: the keys were read %d times", name, n)
		}
	}
}

// KEY03, KEY08: while the keys cannot be read, what an unknown key made is nobody's
// to judge. What is known goes on being judged, with no reading.
func TestThreat_KEY03_KEY08_NothingIsInvalidForWantOfKeys(t *testing.T) {
	r := newRig(t)
	behind, store := r.watching(t)
	known := hand(t, behind)
	made := hand(t, r.replaceAll(t))

	store.failed.Store(true)
	store.reads.Store(0)
	for range 3 {
		for name, err := range made.open(t.Context(), behind) {
			if !errors.Is(err, core.ErrUnavailable) || errors.Is(err, handle.ErrForged) || errors.Is(err, ErrSealed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, err := range known.open(t.Context(), behind) {
			if err != nil {
				t.Errorf("%s of a key that is known: %v", name, err)
			}
		}
	}
	if n := store.reads.Load(); n != 1 {
		t.Errorf("the keys were asked for %d times within a second", n)
	}
	spoilt := handed{known.handle[:60] + "AAAA" + known.handle[64:], known.sealedHandle[:60] + "AAAA" + known.sealedHandle[64:],
		known.token[:len(known.token)-8] + "AAAAAAAA", append(known.sealed[:20:20], make([]byte, 60)...)}
	for name, err := range spoilt.open(t.Context(), behind) {
		if err == nil || errors.Is(err, core.ErrUnavailable) {
			t.Errorf("%s with the name of a known key: %v", name, err)
		}
	}

	store.failed.Store(false)
	r.advance(RenewAfter)
	for name, err := range made.open(t.Context(), behind) {
		if err != nil {
			t.Errorf("%s once the keys can be read: %v", name, err)
		}
	}
}

// KEY03, INV-X3: keys that are made up cost one reading in a second, altogether.
func TestThreat_KEY03_InventedKeysAreCheap(t *testing.T) {
	r := newRig(t)
	behind, store := r.watching(t)
	invented := hand(t, elsewhere(t, 2))
	for second := range int32(3) {
		for range 50 {
			for name, err := range invented.open(t.Context(), behind) {
				if err == nil || errors.Is(err, core.ErrUnavailable) {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		if n := store.reads.Load(); n != second+1 {
			t.Errorf("%d readings after %d s", n, second)
		}
		r.advance(RenewAfter)
	}
	store.reads.Store(0)
	far := hand(t, elsewhere(t, 100))
	for name, err := range far.open(t.Context(), behind) {
		if name != "token" && (err == nil || errors.Is(err, core.ErrUnavailable)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := store.reads.Load(); n != 1 { // the token's: its key has no number
		t.Errorf("%d readings for keys that cannot be", n)
	}
}

// elsewhere is another tenant's keys, whose roots have this epoch.
func elsewhere(t *testing.T, epoch int) *Keys {
	t.Helper()
	r := newRig(t)
	k := r.mustOpen(t, oldSecret)
	for range epoch - 1 {
		k = r.replaceAll(t)
	}
	return k
}

// KEY03: callers that meet share one reading, and who leaves spoils it for nobody.
func TestThreat_KEY03_CallersShareAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		behind, store := r.watching(t)
		made := hand(t, r.replaceAll(t))
		store.slow = 3 * time.Second
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for n := range 100 {
			all.Go(func() {
				ctx := t.Context()
				if n == 0 {
					ctx = gone
				}
				if _, err := behind.Open(ctx, handle.Refresh, made.handle); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		leave()
		all.Wait()
		if n := store.reads.Load(); n != 1 {
			t.Errorf("%d readings", n)
		}
	})
}

// A proof that names no key is doubted only while the last reading is overdue.
func TestThreat_KEY03_ProofsWithoutAKeyAreDoubtedWhenOverdue(t *testing.T) {
	r := newRig(t)
	behind, store := r.watching(t)
	ahead := r.replaceAll(t)
	proof := ahead.Ring().Derive("form", []byte("browser"))
	try := func(ring *handle.Ring) bool {
		for _, sum := range ring.DeriveAll("form", []byte("browser")) {
			if sum == proof {
				return true
			}
		}
		return false
	}
	if ok, err := behind.Proves(t.Context(), try); ok || err != nil || store.reads.Load() != 0 {
		t.Errorf("just read: %v, %v, %d readings", ok, err, store.reads.Load())
	}
	r.advance(overdue)
	store.failed.Store(true)
	if ok, err := behind.Proves(t.Context(), try); ok || !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("overdue, and nothing can be read: %v, %v", ok, err)
	}
	store.failed.Store(false)
	r.advance(RenewAfter)
	if ok, err := behind.Proves(t.Context(), try); !ok || err != nil {
		t.Errorf("overdue: %v, %v", ok, err)
	}
}

// A key of an algorithm that had none is found as well.
func TestThreat_KEY03_TheFirstKeyOfAnAlgorithmIsFound(t *testing.T) {
	r := newRig(t)
	behind, store := r.watching(t)
	token, _ := sign(t, r.mustOpen(t, oldSecret))
	if _, _, err := behind.Verify(t.Context(), token, "JWT"); err != nil || store.reads.Load() != 1 {
		t.Errorf("%v, %d readings", err, store.reads.Load())
	}
}
