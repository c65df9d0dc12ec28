// Package web is what the provider, the account pages and the console share of
// HTTP: request numbers, security headers, cookies, proof against cross-site
// requests, and turning pages and errors into bytes.
package web

import (
	"encoding/base32"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
)

const requestID = "X-Request-Id"

// unpadded writes 8 bytes as 13 characters. Making it anew copies 300 bytes.
var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

// NumberRequest draws a number for the request and puts it on the answer
// (OP-02). It takes the place of whatever number the caller sent: that is
// hostile input like any other. The number says nothing about anybody, and
// guessing one gives nothing.
func NumberRequest(w http.ResponseWriter, r *http.Request) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64()) //nolint:gosec // a number to tell a help desk, not a secret
	text := [4 + 13]byte{'r', 'e', 'q', '-'}
	unpadded.Encode(text[4:], b[:])
	number := []string{string(text[:])}
	w.Header()[requestID], r.Header[requestID] = number, number
}

// RequestID is the number of the request, or empty before it has one.
func RequestID(r *http.Request) string { return r.Header.Get(requestID) }
