// Package strength estimates how hard a password is to guess, from dictionaries inside the program (requirement PW-04, NIST SP
// 800-63B section 3.1.1.2). It sends nothing anywhere and sets no rules of composition (requirement PW-03).
package strength

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/matching"
)

// maxRunes is how much of a password is judged: the estimate takes more than linear time, 8 ms for 100 runes.
const maxRunes = 100

// lookalikes are the symbols read as letters. Beyond a few of them in one password the estimate tries thousands of readings,
// seconds of work, so the readings are left out: nobody writes a word with that many.
const (
	lookalikes    = "4@8({[<3691!|70$5+%2"
	maxLookalikes = 5
)

// shortWord is the length under which a personal word is too common in other words to mean anything.
const shortWord = 4

// enoughWithout is how many runes of a password must be the person's own choice once their name and address are taken out.
const enoughWithout = 8

// Score rates a password from 0 (guessed at once) to 4 (out of reach of an attack on its hash). Words that others know of
// the person (name, address, name of the service) count as dictionary words. Only the first 100 runes are looked at.
func Score(password string, personal ...string) int {
	words := make([]string, 0, len(personal))
	for _, word := range partsOf(personal) {
		words = append(words, cut(word))
	}
	password = cut(password)
	score := rate(password, words)
	if unit := repeated(password); unit != password {
		score = min(score, rate(unit, words))
	}
	return score
}

func rate(password string, words []string) int {
	distinct := 0
	for _, symbol := range lookalikes {
		if strings.ContainsRune(password, symbol) {
			distinct++
		}
	}
	if distinct > maxLookalikes {
		return zxcvbn.PasswordStrength(password, words, matching.FilterL33tMatcher).Score
	}
	return zxcvbn.PasswordStrength(password, words).Score
}

// repeated returns the shortest text that, written again and again, begins with the whole password: typing a word ten times
// makes it no better. A password that repeats nothing is returned as it is.
func repeated(password string) string {
	for length := 1; length <= len(password)/2; length++ {
		if strings.HasPrefix(password, password[length:]) && utf8.RuneStart(password[length]) {
			return password[:length]
		}
	}
	return password
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
