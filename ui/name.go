package ui

import (
	"strings"
	"unicode"
)

// nameLimit is how many characters of a name are shown.
const nameLimit = 40

// CleanName makes a name that somebody else chose fit to be shown: control,
// format (direction marks, zero-width) and invalid characters are taken out,
// runs of blanks become one space, more than two combining marks in a row are
// dropped, and what is longer than 40 characters is cut with an ellipsis.
func CleanName(s string) string { return cut(stripHidden(s), nameLimit) }

// stripHidden removes what cannot be seen and joins runs of blanks. It reads no
// more than 4096 bytes.
func stripHidden(s string) string {
	if plainASCII(s) {
		return s
	}
	if len(s) > 4096 {
		s = s[:4096]
	}
	var b strings.Builder
	space, marks := false, 0
	for _, r := range s {
		switch {
		case r == unicode.ReplacementChar:
			continue
		case blank(r):
			space = b.Len() > 0
			continue
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > 2 || b.Len() == 0 {
				continue
			}
		default:
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plainASCII says that s needs no cleaning: short, printable, no double blanks.
func plainASCII(s string) bool {
	if len(s) > 256 || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// blank is every space, and the letters that are drawn as nothing.
func blank(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0, 0x180b, 0x180c, 0x180d, 0x180f, 0x034f:
		return true
	}
	return unicode.IsSpace(r)
}

// cut keeps limit characters, the last of them an ellipsis where more were there.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	last := 0
	for i := range s {
		if n++; n == limit {
			last = i
		}
		if n > limit {
			return strings.TrimRight(s[:last], " ") + "…"
		}
	}
	return s
}

// cleanEmail makes an address fit to be shown. It is not cut at 40: an address
// is compared letter by letter.
func cleanEmail(s string) string {
	return cut(strings.ReplaceAll(stripHidden(s), " ", ""), 254)
}

// initials are up to two letters that stand for a name or an address.
func initials(name string) string {
	name, _, _ = strings.Cut(name, "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}
