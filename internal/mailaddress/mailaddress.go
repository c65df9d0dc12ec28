// Package mailaddress brings email addresses into the one form that is compared.
package mailaddress

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrAddress says that a text is not an email address that an account can have.
var ErrAddress = errors.New("not an email address")

const (
	maxAddress = 320 // bytes of the whole
	maxLocal   = 64  // bytes before the @ (RFC 5321 section 4.5.3.1.1)
	maxDomain  = 253 // bytes
	maxLabel   = 63
)

// Canonical brings an email address into the form that is compared: local part
// in NFC and lower case, domain in lower case. Two spellings of one address give
// one text; what people cannot tell apart by eye (invisible marks, wide or
// ligature letters) is refused rather than folded, since it is another mailbox
// (threats IDN01 to IDN07). Domains are given as in the DNS: a name in other
// letters in its "xn--" form. Every refusal is ErrAddress.
func Canonical(address string) (string, error) {
	if len(address) > maxAddress || !utf8.ValidString(address) {
		return "", ErrAddress
	}
	local, domain, found := strings.Cut(address, "@")
	if !found {
		return "", ErrAddress
	}
	local, ok := canonicalLocal(local)
	domain = lowerASCII(domain)
	if !ok || !validDomain(domain) {
		return "", ErrAddress
	}
	return local + "@" + domain, nil
}

// canonicalLocal accepts a dot-atom (RFC 5322 section 3.2.3, with the characters
// that RFC 6532 adds); quoted forms have no use and many readings.
func canonicalLocal(local string) (string, bool) {
	composed := norm.NFC.String(local)
	if composed != norm.NFKC.String(local) {
		return "", false
	}
	composed = norm.NFC.String(strings.ToLower(composed))
	if composed == "" || len(composed) > maxLocal || strings.Contains(composed, "..") ||
		composed[0] == '.' || composed[len(composed)-1] == '.' {
		return "", false
	}
	for _, r := range composed {
		if !localRune(r) {
			return "", false
		}
	}
	return composed, true
}

func localRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) && !invisible(r)
}

// invisible runes draw nothing although they are neither spaces nor controls.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' || r == utf8.RuneError
}

// validDomain accepts a host name of at least two labels (RFC 1123 section 2.1);
// hyphens in third and fourth place only as in "xn--" (RFC 5891 section 4.2.3.1),
// and none at the end, so that no label stands for plain ASCII (IDN07).
func validDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(domain) > maxDomain || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if !validLabel(l) {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func validLabel(l string) bool {
	if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	if len(l) >= 4 && l[2:4] == "--" && l[:2] != "xn" {
		return false
	}
	for i := range len(l) {
		c := l[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// lowerASCII leaves every other letter alone: some turn into ASCII when lowered.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
