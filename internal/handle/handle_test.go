package handle

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

var (
	tenantA = [16]byte{0: 'a'}
	tenantB = [16]byte{0: 'b'}
	oldRoot = Root{ID: 1, Key: [32]byte{1, 1, 1}}
	newRoot = Root{ID: 2, Key: [32]byte{2, 2, 2}}
	sample  = Content{ID: [16]byte{1, 2, 3}, Number: 1<<40 + 7, Random: [16]byte{9, 8, 7}}
)

func newRing(t testing.TB, tenant [16]byte, roots ...Root) *Ring {
	t.Helper()
	r, err := NewRing(tenant, roots)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func kinds(sealed bool) (all []Kind) {
	for k := None + 1; k < kindCount; k++ {
		if k.Sealed() == sealed {
			all = append(all, k)
		}
	}
	return all
}

func TestNewRingRefusesUnusableRoots(t *testing.T) {
	if _, err := NewRing(tenantA, nil); !errors.Is(err, ErrNoRoots) {
		t.Errorf("no roots: %v", err)
	}
	twin := Root{ID: oldRoot.ID, Key: newRoot.Key}
	if _, err := NewRing(tenantA, []Root{oldRoot, newRoot, twin}); !errors.Is(err, ErrDuplicateRoot) {
		t.Errorf("duplicate ids: %v", err)
	}
}

func TestMintOpensAsItself(t *testing.T) {
	r := newRing(t, tenantA, oldRoot)
	for _, k := range kinds(false) {
		h := r.Mint(k, sample)
		if got, err := r.Open(k, h); err != nil || got != sample {
			t.Errorf("%v: opened %v, %v", k, got, err)
		}
		if h != r.Mint(k, sample) {
			t.Errorf("%v: the same content gave two handles", k)
		}
		if len(h) > maxMACHandle || !strings.HasPrefix(h, "kw_"+forms[k].word+"_") {
			t.Errorf("%v: handle %q", k, h)
		}
	}
}

// The layout is for ever: handles outlive releases.
func TestMintKeepsItsLayout(t *testing.T) {
	h := newRing(t, tenantA, oldRoot).Mint(Code, sample)
	const want = "kw_ac_AAAAAQECAwAAAAAAAAAAAAAAAAAAAAEAAAAABwkIBwAAAAAAAAAAAAAAAAA"
	if !strings.HasPrefix(h, want[:len(want)-1]) || len(h) != 6+102 {
		t.Errorf("minted %s", h)
	}
}

func TestTK12_ForgeriesAreRefused(t *testing.T) {
	r := newRing(t, tenantA, newRoot, oldRoot)
	for _, k := range kinds(false) {
		h := r.Mint(k, sample)
		for name, bad := range spoilt(h) {
			if c, err := r.Open(k, bad); !errors.Is(err, ErrForged) || c != (Content{}) {
				t.Errorf("%v, %s: opened %v, %v", k, name, c, err)
			}
		}
		for _, other := range append(kinds(false), kinds(true)...) {
			if other == k {
				continue
			}
			renamed := "kw_" + forms[other].word + h[len("kw_ac"):]
			for _, bad := range []string{h, renamed} {
				if _, err := r.Open(other, bad); !errors.Is(err, ErrForged) {
					t.Errorf("%v opened as %v: %v", k, other, err)
				}
				if _, err := r.Unseal(other, bad); !errors.Is(err, ErrForged) {
					t.Errorf("%v unsealed as %v: %v", k, other, err)
				}
			}
		}
	}
}

func TestOtherTenantsAndRootsAreForgeries(t *testing.T) {
	for _, k := range kinds(false) {
		h := newRing(t, tenantA, oldRoot).Mint(k, sample)
		for name, c := range map[string]struct {
			ring *Ring
			want error
		}{
			"rotated root still opens":  {newRing(t, tenantA, newRoot, oldRoot), nil},
			"retired root":              {newRing(t, tenantA, newRoot), ErrForged},
			"other tenant":              {newRing(t, tenantB, oldRoot), ErrForged},
			"other key under the id":    {newRing(t, tenantA, Root{ID: oldRoot.ID, Key: newRoot.Key}), ErrForged},
			"the key under another id":  {newRing(t, tenantA, Root{ID: 9, Key: oldRoot.Key}), ErrForged},
			"no handle has this key id": {newRing(t, tenantA, Root{}), ErrForged},
		} {
			if _, err := c.ring.Open(k, h); !errors.Is(err, c.want) {
				t.Errorf("%v, %s: %v", k, name, err)
			}
		}
	}
	first := newRing(t, tenantA, newRoot, oldRoot).Mint(Code, sample)
	if _, err := newRing(t, tenantA, newRoot).Open(Code, first); err != nil {
		t.Errorf("the first root does not mint: %v", err)
	}
}

// spoilt lists changed spellings of a handle, each of which is a forgery.
func spoilt(h string) map[string]string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	all := map[string]string{
		"empty": "", "prefix": h[:6], "brand": "kw_", "padded": h + "=", "padded twice": h + "==",
		"extended": h + "A", "extended by four": h + "AAAA", "line break behind": h + "\n",
		"line break inside": h[:20] + "\n" + h[20:], "line break instead": h[:20] + "\n" + h[21:],
		"space": " " + h, "upper case": strings.ToUpper(h), "lower case": strings.ToLower(h),
		"brand in capitals": "KW_" + h[3:], "twice": h + h, "long": h + strings.Repeat("A", 1<<16),
	}
	for i := range h {
		all["cut at "+string(rune('0'+i))] = h[:i]
		for _, with := range []byte{h[i] ^ 1, h[i] ^ 0x20, h[i] ^ 0x80, 0, '+', '/'} {
			if with != h[i] {
				all["byte "+string(rune('0'+i))+string(rune(with))] = h[:i] + string(rune(with)) + h[i+1:]
			}
		}
	}
	last := strings.IndexByte(alphabet, h[len(h)-1])
	for bits := 1; bits < 16; bits++ {
		all["unused bits "+string(rune('0'+bits))] = h[:len(h)-1] + string(alphabet[last^bits])
	}
	return all
}

func TestMintOfASealedKindPanics(t *testing.T) {
	r := newRing(t, tenantA, oldRoot)
	for _, k := range append(kinds(true), None, kindCount, 255) {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was minted", k)
				}
			}()
			r.Mint(k, sample)
		}()
		if _, err := r.Open(k, "kw_at_"+strings.Repeat("A", bodyLength)); !errors.Is(err, ErrForged) {
			t.Errorf("%v: opened: %v", k, err)
		}
	}
}

func TestDigestIsOfTheRandomBytes(t *testing.T) {
	if sample.Digest() != sha256.Sum256(sample.Random[:]) {
		t.Error("not the SHA-256 of Random")
	}
	if one, other := NewRandom(), NewRandom(); one == other {
		t.Error("two draws are equal")
	}
}

func TestDeriveKeepsInputsApart(t *testing.T) {
	r := newRing(t, tenantA, newRoot, oldRoot)
	seen := map[[32]byte]int{}
	for i, out := range [][32]byte{
		r.Derive("csrf"), r.Derive("csrf", nil), r.Derive("csrf", nil, nil), r.Derive("cs", []byte("rf")),
		r.Derive("csrf", []byte("ab")), r.Derive("csrf", []byte("a"), []byte("b")), r.Derive("mail", []byte("ab")),
		newRing(t, tenantB, newRoot).Derive("csrf"), newRing(t, tenantA, oldRoot).Derive("csrf"),
	} {
		if j, ok := seen[out]; ok {
			t.Errorf("inputs %d and %d run together", i, j)
		}
		seen[out] = i
	}
	all := r.DeriveAll("csrf", []byte("ab"))
	if len(all) != 2 || all[0] != r.Derive("csrf", []byte("ab")) ||
		all[1] != newRing(t, tenantA, oldRoot).Derive("csrf", []byte("ab")) {
		t.Error("DeriveAll is not Derive under each root, first one first")
	}
}

// KEY03: what may be of a root that this ring has yet to hear of is told from what
// cannot be of any.
func TestThreat_KEY03_LaterRootsAreTold(t *testing.T) {
	r := newRing(t, tenantA, Root{ID: 4, Key: newRoot.Key}, oldRoot)
	for id, unknown := range map[uint32]bool{
		1: false, 2: false, 3: false, 4: false, 5: true, 4 + ahead: true, 5 + ahead: false, 0: false, 1<<32 - 1: false,
	} {
		other := newRing(t, tenantB, Root{ID: id, Key: [32]byte{7}}) // whose, only its key could tell
		for k := None + 1; k < kindCount; k++ {
			h, open := "", func(s string) error { _, err := r.Open(k, s); return err }
			if k.Sealed() {
				h, open = seal1(t, other, k, []byte("x")), func(s string) error { _, err := r.Unseal(k, s); return err }
			} else {
				h = other.Mint(k, sample)
			}
			if err := open(h); errors.Is(err, ErrUnknownRoot) != unknown || !errors.Is(err, ErrForged) {
				t.Errorf("%v of root %d: %v", k, id, err)
			}
			for name, bad := range map[string]string{
				"short": h[:k.head()+8], "cut": h[:len(h)-7], "no base64": h[:20] + "!" + h[21:], "line break": h[:20] + "\n" + h[21:],
			} {
				if err := open(bad); errors.Is(err, ErrUnknownRoot) && (name != "cut" || !k.Sealed()) {
					t.Errorf("%v of root %d, %s: %v", k, id, name, err)
				}
			}
		}
	}
}
