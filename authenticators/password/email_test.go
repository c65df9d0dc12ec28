package password

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
)

func TestThreat_IDN01_IDN02_oneForm(t *testing.T) {
	for want, spellings := range map[string][]string{
		"alice@example.com":          {"alice@example.com", "Alice@Example.COM", "ALICE@EXAMPLE.COM"},
		"zoë@example.com":            {"zoë@example.com", "zoe\u0308@example.com", "ZOË@example.com", "ZOE\u0308@EXAMPLE.com"},
		"a+tag.b_c@xn--bcher-kva.de": {"A+tag.B_c@XN--Bcher-kva.de"},
		"o'neil@mail.example.com":    {"O'Neil@mail.Example.com"},
		"δοκιμή@example.com":         {"ΔΟΚΙΜΉ@example.com"},
		"🦊@example.com":              {"🦊@Example.com"}, // IDN05
	} {
		for _, s := range spellings {
			got, err := Canonical(s)
			if err != nil || got != (core.Identifier{Kind: core.IdentifierEmail, Value: want}) {
				t.Errorf("%q: %q, %v; want %q", s, got.Value, err, want)
			}
		}
	}
}

func TestThreat_IDN03_IDN06_IDN07_refused(t *testing.T) {
	for _, s := range []string{
		"", "@", "alice", "alice@", "@example.com", "a@b@example.com", "alice@example",
		" alice@example.com", "alice@example.com ", "al ice@example.com", "alice\u00a0@example.com", "alice@exa\tmple.com", "alice@example.com\n",
		"ali\u200bce@example.com", "alice\ufeff@example.com", "\u202ealice@example.com", "al\u00adice@example.com", "al\u034fice@example.com",
		"al\u200dice@example.com", "a\ufe0f@example.com", "\u3164@example.com", "\u2800@example.com", "a\U000e0041@example.com",
		"alice\x00@example.com", "alice\x7f@example.com", "al\xffice@example.com", "alice@example\xed\xa0\x80.com", "\ufffd@example.com",
		"ａlice@example.com", "ﬁona@example.com", "a\u1d2c@example.com", // wide, ligature, modifier: another mailbox
		".alice@example.com", "alice.@example.com", "al..ice@example.com", `"alice"@example.com`, "al,ice@example.com", "<alice>@example.com", "alice;@example.com",
		"alice@bücher.de", "alice@\u212aexample.com", "alice@xn--example-.com", "alice@xn--.com", "alice@-example.com", "alice@example-.com", "alice@ab--c.com",
		"alice@example..com", "alice@.example.com", "alice@example.com.", "alice@127.0.0.1", "alice@[127.0.0.1]", "alice@exa_mple.com",
		strings.Repeat("a", 65) + "@example.com", "alice@" + strings.Repeat("a", 64) + ".com", "alice@" + strings.Repeat("abc.", 64) + "com", strings.Repeat("a", 1<<20),
	} {
		if got, err := Canonical(s); !errors.Is(err, ErrAddress) || got != (core.Identifier{}) {
			t.Errorf("%.40q: %q, %v", s, got.Value, err)
		}
	}
	if _, err := Canonical(strings.Repeat("a", 64) + "@" + strings.Repeat("abc.", 62) + "com"); err != nil {
		t.Errorf("the longest address: %v", err)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"Alice@Example.COM", "zoe\u0308@example.com", "İ@example.com", "alice@xn--bcher-kva.de", "\xff@\x00", "ǅ@a.b", "ẞ.Σ@a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		i, err := Canonical(address)
		if err != nil {
			return
		}
		if again, err := Canonical(i.Value); err != nil || again != i {
			t.Fatalf("%q gives %q, which gives %q, %v", address, i.Value, again.Value, err)
		}
		if len(i.Value) > core.MaxIdentifier || !utf8.ValidString(i.Value) || strings.Count(i.Value, "@") != 1 || strings.ContainsAny(i.Value, " \t\r\n\x00") {
			t.Fatalf("%q gives %q", address, i.Value)
		}
	})
}
