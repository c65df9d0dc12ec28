package resource

import (
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/param"
)

// Need is what an operation asks of a token. The zero value asks for a valid token and no more.
type Need struct {
	// Scopes that are all needed.
	Scopes []string
	// ACR names ways of signing in, each of which is enough, the preferred first (RFC 9470: acr_values). Empty means any.
	ACR []string
	// MaxAge is how long ago the person may have signed in. Zero means any time.
	MaxAge time.Duration
}

// check says what the token lacks, if anything: scopes before the strength of the sign-in, and never both in one
// answer (requirement PR-13).
func (n *Need) check(t *Token, now time.Time, skew time.Duration) error {
	if !t.Has(n.Scopes...) {
		return &Error{kind: ErrInsufficientScope, Description: "The access token lacks a scope that this needs.", scopes: n.asked(t)}
	}
	strong := len(n.ACR) == 0 || slices.Contains(n.ACR, t.ACR)
	recent := n.MaxAge <= 0 || !t.AuthTime.IsZero() && now.Sub(t.AuthTime) <= n.MaxAge+skew
	if strong && recent {
		return nil
	}
	e := &Error{kind: ErrInsufficientAuthentication, Description: "This needs a stronger or more recent sign-in.", scopes: n.asked(t)}
	if len(n.ACR) > 0 {
		e.acr = n.ACR
	}
	if n.MaxAge > 0 {
		e.maxAge = max(int64(n.MaxAge/time.Second), 1)
	}
	return e
}

// asked is all that the next token should have: what this operation needs and what the client held already, since some clients ask for what
// the challenge names and nothing else (requirement PR-09).
func (n *Need) asked(t *Token) []string {
	asked := slices.Clone(n.Scopes)
	for _, held := range t.Scopes {
		if len(asked) < param.MaxListItems && held != "offline_access" && !slices.Contains(asked, held) {
			asked = append(asked, held)
		}
	}
	return asked
}

// hierarchy says for each scope which others include it.
type hierarchy map[string][]string

func newHierarchy(implies map[string][]string) hierarchy {
	h := hierarchy{}
	for top := range implies {
		reached := []string{top}
		for i := 0; i < len(reached); i++ { // grows while it runs; each scope once, so circles end
			for _, next := range implies[reached[i]] {
				if !slices.Contains(reached, next) {
					reached = append(reached, next)
				}
			}
		}
		for _, scope := range reached[1:] {
			h[scope] = append(h[scope], top)
		}
	}
	return h
}

// holds compares scopes character by character (threat PRM04).
func (h hierarchy) holds(held []string, scope string) bool {
	return slices.Contains(held, scope) ||
		slices.ContainsFunc(h[scope], func(above string) bool { return slices.Contains(held, above) })
}

// splitScope reads a scope claim; nothing of one that is malformed counts.
func splitScope(scope string) []string {
	if scope == "" || strings.Count(scope, " ") >= param.MaxListItems {
		return nil
	}
	items := strings.Split(scope, " ")
	for _, item := range items {
		if !param.ScopeToken(item) {
			return nil
		}
	}
	return items
}
