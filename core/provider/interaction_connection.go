package provider

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// connectionLabel is what the secrets of connections are sealed under.
const connectionLabel = "connection"

// openConnection reads a connection that somebody can sign in by, with its
// secrets opened; ErrNotFound for one that is switched off, deleted, or whose
// organization is.
func (p *Provider) openConnection(ctx context.Context, id core.ID) (*core.Connection, error) {
	c, err := p.Store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Disabled || c.Deleted {
		return nil, core.ErrNotFound
	}
	if !c.Organization.IsZero() {
		o, err := p.Store.Organization(ctx, c.Organization)
		if err != nil {
			return nil, err
		}
		if o.Disabled || o.Deleted {
			return nil, core.ErrNotFound
		}
	}
	if len(c.Sealed) > 0 {
		if c.Sealed, err = p.Keys.Unseal(ctx, connectionLabel, c.Sealed); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// useConnection gives the turn the connection that this interaction goes by, if
// the authenticator is the one that speaks to it.
func (t *turn) useConnection() error {
	if t.i.Connection.IsZero() {
		return nil
	}
	c, err := t.p.openConnection(t.r.Context(), t.i.Connection)
	if errors.Is(err, core.ErrNotFound) {
		return nil // the authenticator says that there is none
	}
	if err != nil {
		return err
	}
	if c.Kind == t.authenticator.Method() {
		t.Connection = c
	}
	return nil
}

// SealConnection seals the secrets of a connection as Connection.Sealed holds
// them.
func (p *Provider) SealConnection(secrets []byte) ([]byte, error) {
	return p.Keys.Seal(connectionLabel, secrets)
}

// OpenConnection reads what SealConnection made.
func (p *Provider) OpenConnection(ctx context.Context, sealed []byte) ([]byte, error) {
	return p.Keys.Unseal(ctx, connectionLabel, sealed)
}

// ForgetConnections drops what this process remembers of organizations and
// connections, so that what was just changed counts here at once.
func (p *Provider) ForgetConnections() { p.organizations.forget() }
