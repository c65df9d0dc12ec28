package keywright

import (
	"context"
	"fmt"

	"github.com/keywright/keywright/core"
)

// PutOrganization creates an organization, where its Version is 0, or replaces the
// one of that version, with the changes to its domains. An ID and a CreatedAt that
// are zero are filled in. To end all that was decided for it, raise Epoch. It counts
// at once in this process, and within core.MaxClientStale in others; sign-ins by its
// connections end everywhere at once where it is disabled or deleted. ErrConflict
// tells that the name or a domain is taken, or that somebody else has changed it.
func (p *Provider) PutOrganization(ctx context.Context, c core.OrganizationChange) (core.Organization, error) {
	at := core.Instant(p.config.Now())
	o := &c.Organization
	o.Change = core.NewID(at)
	e := p.changed(core.EventOrganizationChanged, o.Version+1)
	var err error
	if o.Version == 0 {
		if o.ID.IsZero() {
			o.ID = core.NewID(at)
		}
		if o.CreatedAt.IsZero() {
			o.CreatedAt = at
		}
		e.Thing = o.ID
		err = p.store.CreateOrganization(ctx, c, e)
	} else {
		e.Thing = o.ID
		err = p.store.UpdateOrganization(ctx, c, e)
	}
	p.endpoint.ForgetConnections()
	if err != nil {
		return core.Organization{}, fmt.Errorf("keywright: organization %q: %w", o.Name, err)
	}
	o.Version++
	return *o, nil
}

// PutConnection creates a connection, where its Version is 0, or replaces the one of
// that version. secrets are the authenticator's own, in the open; they are stored
// sealed. nil keeps those in Sealed, so that a connection which was read can be
// changed and put again. To end the sign-ins that went by it, disable it or raise
// Epoch: they end everywhere at once. ErrConflict tells that somebody else has
// changed it.
func (p *Provider) PutConnection(ctx context.Context, c core.Connection, secrets []byte) (core.Connection, error) {
	at := core.Instant(p.config.Now())
	if c.Kind == "" || len(c.Kind) > core.MaxKind {
		return core.Connection{}, fmt.Errorf("keywright: connection: its kind is missing or longer than %d bytes: name the authenticator that speaks to it", core.MaxKind)
	}
	if secrets != nil {
		sealed, err := p.endpoint.SealConnection(secrets)
		if err != nil {
			return core.Connection{}, fmt.Errorf("keywright: connection: %w", err)
		}
		c.Sealed = sealed
	}
	c.Change = core.NewID(at)
	e := p.changed(core.EventConnectionChanged, c.Version+1)
	var err error
	if c.Version == 0 {
		if c.ID.IsZero() {
			c.ID = core.NewID(at)
		}
		if c.CreatedAt.IsZero() {
			c.CreatedAt = at
		}
		e.Thing = c.ID
		err = p.store.CreateConnection(ctx, c, e)
	} else {
		e.Thing = c.ID
		err = p.store.UpdateConnection(ctx, c, e)
	}
	p.endpoint.ForgetConnections()
	if err != nil {
		return core.Connection{}, fmt.Errorf("keywright: connection %q: %w", c.Label, err)
	}
	c.Version++
	return c, nil
}

// Organizations is the store's own view of organizations and connections, to list
// and to read them. What it gives of a connection's secrets is sealed.
func (p *Provider) Organizations() (core.OrganizationStore, core.ConnectionStore) {
	return p.store, p.store
}

func (p *Provider) changed(name core.EventName, version uint64) core.Event {
	at := core.Instant(p.config.Now())
	return core.Event{
		ID: core.NewID(at), At: at, Name: name, Version: version, KeepUntil: at.AddDate(1, 0, 0),
		EventTerms: core.EventTerms{Reason: "operator"},
	}
}
