// Package pkce checks proof keys for code exchange: RFC 7636 as OAuth 2.1
// narrows it, sections 4.1.1, 4.1.3 and 7.5.2. The method is S256 or nothing;
// plain does not exist here. Both sides are checked for shape where they are
// seen, and the comparison takes constant time.
package pkce

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
)

// MethodS256 is the only code_challenge_method. Letter case counts.
const MethodS256 = "S256"

const (
	challengeLength   = 43 // SHA-256 in base64url without padding
	verifierMinLength = 43
	verifierMaxLength = 128
)

// What can be wrong with a proof key. The first four belong to the
// authorization endpoint (invalid_request), the others to the token endpoint.
var (
	// ErrChallengeMissing means that no code_challenge was sent.
	ErrChallengeMissing = errors.New("pkce: code_challenge is missing")
	// ErrMethodMissing means a challenge without a method, which would mean plain.
	ErrMethodMissing = errors.New("pkce: code_challenge_method is missing")
	// ErrMethodUnsupported means a method other than S256.
	ErrMethodUnsupported = errors.New("pkce: code_challenge_method is not S256")
	// ErrChallengeMalformed means a challenge that is no SHA-256 in base64url.
	ErrChallengeMalformed = errors.New("pkce: code_challenge is not 43 base64url characters")
	// ErrVerifierMissing means that a challenge was sent and no verifier.
	ErrVerifierMissing = errors.New("pkce: code_verifier is missing")
	// ErrVerifierUnexpected means a verifier where no challenge was sent: the
	// challenge may have been stripped on the way (RFC 9700, section 4.8.2).
	ErrVerifierUnexpected = errors.New("pkce: code_verifier without code_challenge")
	// ErrVerifierMalformed means a verifier that is not 43 to 128 unreserved
	// characters.
	ErrVerifierMalformed = errors.New("pkce: code_verifier is not 43 to 128 unreserved characters")
	// ErrVerifierWrong means a verifier of another challenge.
	ErrVerifierWrong = errors.New("pkce: code_verifier does not match")
)

// CheckChallenge checks what the authorization endpoint was sent. It accepts
// only method S256 with a challenge of exactly 43 base64url characters, whose
// last one has no stray bits: no other string can be a SHA-256 (RFC 7636,
// section 4.2). Errors are those named above.
func CheckChallenge(challenge, method string) error {
	switch {
	case challenge == "":
		return ErrChallengeMissing
	case method == "":
		return ErrMethodMissing
	case method != MethodS256:
		return ErrMethodUnsupported
	case !challengeShaped(challenge):
		return ErrChallengeMalformed
	}
	return nil
}

// CheckVerifier checks what the token endpoint was sent against the challenge
// kept since the authorization request: a verifier is there if and only if a
// challenge was (OAuth 2.1, section 4.1.3), and matches it. An empty string
// means absent. Errors are those named above; nil if both are absent.
func CheckVerifier(challenge, verifier string) error {
	switch {
	case challenge == "" && verifier == "":
		return nil
	case challenge == "":
		return ErrVerifierUnexpected
	case verifier == "":
		return ErrVerifierMissing
	case !verifierShaped(verifier):
		return ErrVerifierMalformed
	case !Verify(challenge, verifier):
		return ErrVerifierWrong
	}
	return nil
}

// Verify reports whether verifier is well formed (43 to 128 unreserved
// characters) and is the one that challenge was made from, in constant time
// (RFC 7636, section 4.6). An empty or malformed challenge matches nothing.
func Verify(challenge, verifier string) bool {
	if !challengeShaped(challenge) || !verifierShaped(verifier) {
		return false
	}
	sum := sum(verifier)
	return subtle.ConstantTimeCompare(sum[:], []byte(challenge)) == 1
}

// Challenge is the S256 challenge of a verifier, for those who are a client:
// an upstream connection, a demo application, a test. It is 43 characters.
func Challenge(verifier string) string {
	sum := sum(verifier)
	return string(sum[:])
}

func sum(verifier string) (text [challengeLength]byte) {
	digest := sha256.Sum256([]byte(verifier))
	base64.RawURLEncoding.Encode(text[:], digest[:])
	return text
}

func challengeShaped(s string) bool {
	if len(s) != challengeLength {
		return false
	}
	for i := range len(s) {
		if !base64url(s[i]) {
			return false
		}
	}
	return lastOfDigest(s[challengeLength-1])
}

// lastOfDigest reports whether c can end 32 bytes: 43 characters hold 258 bits,
// so the lowest two of the last one are zero.
func lastOfDigest(c byte) bool {
	switch c {
	case 'A', 'E', 'I', 'M', 'Q', 'U', 'Y', 'c', 'g', 'k', 'o', 's', 'w', '0', '4', '8':
		return true
	}
	return false
}

func verifierShaped(s string) bool {
	if len(s) < verifierMinLength || len(s) > verifierMaxLength {
		return false
	}
	for i := range len(s) {
		if !base64url(s[i]) && s[i] != '.' && s[i] != '~' {
			return false
		}
	}
	return true
}

func base64url(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
