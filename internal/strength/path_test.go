package strength

import (
	"math"
	"slices"
	"testing"
	"unicode/utf8"
)

// ends tells where something that begins at a place may end.
func ends(find func(offer found)) []int {
	var all []int
	find(func(end int, _ float64) {
		if !slices.Contains(all, end) {
			all = append(all, end)
		}
	})
	slices.Sort(all)
	return all
}

func TestRuns(t *testing.T) {
	for text, want := range map[string]struct{ sequence, keyboard []int }{
		"":        {},
		"a":       {},
		"ab":      {},
		"abc":     {sequence: []int{3}},
		"abcdx":   {sequence: []int{3, 4}},
		"cba":     {sequence: []int{3}},
		"13579":   {sequence: []int{3, 4, 5}},
		"258":     {keyboard: []int{3}},
		"aaa":     {},
		"89:":     {}, // neighbours in Unicode, but no digits
		"абв":     {sequence: []int{3}},
		"qwer7":   {keyboard: []int{3, 4}},
		"poiu":    {keyboard: []int{3, 4}},
		"1qaz":    {keyboard: []int{3, 4}},
		"q1w2":    {keyboard: []int{3, 4}},
		"!\"§":    {keyboard: []int{3}},
		"qw":      {},
		"\ufffd$": {},
	} {
		runes := []rune(text)
		if text == "" {
			continue
		}
		if got := ends(func(offer found) { sequences(runes, 0, offer) }); !slices.Equal(got, want.sequence) {
			t.Errorf("%q: sequences end at %v", text, got)
		}
		if got := ends(func(offer found) { keyboardRuns(runes, 0, offer) }); !slices.Equal(got, want.keyboard) {
			t.Errorf("%q: runs end at %v", text, got)
		}
	}
}

// A line that held a key twice would be found at the first of them only.
func TestKeyboardHoldsNoKeyTwice(t *testing.T) {
	for _, line := range keyboard {
		for i, key := range line {
			if slices.Index(line, key) != i {
				t.Errorf("%q holds %q twice", string(line), key)
			}
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string][]int{
		"1987":        {4},
		"2024!":       {4},
		"1899":        nil,
		"3112":        {4},
		"3212":        nil,
		"0000":        nil,
		"19871903":    {4, 8}, // 1987, 1987-19-03
		"19031987":    {4, 6, 8},
		"20240131":    {4, 6, 8}, // 2024, 20-24-01, 2024-01-31
		"1.2.90":      {6},
		"19/03/1987x": {10},
		"2024-01-31":  {4, 10},
		"1.2-90":      nil,
		"1.2.":        nil,
		"1.2":         nil,
		"13.13.2000":  nil,
		"1x2x90":      nil,
		"٣٣٣٣":        nil,
	} {
		if got := ends(func(offer found) { dates([]rune(text), 0, offer) }); !slices.Equal(got, want) {
			t.Errorf("%q: ends at %v, want %v", text, got, want)
		}
	}
}

func TestCopies(t *testing.T) {
	for _, c := range []struct {
		text  string
		start int
		want  []int
	}{
		{"aaaa", 1, []int{4}},
		{"abab", 2, []int{4}},
		{"abcabcab", 3, []int{6, 8}},
		{"abcdxabc", 5, []int{8}},
		{"abxab", 3, nil}, // two runes may be chance
		{"abc", 2, nil},
	} {
		if got := ends(func(offer found) { copiesIn([]rune(c.text)).from(c.start, offer) }); !slices.Equal(got, c.want) {
			t.Errorf("%q from %d: ends at %v", c.text, c.start, got)
		}
	}
}

func TestWordsAreFoundHoweverWritten(t *testing.T) {
	for written, more := range map[string]float64{
		"dragon": 0, "Dragon": 1, "DRAGON": 1, "dragoN": 1, "dRaGon": 3, "dr4gon": 1, "Dr4g0n": 3, "nogard": 1,
	} {
		if got := bitsOf(written) - bitsOf("dragon"); math.Abs(got-more) > 0.01 {
			t.Errorf("%q: %.1f bits more", written, got)
		}
	}
}

func TestSingleCharacters(t *testing.T) {
	for text, want := range map[string]float64{
		"7": digitBits, "k": letterBits, "Ж": letterBits, "馬": logogramBits, " ": spaceBits, "!": likedBits, "~": markBits, "\x00": rareBits, "🦦": rareBits,
	} {
		if got := bitsOf(text); math.Abs(got-want) > 0.01 {
			t.Errorf("%q: %.1f bits", text, got)
		}
	}
}

func TestDictionary(t *testing.T) {
	const most = 100_000 // bytes that every program carries
	if len(wordList) > most {
		t.Errorf("the list has %d bytes", len(wordList))
	}
	d := parseWords(wordList)
	if len(d.ranks) < 5000 || d.ranks["password"] != 1 || d.ranks["lantern"] == 0 {
		t.Errorf("%d words", len(d.ranks))
	}
	for word := range d.ranks {
		if len(word) < shortest || utf8.RuneCountInString(word) != len(word) {
			t.Errorf("%q is too short, or not ASCII", word)
		}
	}
	for _, letters := range []string{readAsI, readAsL} {
		if utf8.RuneCountInString(lookalikes) != len(letters) {
			t.Errorf("%q does not fit %q", letters, lookalikes)
		}
	}
}
