package strength

import (
	"math"
	"unicode"
)

// found is told of one way to write the text up to (and without) the rune end, and how many bits it takes to guess.
type found func(end int, bits float64)

// least is the number of bits of the cheapest way to put a text together, of at most maxRunes runes: from words, runs, dates,
// copies of what stands before, and single characters. Who knows how people choose needs about two to that power of guesses.
func least(text []rune, personal []string) float64 {
	best := make([]float64, len(text)+1)
	for end := 1; end < len(best); end++ {
		best[end] = math.Inf(1)
	}
	views := viewsOf(text)
	again := copiesIn(views[0].runes)
	for start := range text {
		offer := func(end int, bits float64) {
			best[end] = min(best[end], best[start]+bits)
		}
		offer(start+1, single(text, start))
		for _, v := range views {
			v.words(text, start, offer)
			v.personal(text, start, personal, offer)
		}
		sequences(views[0].runes, start, offer)
		keyboardRuns(views[0].runes, start, offer)
		dates(text, start, offer)
		again.from(start, offer)
	}
	return best[len(text)]
}

// What a character is worth that belongs to nothing known, in bits.
const (
	digitBits    = 3.3 // one of ten
	letterBits   = 4.7 // one of 26
	withinBits   = 2.5 // a letter that follows others: words, known or not, are about that predictable
	caseBits     = 1.0 // of one letter that could as well be written otherwise
	logogramBits = 7.0 // one of the more frequent
	spaceBits    = 1.0
	likedBits    = 3.5 // a mark that people like
	markBits     = 5.0 // another one of ASCII
	rareBits     = 6.0 // anything else
)

const (
	likedMarks = ".,-_!?@#*+/:"
	asciiLimit = 0x80
)

// single is the worth of one rune by its class.
func single(text []rune, i int) float64 {
	r := text[i]
	switch {
	case '0' <= r && r <= '9':
		return digitBits
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return logogramBits
	case unicode.IsLetter(r):
		return letter(text, i)
	case r == ' ':
		return spaceBits
	case contains(likedMarks, r):
		return likedBits
	case ' ' < r && r < asciiLimit:
		return markBits
	}
	return rareBits
}

// letter makes a change of case within a run of letters dear, except after its first: many words begin with a capital. The
// third consonant on end is dear too: few words have it, and chance has it often.
func letter(text []rune, i int) float64 {
	if i == 0 || !unicode.IsLetter(text[i-1]) {
		return letterBits
	}
	upper, before := unicode.IsUpper(text[i]), unicode.IsUpper(text[i-1])
	first := i == 1 || !unicode.IsLetter(text[i-2])
	switch {
	case upper != before && (!first || !before):
		return letterBits + caseBits
	case !first && consonant(text[i]) && consonant(text[i-1]) && consonant(text[i-2]):
		return letterBits
	}
	return withinBits
}

func consonant(r rune) bool {
	return contains("bcdfghjklmnpqrstvwxz", unicode.ToLower(r))
}

// capitals is what the choice of capitals adds to something found in lower case.
func capitals(text []rune) float64 {
	upper, letters := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	switch {
	case upper == 0:
		return 0
	case upper == letters, upper == 1 && (unicode.IsUpper(text[0]) || unicode.IsUpper(text[len(text)-1])):
		return caseBits
	}
	return caseBits + caseBits*float64(min(upper, letters-upper))
}

func contains(set string, r rune) bool {
	for _, s := range set {
		if s == r {
			return true
		}
	}
	return false
}
