// Package web is what the provider, the account pages and the console share of
// HTTP: request numbers, security headers, cookies, proof against cross-site
// requests, and turning pages and errors into bytes.
package web

import (
	"context"
	"crypto/rand"
	"net/http"
)

type requestIDKey struct{}

// WithRequestID draws a number for the request, puts it on the answer as
// X-Request-Id and into the context (OP-02). It holds nothing about anybody.
func WithRequestID(w http.ResponseWriter, r *http.Request) *http.Request {
	id := "req-" + rand.Text()[:12]
	w.Header().Set("X-Request-Id", id)
	return r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
}

// RequestID is the number of the request, or empty outside of one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
