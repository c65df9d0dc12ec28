package passwordhash

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// cheap keeps the tests quick; the cost is not what they are about.
func cheap() Params { return Params{Memory: 64, Time: 1, Threads: 1} }

func verify(t *testing.T, h *Hasher, encoded, password string, wantOK, wantUpgrade bool) {
	t.Helper()
	ok, upgrade, err := h.Verify(t.Context(), encoded, password)
	if err != nil || ok != wantOK || upgrade != wantUpgrade {
		t.Errorf("Verify(%.40q, %.20q) = %v, %v, %v; want %v, %v", encoded, password, ok, upgrade, err, wantOK, wantUpgrade)
	}
}

func TestPW07_formatAndUpgrade(t *testing.T) {
	h := New(Options{})
	a, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.Hash(t.Context(), "correct horse")
	parts := strings.Split(a, "$")
	salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
	if a == b || parts[1] != "argon2id" || parts[3] != "m=19456,t=2,p=1" || len(salt) != 16 {
		t.Errorf("hash = %s", a)
	}
	verify(t, h, a, "correct horse", true, false)
	verify(t, h, a, "correct horsf", false, false)
	verify(t, New(Options{Params: cheap()}), a, "correct horse", true, true)
	verify(t, New(Options{Params: cheap()}), a, "wrong", false, false)
}

func TestPW07_pepper(t *testing.T) {
	first, second := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))
	bare := New(Options{Params: cheap()})
	one := New(Options{Params: cheap(), Pepper: first})
	two := New(Options{Params: cheap(), Pepper: second, OldPeppers: [][]byte{first}})
	plain, _ := bare.Hash(t.Context(), "password")
	peppered, _ := one.Hash(t.Context(), "password")
	if !strings.Contains(peppered, ",keyid=") || strings.Contains(plain, "keyid") {
		t.Errorf("%s, %s", peppered, plain)
	}
	verify(t, one, peppered, "password", true, false)
	verify(t, two, peppered, "password", true, true)
	verify(t, one, plain, "password", true, true)
	verify(t, one, peppered, "other", false, false)
	if _, _, err := bare.Verify(t.Context(), peppered, "password"); !errors.Is(err, ErrUnknownHash) {
		t.Errorf("without the pepper: %v", err)
	}
	parts := strings.Split(peppered, "$")
	salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
	if got := base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte("password"), salt, 1, 64, 1, 32)); got == parts[5] {
		t.Error("the pepper is marked but not used")
	}
}

func TestPW02_everyByteCounts(t *testing.T) {
	h := New(Options{Params: cheap()})
	long := strings.Repeat("x", 1024)
	encoded, err := h.Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, h, encoded, long, true, false)
	verify(t, h, encoded, long[:1023], false, false)
	verify(t, h, encoded, long[:72], false, false)
	verify(t, h, encoded, long[:1023]+"y", false, false)
	verify(t, h, encoded, " "+long, false, false)
}

func TestThreat_PWD10_importedHashes(t *testing.T) {
	h := New(Options{Params: cheap()})
	imported := func(password string) string {
		out, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	seventyTwo := strings.Repeat("x", 72)
	b := imported(seventyTwo)
	verify(t, h, b, seventyTwo, true, true)
	verify(t, h, b, seventyTwo+"y", false, false)
	verify(t, h, b, seventyTwo+"z", false, false)
	verify(t, h, imported("abc"), "abc\x00def", false, false)
	verify(t, h, imported("abc"), "abc\x00", false, false)
	verify(t, h, imported("abc"), "abc", true, true)
	verify(t, h, "$2y"+imported("abc")[3:], "abc", true, true)
	verify(t, h, "$2b"+imported("abc")[3:], "abc", true, true)
	verify(t, h, "$2b"+imported("abc")[3:], "abd", false, false)

	salt := []byte("0123456789abcdef")
	key, err := scrypt.Key([]byte("abc"), salt, 1<<4, 8, 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawStdEncoding.EncodeToString
	s := fmt.Sprintf("$scrypt$ln=4,r=8,p=1$%s$%s", b64(salt), b64(key))
	verify(t, h, s, "abc", true, true)
	verify(t, h, s, "abd", false, false)
}

func TestThreat_PWD15_unknownAndDamagedHashes(t *testing.T) {
	h := New(Options{Params: cheap()})
	good, _ := h.Hash(t.Context(), "abc")
	parts := strings.Split(good, "$")
	costs := func(text string) string { return "$argon2id$v=19$" + text + "$" + parts[4] + "$" + parts[5] }
	for _, encoded := range []string{
		"", "$", "plain", "abc", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$" + parts[4] + "$" + parts[5], strings.Replace(good, "v=19", "v=16", 1),
		good[:len(good)-2], good + "$", good + "=", good + "\n", strings.ToUpper(good), costs("m=64,t=1"), costs("t=1,m=64,p=1"), costs("m=064,t=1,p=1"),
		costs("m=64,t=0,p=1"), costs("m=64,t=1,p=0"), costs("m=4,t=1,p=1"), costs("m=4294967295,t=1,p=1"), costs("m=262145,t=1,p=1"),
		costs("m=64,t=17,p=1"), costs("m=262144,t=5,p=1"), costs("m=64,t=1,p=255"), costs("m=-64,t=1,p=1"), costs("m=64,t=1,p=1,keyid="),
		costs("m=64,t=1,p=1,keyid=AAAAAAAA"), costs("m=64,t=1,p=1,data=AAAA"),
		"$argon2id$v=19$m=64,t=1,p=1$AAAA$" + parts[5], "$argon2id$v=19$m=64,t=1,p=1$" + parts[4] + "$AAAA",
		"$2a$31$" + strings.Repeat("a", 53), "$2a$15$" + strings.Repeat("a", 53), "$2x$04$" + strings.Repeat("a", 53), "$2a$04$" + strings.Repeat("!", 53),
		"$2a$04$" + strings.Repeat("a", 52), "$2a$04$short", "$1$md5$x", "{SSHA}abc", "$5$rounds=1000$a$b", strings.Repeat("$", 600),
		"$scrypt$ln=4,r=8,p=1$" + parts[4], "$scrypt$ln=19,r=8,p=1$" + parts[4] + "$" + parts[5], "$scrypt$ln=18,r=8,p=1$" + parts[4] + "$" + parts[5],
		"$scrypt$ln=0,r=8,p=1$" + parts[4] + "$" + parts[5], "$scrypt$ln=17,r=8,p=16$" + parts[4] + "$" + parts[5],
	} {
		if err := Check(encoded); !errors.Is(err, ErrUnknownHash) && !strings.Contains(encoded, "keyid=") {
			t.Errorf("%q: Check: %v", encoded, err)
		}
		before := h.Calls()
		ok, upgrade, err := h.Verify(t.Context(), encoded, "abc")
		if ok || upgrade || !errors.Is(err, ErrUnknownHash) {
			t.Errorf("%q: %v, %v", encoded, ok, err)
		}
		if h.Calls() != before+1 {
			t.Errorf("%q: %d hashes instead of one", encoded, h.Calls()-before)
		}
	}
}

func TestThreat_ENU_sameWorkForAll(t *testing.T) {
	h := New(Options{Params: cheap()})
	encoded, _ := h.Hash(t.Context(), "abc")
	for name, act := range map[string]func() error{
		"right":   func() error { _, _, err := h.Verify(t.Context(), encoded, "abc"); return err },
		"wrong":   func() error { _, _, err := h.Verify(t.Context(), encoded, "abd"); return err },
		"unknown": func() error { return h.Spend(t.Context(), "abc") },
	} {
		before := h.Calls()
		if err := act(); err != nil || h.Calls() != before+1 {
			t.Errorf("%s: %d hashes, %v", name, h.Calls()-before, err)
		}
	}
}

func TestThreat_PWD08_PWD09_oversizeRunsNothing(t *testing.T) {
	h := New(Options{Params: cheap()})
	huge := strings.Repeat("x", 1<<20)
	_, err := h.Hash(t.Context(), huge)
	_, _, err2 := h.Verify(t.Context(), "$argon2id$", huge)
	if err3 := h.Spend(t.Context(), huge); !errors.Is(err, ErrTooLong) || !errors.Is(err2, ErrTooLong) || !errors.Is(err3, ErrTooLong) {
		t.Errorf("%v, %v, %v", err, err2, err3)
	}
	if h.Calls() != 0 {
		t.Errorf("%d hashes", h.Calls())
	}
}

func TestThreat_PWD06_gate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Options{Concurrency: 2, Queue: 3, Wait: 2 * time.Second})
		for range 2 {
			if err := g.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		results := make(chan error, 10)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { results <- g.enter(t.Context()) })
		}
		synctest.Wait()
		if err := g.enter(t.Context()); !errors.Is(err, ErrBusy) || time.Since(start) != 0 {
			t.Errorf("a full queue: %v after %v", err, time.Since(start))
		}
		g.leave()
		synctest.Wait()
		if err := <-results; err != nil {
			t.Errorf("a free place went to nobody: %v", err)
		}
		all.Wait()
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		for range 2 {
			if err := <-results; !errors.Is(err, ErrBusy) {
				t.Errorf("after the wait: %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if err := g.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if g.waiting.Load() != 0 {
			t.Errorf("%d still counted", g.waiting.Load())
		}
	})
}

func TestThreat_PWD06_manyAtOnce(t *testing.T) {
	h := New(Options{Params: cheap(), Concurrency: 2, Queue: 4})
	encoded, _ := h.Hash(t.Context(), "abc")
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			ok, _, err := h.Verify(context.Background(), encoded, "abc")
			if !ok && !errors.Is(err, ErrBusy) {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	all.Wait()
	if len(h.gate.places) != 0 || h.gate.waiting.Load() != 0 {
		t.Error("places were not given back")
	}
}

func TestThreat_PWD11_D13_normalise(t *testing.T) {
	for in, want := range map[string]string{
		"cafe\u0301": "caf\u00e9", "caf\u00e9": "caf\u00e9", "\uff21": "A", "  spaces  ": "  spaces  ", "MiXed": "MiXed", "": "",
		strings.Repeat("x", 1024): strings.Repeat("x", 1024), "\ufb01sh": "fish",
	} {
		if got, err := Normalise(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]error{
		"a\x00b": ErrInvalidText, "\xff": ErrInvalidText, "caf\xc3": ErrInvalidText, "\xed\xa0\x80": ErrInvalidText,
		strings.Repeat("x", 1025): ErrTooLong, strings.Repeat("\xff", 1<<20): ErrTooLong,
	} {
		if got, err := Normalise(in); !errors.Is(err, want) || got != "" {
			t.Errorf("%.20q: %v", in, err)
		}
	}
	// The longest expansion of NFKC stays within what is hashed.
	worst, err := Normalise(strings.Repeat("\ufdfa", 341))
	if err != nil || len(worst) > maxNormalised {
		t.Errorf("%d bytes, %v", len(worst), err)
	}
}

func FuzzParse(f *testing.F) {
	h := New(Options{Params: cheap(), Pepper: []byte("pepper")})
	good, _ := h.Hash(context.Background(), "abc")
	f.Add(good)
	f.Add("$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")
	f.Add("$2a$04$" + strings.Repeat("a", 53))
	f.Fuzz(func(t *testing.T, encoded string) {
		a, err := parseArgon(encoded)
		if err == nil && kindOf(encoded) == "argon2id" && a.String() != encoded {
			t.Fatalf("%q is written %q", encoded, a.String())
		}
		if check, _, err := h.parse(encoded); (err == nil) != (check != nil) {
			t.Fatalf("%q: %v", encoded, err)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
