package web

import (
	"crypto/subtle"
	"encoding/base64"

	"github.com/keywright/keywright/internal/handle"
)

// FormField is the hidden field that carries the token against cross-site
// requests.
const FormField = "csrf"

const formLabel = "form token"

// FormToken is what a form must bring back: it depends on what the form is for
// and on a secret that only this browser's cookie holds.
func FormToken(ring *handle.Ring, purpose, secret []byte) string {
	return encodeToken(ring.Derive(formLabel, purpose, secret))
}

// FormTokenIs says, in constant time, whether the token is the one for this
// purpose and browser, under any key still accepted.
func FormTokenIs(ring *handle.Ring, token string, purpose, secret []byte) bool {
	ok := 0
	for _, sum := range ring.DeriveAll(formLabel, purpose, secret) {
		ok |= subtle.ConstantTimeCompare([]byte(token), []byte(encodeToken(sum)))
	}
	return ok == 1
}

func encodeToken(sum [32]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:16]) }
