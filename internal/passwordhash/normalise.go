package passwordhash

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxBytes is the longest password, measured before it is normalised (requirement PW-02).
const MaxBytes = 1024

// maxNormalised bounds what Hash and Verify take: NFKC makes text at most 18 times longer in UTF-8.
const maxNormalised = 18 * MaxBytes

// Why a password cannot be used at all. Neither is ever a wrong password: answer with 400, before any work (PWD08, PWD09).
var (
	// ErrTooLong: more than MaxBytes.
	ErrTooLong = errors.New("passwordhash: password too long")
	// ErrInvalidText: not UTF-8, or with a NUL.
	ErrInvalidText = errors.New("passwordhash: password is not text")
)

// Normalise brings a password into the one form that is hashed: Unicode NFKC, so that two keyboards that spell a character in
// different ways agree (NIST SP 800-63B section 3.1.1.2). Nothing is trimmed, cut or changed in case.
func Normalise(password string) (string, error) {
	switch {
	case len(password) > MaxBytes:
		return "", ErrTooLong
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "", ErrInvalidText
	}
	return norm.NFKC.String(password), nil
}
