package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

var interactions = table[core.Interaction, *core.Interaction]{
	bucket: "interactions",
	key:    func(tenant core.ID, i *core.Interaction) key { return tenantKey(tenant).id(i.ID) },
	row:    func(i *core.Interaction) *core.Row { return &i.Row },
	fields: func(f *fields, i *core.Interaction) {
		f.id(&i.ID)
		f.flag(&i.Finished)
	},
}

// CreateInteraction stores a new interaction.
func (s *Store) CreateInteraction(ctx context.Context, i core.Interaction) error {
	return create(ctx, s, interactions, i, nil)
}

// Interaction reads an interaction.
func (s *Store) Interaction(ctx context.Context, id core.ID) (core.Interaction, error) {
	return one(ctx, s, interactions, tenantKey(s.tenant).id(id))
}

// UpdateInteraction replaces an interaction.
func (s *Store) UpdateInteraction(ctx context.Context, i core.Interaction, events ...core.Event) error {
	return update(ctx, s, interactions, i, events)
}
