package shortcode

import (
	"crypto/rand"
	"math/big"
	"strings"
	"unicode"
)

// Letters of the codes that devices show (RFC 8628 section 6.1): no vowels, so
// that no word comes out, and none that is taken for another.
const (
	letters    = "BCDFGHJKLMNPQRSTVWXZ"
	numLetters = 8
)

// DrawLetters gives eight letters of twenty, uniform over all 25.6 thousand
// million of them.
func DrawLetters() string {
	var code [numLetters]byte
	for i := range code {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters)))) // never fails: crypto/rand ends the process instead
		code[i] = letters[n.Int64()]
	}
	return string(code[:])
}

// ParseLetters reads what was typed: in any case, with spaces and dashes
// anywhere. ok says that it can be a code; it takes ASCII letters alone, since
// another script's that look the same are not what a device shows (DV-03).
func ParseLetters(typed string) (code string, ok bool) {
	const longest = 64 // bytes; beyond it nobody means a code
	if len(typed) > longest {
		return "", false
	}
	var found strings.Builder
	for _, r := range typed {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		switch {
		case r < unicode.MaxASCII && strings.ContainsRune(letters, r):
			found.WriteRune(r)
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r):
			return "", false
		}
	}
	return found.String(), found.Len() == numLetters
}

// SpellLetters is the code as it is shown: two groups of four.
func SpellLetters(code string) string {
	if len(code) != numLetters {
		return code
	}
	return code[:numLetters/2] + "-" + code[numLetters/2:]
}
