// Package pkce checks the shape of proof keys for code exchange: RFC 7636 as
// OAuth 2.1 narrows it, sections 4.1.1, 4.1.3 and 7.5.2. The method is S256 or
// nothing; plain does not exist here. Whether a verifier belongs to a challenge
// is judged with all else that a code is bound to, by the grant.
package pkce

import (
	"crypto/sha256"
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
// authorization endpoint (invalid_request), the last to the token endpoint.
var (
	// ErrChallengeMissing means that no code_challenge was sent.
	ErrChallengeMissing = errors.New("pkce: code_challenge is missing")
	// ErrMethodMissing means a challenge without a method, which would mean plain.
	ErrMethodMissing = errors.New("pkce: code_challenge_method is missing")
	// ErrMethodUnsupported means a method other than S256.
	ErrMethodUnsupported = errors.New("pkce: code_challenge_method is not S256")
	// ErrChallengeMalformed means a challenge that is no SHA-256 in base64url.
	ErrChallengeMalformed = errors.New("pkce: code_challenge is not 43 base64url characters")
	// ErrVerifierMalformed means a verifier that is not 43 to 128 unreserved
	// characters.
	ErrVerifierMalformed = errors.New("pkce: code_verifier is not 43 to 128 unreserved characters")
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

// CheckVerifier checks the shape of what the token endpoint was sent: 43 to 128
// unreserved characters (RFC 7636, section 4.1), or else ErrVerifierMalformed.
func CheckVerifier(verifier string) error {
	if len(verifier) < verifierMinLength || len(verifier) > verifierMaxLength {
		return ErrVerifierMalformed
	}
	for i := range len(verifier) {
		if c := verifier[i]; !base64url(c) && c != '.' && c != '~' {
			return ErrVerifierMalformed
		}
	}
	return nil
}

// Challenge is the S256 challenge of a verifier, for those who are a client:
// an upstream connection, a demo application, a test. It is 43 characters.
func Challenge(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:])
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

func base64url(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
