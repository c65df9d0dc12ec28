// Package subject names a person of another issuer by one key, the same wherever they are seen: when they sign in
// through that issuer, and when it writes an assertion about them.
package subject

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Key is a digest of parts, 43 characters of base64url. No two lists of parts have the same.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // no two lists of parts read alike
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Of names the subject of an issuer; with a connection, among the people of that connection alone, since whoever
// configures one says what its issuer is called.
func Of(connection, issuer, sub string) string {
	if connection == "" {
		return Key(issuer, sub)
	}
	return Key("connection", connection, issuer, sub)
}
