// Package shortcode draws and reads codes of a few digits that people type.
package shortcode

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode"
)

// Draw gives a code of so many digits, uniform over all of them.
func Draw(digits int) string {
	all := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, _ := rand.Int(rand.Reader, all) // never fails: crypto/rand ends the process instead
	return fmt.Sprintf("%0*d", digits, n)
}

// Parse reads what was typed: spaces and dashes anywhere, digits of any script.
// empty says that nothing was typed at all; ok that it is as many digits as asked
// for.
func Parse(typed string, want int) (code string, empty, ok bool) {
	const longest = 128 // bytes; beyond it nobody means a code
	var digits strings.Builder
	empty = true
	if len(typed) > longest {
		return "", false, false
	}
	for _, r := range typed {
		value, digit := digitValue(r)
		switch {
		case digit:
			digits.WriteByte('0' + value)
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r):
			return "", false, false
		}
		empty = empty && !digit
	}
	return digits.String(), empty, digits.Len() == want
}

// digitValue of a decimal digit. Unicode keeps the digits of a script together,
// from zero to nine.
func digitValue(r rune) (value byte, ok bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, block := range unicode.Nd.R16 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10), true
		}
	}
	for _, block := range unicode.Nd.R32 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10), true
		}
	}
	return 0, false
}
