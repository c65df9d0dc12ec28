// Package strength estimates how hard a password is to guess, from a dictionary inside the program (requirement PW-04, NIST SP
// 800-63B section 3.1.1.2). It sends nothing anywhere and sets no rules of composition (requirement PW-03).
package strength

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRunes is how much of a password is judged: the estimate compares every place in it with every other.
const maxRunes = 100

// maxPersonal is how many personal words and parts of them are looked for.
const maxPersonal = 64

// thresholds are the bits of a thousand, a million, a hundred million and ten thousand million guesses. A password of fewer
// bits than the first has score 0.
var thresholds = [...]float64{9.97, 19.93, 26.58, 33.22}

// shortWord is the length under which a personal word is too common in other words to mean anything.
const shortWord = 4

// enoughWithout is how many runes of a password must be the person's own choice once their name and address are taken out.
const enoughWithout = 8

// Score rates a password from 0 (guessed at once) to 4 (out of reach of an attack on its hash). Words that others know of
// the person (name, address, name of the service) are guessed first. Only the first 100 runes are looked at, and the first
// 64 of the words and their parts.
func Score(password string, personal ...string) int {
	words := make([]string, 0, len(personal))
	for _, word := range partsOf(personal) {
		if word = cut(word); len(words) < maxPersonal && utf8.RuneCountInString(word) > 1 && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	text := []rune(cut(password))
	bits := least(text, words)
	if kept, removed := withoutMarks(text); removed > 0 {
		bits = min(bits, least(kept, words)+removed)
	}
	for score, threshold := range thresholds {
		if bits < threshold {
			return score
		}
	}
	return len(thresholds)
}

// withoutMarks leaves letters and digits, so that a word is found with a dot after each letter. It also tells the bits that
// the other symbols are worth: which they are, and after which rune each one stands.
func withoutMarks(text []rune) (kept []rune, bits float64) {
	var seen []rune
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			kept = append(kept, r)
			continue
		}
		bits++
		if !slices.Contains(seen, r) {
			seen = append(seen, r)
			bits += single(text, i)
		}
	}
	return kept, bits
}

// Personal reports whether a password is little more than the given words (the person's name, address, the name of the service):
// it holds at least one of them, or one of their parts of four runes or more, and fewer than eight runes besides. A
// passphrase that happens to hold a name is left alone.
func Personal(password string, words ...string) bool {
	rest := strings.ToLower(cut(password))
	found := false
	parts := partsOf(words)
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) }) // an address goes before the name within it
	for _, part := range parts {
		if utf8.RuneCountInString(part) >= shortWord && strings.Contains(rest, part) {
			found = true
			rest = strings.ReplaceAll(rest, part, "")
		}
	}
	return found && utf8.RuneCountInString(rest) < enoughWithout
}

// partsOf gives each word in lower case, whole and then split at all that is neither letter nor digit.
func partsOf(words []string) []string {
	var parts []string
	for _, word := range words {
		word = strings.ToLower(strings.TrimSpace(word))
		if word == "" {
			continue
		}
		split := strings.FieldsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		parts = append(parts, word)
		if len(split) > 1 {
			parts = append(parts, strings.Join(split, ""))
			parts = append(parts, split...)
		}
	}
	return parts
}

func cut(text string) string {
	count := 0
	for i := range text {
		if count == maxRunes {
			return text[:i]
		}
		count++
	}
	return text
}
