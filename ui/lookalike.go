package ui

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookAlike says that a name could be taken for the product's own (CN-10). It
// compares what the eye sees: case, accents, blanks and letters drawn alike do
// not count. A product name of fewer than four letters is too short to tell.
func lookAlike(name, product string) bool {
	own := skeleton(product)
	return len(own) >= 4 && strings.Contains(skeleton(name), own)
}

// skeleton keeps letters and digits as the Latin letter they look like.
func skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(stripHidden(s)) {
		r = unicode.ToLower(r)
		if i := strings.IndexRune(drawnAlike, r); i >= 0 {
			r = []rune(drawnAs)[len([]rune(drawnAlike[:i]))]
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("rn", "m", "vv", "w").Replace(b.String())
}

// Letters and digits, and below each the Latin letter it is drawn like.
const (
	drawnAlike = "аеоорсухіјѕԁһԛԝмтвнкαοενιρτυκβωγ0135i|$@"
	drawnAs    = "aeoopcyxljsdhqwmtbhkaoevlptukbwyolesllsa"
)
