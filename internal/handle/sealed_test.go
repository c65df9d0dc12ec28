package handle

import (
	"bytes"
	"errors"
	"testing"
)

func seal1(t testing.TB, r *Ring, k Kind, plaintext []byte) string {
	t.Helper()
	h, err := r.Seal(k, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSealOpensAsItselfUpToTheLimit(t *testing.T) {
	r := newRing(t, tenantA, oldRoot)
	for _, k := range kinds(true) {
		for n := range k.room() + 1 {
			plaintext := bytes.Repeat([]byte{byte(n)}, n)
			h := seal1(t, r, k, plaintext)
			if len(h) > k.Limit() {
				t.Fatalf("%v: %d bytes gave a handle of %d", k, n, len(h))
			}
			if got, err := r.Unseal(k, h); err != nil || !bytes.Equal(got, plaintext) {
				t.Fatalf("%v, %d bytes: %v", k, n, err)
			}
		}
		if _, err := r.Seal(k, make([]byte, k.room()+1)); !errors.Is(err, ErrTooLong) {
			t.Errorf("%v: one byte too many: %v", k, err)
		}
		if longest := seal1(t, r, k, make([]byte, k.room())); len(longest) < k.Limit()-1 {
			t.Errorf("%v: the limit of %d is not used: %d", k, k.Limit(), len(longest))
		}
	}
	if Access.Limit() != 2048 || Client.Limit() != 512 || maxSealedHandle < Access.Limit() {
		t.Error("limits differ from the design")
	}
}

func TestSealedForgeriesAreRefused(t *testing.T) {
	r := newRing(t, tenantA, newRoot, oldRoot)
	for _, k := range kinds(true) {
		for n := range 4 { // all lengths modulo 3, so all amounts of unused bits
			h := seal1(t, r, k, make([]byte, 20+n))
			for name, bad := range spoilt(h) {
				if p, err := r.Unseal(k, bad); !errors.Is(err, ErrForged) || p != nil {
					t.Errorf("%v, %s: unsealed %x, %v", k, name, p, err)
				}
			}
		}
		for _, other := range kinds(true) {
			h := seal1(t, r, k, nil)
			renamed := "kw_" + forms[other].word + h[len("kw_ac"):]
			if _, err := r.Unseal(other, renamed); other != k && !errors.Is(err, ErrForged) {
				t.Errorf("%v unsealed as %v: %v", k, other, err)
			}
		}
	}
}

func TestSealedHandlesBelongToTenantAndRoot(t *testing.T) {
	for _, k := range kinds(true) {
		h := seal1(t, newRing(t, tenantA, oldRoot), k, []byte("x"))
		for name, c := range map[string]struct {
			ring *Ring
			want error
		}{
			"rotated root still opens": {newRing(t, tenantA, newRoot, oldRoot), nil},
			"retired root":             {newRing(t, tenantA, newRoot), ErrForged},
			"other tenant":             {newRing(t, tenantB, oldRoot), ErrForged},
			"the key under another id": {newRing(t, tenantA, Root{ID: 9, Key: oldRoot.Key}), ErrForged},
		} {
			if _, err := c.ring.Unseal(k, h); !errors.Is(err, c.want) {
				t.Errorf("%v, %s: %v", k, name, err)
			}
		}
	}
}

func TestSealOfAnotherKindIsRefused(t *testing.T) {
	r := newRing(t, tenantA, oldRoot)
	for _, k := range append(kinds(false), None, kindCount) {
		if h, err := r.Seal(k, nil); !errors.Is(err, ErrNotSealed) || h != "" {
			t.Errorf("%v: sealed %q, %v", k, h, err)
		}
		if _, err := r.Unseal(k, r.Mint(Code, sample)); !errors.Is(err, ErrForged) {
			t.Errorf("%v: %v", k, err)
		}
	}
}
