package resource

import (
	"context"
	"log/slog"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// Token is what a checked access token says. The token itself is not in it.
type Token struct {
	// Issuer and Subject name the person together, or the client where it acts for itself; Subject alone does not.
	Issuer, Subject string
	// ClientID is the application that was given the token.
	ClientID string
	// ID is the jti claim; it may be empty.
	ID string
	// Scopes as the token has them. Ask Has, which knows what they include.
	Scopes []string
	// Audience holds at least this resource.
	Audience []string
	// Expires, IssuedAt and AuthTime are UTC, to the second. The latter two may be zero; AuthTime is when the person signed in.
	// Expires is zero for opaque tokens whose issuer does not say.
	Expires, IssuedAt, AuthTime time.Time
	// ACR and AMR say how the person signed in; they may be empty.
	ACR string
	AMR []string
	// Actors act for the subject, the current one first; empty where the subject, or the client by itself, is at work (RFC 8693
	// section 4.1). Only the first may count for what is allowed; those after it say how the token came here.
	Actors []Actor

	hierarchy hierarchy
	confirm   confirmation
	claims    []byte
}

// Has reports whether the token has all of the scopes, or others that include them (Options.Implies).
func (t *Token) Has(scopes ...string) bool {
	for _, scope := range scopes {
		if !t.hierarchy.holds(t.Scopes, scope) {
			return false
		}
	}
	return true
}

// Claims decodes all claims, or the whole introspection answer, into a struct or map, as encoding/json does and more
// strictly.
func (t *Token) Claims(into any) error { return jose.StrictClaims(t.claims, into) }

// LogValue implements slog.LogValuer: who, by which application.
func (t *Token) LogValue() slog.Value {
	return slog.GroupValue(slog.String("iss", t.Issuer), slog.String("sub", t.Subject), slog.String("client_id", t.ClientID))
}

// tokenKey is where Protect leaves the token.
type tokenKey struct{}

// FromContext gives the token that a request came with, inside of Protect. Elsewhere it gives none. It must not be changed.
func FromContext(ctx context.Context) (*Token, bool) {
	t, found := ctx.Value(tokenKey{}).(*Token)
	return t, found
}

// NewContext is for tests of handlers: a context as Protect makes it.
func NewContext(ctx context.Context, t *Token) context.Context {
	return context.WithValue(ctx, tokenKey{}, t)
}
