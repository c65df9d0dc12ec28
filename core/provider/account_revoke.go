package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// removed is a change of the account that takes credentials from it. It is a reply
// only the provider itself can give.
type removed struct {
	core.Enrolled
	gone []core.Credential
}

// revokeTime is how long a person waits, at the most, for what is revoked elsewhere.
const revokeTime = 5 * time.Second

// revoke lets the authenticators of the credentials that are gone end what those
// stood for elsewhere (RP-17). What could not be ended is logged: the change is
// written, and its owner is not kept from it by somebody else's server. A browser
// that leaves meanwhile stops nothing.
func (t *turn) revoke() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.r.Context()), revokeTime)
	defer cancel()
	for _, c := range t.gone {
		owner := t.p.authenticatorOf(c.Kind)
		if owner == nil {
			continue
		}
		err := t.revokeOne(ctx, owner, c)
		if err != nil {
			t.p.log.WarnContext(ctx, "a credential is removed here and was not revoked elsewhere", "method", c.Kind, "error", err)
		}
	}
}

func (t *turn) revokeOne(ctx context.Context, owner core.Authenticator, c core.Credential) error {
	about := t.Turn
	about.Notes, about.Connection = nil, nil // the account page's own
	if !c.Connection.IsZero() {
		connection, err := t.p.openConnection(ctx, c.Connection)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			return err
		}
		if err == nil && connection.Kind == c.Kind {
			about.Connection = connection
		}
	}
	return owner.Revoke(ctx, about, c)
}
