package keywright

import (
	"context"

	"github.com/keywright/keywright/core/admin"
)

// Clients is what an operator does with this issuer's clients, of every lane: list,
// disable, enable, revoke, delete, approve, and clean up. A program beside the
// provider that has only its database makes an admin.Clients of its own.
func (p *Provider) Clients() admin.Clients {
	return admin.Clients{
		Store: p.store, Now: p.config.Now,
		Unstored: p.endpoint.UnstoredClient, Changed: p.endpoint.ForgetClient,
	}
}

// note writes when clients were last used.
func (p *Provider) note(ctx context.Context) error {
	if p.endpoint == nil {
		return nil
	}
	return p.endpoint.WriteUses(ctx)
}
