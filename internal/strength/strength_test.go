package strength

import (
	"strings"
	"sync"
	"testing"
)

func TestPW04_score(t *testing.T) {
	for password, c := range map[string]struct {
		personal []string
		least    int
		most     int
	}{
		"":                               {nil, 0, 0},
		"password":                       {nil, 0, 0},
		"password123456789":              {nil, 0, 2},
		"qwertyuiopasdfghjkl":            {nil, 0, 2},
		"aaaaaaaaaaaaaaaaaaaa":           {nil, 0, 1},
		"anna.schmidt@example.com":       {[]string{"Anna Schmidt", "anna.schmidt@example.com"}, 0, 0},
		"lantern orbit velvet cascade":   {nil, 4, 4},
		"qwertyuiopqwertyuiopqwertyuiop": {nil, 0, 1},
		"lantern lantern lantern lant":   {nil, 0, 1},
		"1.1.2000-1.1.2000-1.1.2000-":    {nil, 0, 2},
		"J#4kq9!xV2m@pQz":                {nil, 4, 4},
		"Ünïcödé ist völlig in Ordnung ": {nil, 4, 4},
	} {
		if got := Score(password, c.personal...); got < c.least || got > c.most {
			t.Errorf("%q: %d", password, got)
		}
	}
}

// NIST SP 800-63B section 3.1.1.2 wants no rules of composition: lower-case words do, if they are not the best known.
func TestPW03_passphrasesPass(t *testing.T) {
	for _, password := range []string{
		"three quiet otters at noon",
		"correct horse battery stable",
		"correct lantern river sofa",
		"lantern orbit velvet cascade",
		"velvet anchor x",
		"drei stille otter am mittag",
		"три тихие выдры в полдень",
		"正しい馬の電池とホチキス",
		"THREE QUIET OTTERS AT NOON",
		"threequietottersatnoon",
		"kq7vtwpzmh",
	} {
		if got := Score(password, "Anna Schmidt", "anna.schmidt@example.com"); got < 3 {
			t.Errorf("%q: %d", password, got)
		}
	}
}

func TestPW04_guessablePasswordsFail(t *testing.T) {
	personal := []string{"Anna Schmidt", "anna.schmidt@example.com", "Keywright"}
	for _, password := range []string{
		"password123456789", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "passwordpassword", "P4ssw0rdP4ssw0rd!",
		"letmeinletmein123", "passwortpasswort", "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv", "qwertzuiopasdfgh", "azertyuiopqsdfgh",
		"1234567890123456", "9876543210987654", "789456123789456123", "zyxwvutsrqponmlk", "2468024680246802", "drowssapdrowssap",
		"p.a.s.s.w.o.r.d.", "password........", "iloveyou19.03.1987", "Summer2024Summer2024!", "........................",
		"anna.schmidt@example.com1", "AnnaSchmidtAnnaSchmidt", "Schmidt-anna-keywright-2024", "4nn4schm1dt4nn4schm1dt", "tdimhcstdimhcs",
	} {
		if got := Score(password, personal...); got > 2 {
			t.Errorf("%q: %d", password, got)
		}
	}
}

func TestPW02_longPasswordsAreReadUpToABound(t *testing.T) {
	for name, unit := range map[string]string{
		"mixed": "aB3$é", "lookalikes": lookalikes, "one rune": "a", "two readings": "1|!7@", "digits": "1990", "words": "password", "keys": "1q2w3e",
	} {
		long := []rune(strings.Repeat(unit, 1000))[:1000]
		got := Score(string(long), strings.Repeat("word ", 1000), string(long))
		if want := Score(string(long[:maxRunes]), strings.Repeat("word ", 1000), string(long)); got != want {
			t.Errorf("%s: what is beyond %d runes counts: %d, want %d", name, maxRunes, got, want)
		}
	}
}

// What makes a password better must not lower its score, and what makes it worse must not raise it.
func TestScore_order(t *testing.T) {
	for _, c := range []struct {
		worse, better string
		personal      []string // of the worse one
	}{
		{worse: "velvet anchor", better: "velvet anchor drizzle"},
		{worse: "password", better: "password drizzle"},
		{worse: "kq7vtw", better: "kq7vtwpzmh"},
		{worse: "73918", better: "7391840285"},
		{worse: "trombone", better: "tRomBonE"},
		{worse: "velvet velvet", better: "velvet drizzle"},
		{worse: "drizzle sofa", better: "drizzle sofa", personal: []string{"Drizzle", "sofa@example.com"}},
		{worse: "abcdefghijkl", better: "acbxfehgjilk"},
	} {
		if worse, better := bitsOf(c.worse, c.personal...), bitsOf(c.better); worse > better || Score(c.worse, c.personal...) > Score(c.better) {
			t.Errorf("%q: %.1f bits, %q: %.1f", c.worse, worse, c.better, better)
		}
	}
}

func bitsOf(text string, personal ...string) float64 {
	return least([]rune(text), partsOf(personal))
}

func TestPW04_personal(t *testing.T) {
	words := []string{"Anna Schmidt", "anna.schmidt@example.com", "Keywright", "Al"}
	for password, want := range map[string]bool{
		"anna.schmidt@example.com":     true,
		"ANNA.SCHMIDT@EXAMPLE.COM!!":   true,
		"annaschmidt1234":              true,
		"SchmidtAnna2024":              true,
		"keywright-anna":               true,
		"lantern orbit velvet anna":    false,
		"al al al al al al":            false,
		"1234567":                      false,
		"":                             false,
		"lantern orbit velvet cascade": false,
	} {
		if got := Personal(password, words...); got != want {
			t.Errorf("%q: %v", password, got)
		}
	}
	if Personal("anything", "", "   ", "...") {
		t.Error("empty words are not personal")
	}
}

func TestScoreRunsConcurrently(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { Score("lantern orbit velvet", "Anna") })
	}
	all.Wait()
}

func FuzzScore(f *testing.F) {
	f.Add("password", "anna@example.com")
	f.Add("\xff\x00é", "\xff")
	f.Add("1.1.2000 p4ssw0rd qwerty", "")
	f.Add("İİİ ǅ ß 19900101", "İ")
	f.Fuzz(func(t *testing.T, password, personal string) {
		got := Score(password, personal)
		if got < 0 || got > 4 {
			t.Fatalf("score %d", got)
		}
		if without := Score(password); got > without {
			t.Fatalf("score %d, and %d without the personal words", got, without)
		}
		Personal(password, personal)
	})
}

func BenchmarkScore(b *testing.B) {
	for name, password := range map[string]string{"passphrase": "three quiet otters at noon", "cap": strings.Repeat("aB3$1990pass", 9)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Score(password, "Anna Schmidt", "anna.schmidt@example.com")
			}
		})
	}
}
