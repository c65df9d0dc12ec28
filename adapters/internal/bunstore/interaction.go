package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// CreateInteraction stores a new interaction.
func (s *store) CreateInteraction(ctx context.Context, i core.Interaction) error {
	payload, err := i.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.insertArgs(&i.Row, payload, idValue(i.ID), flagValue(i.Finished))
	return s.create(ctx, s.db.tables.interactions, args, nil)
}

// Interaction reads an interaction.
func (s *store) Interaction(ctx context.Context, id core.ID) (i core.Interaction, err error) {
	var key octets
	var finished number
	var v rowValues
	into := append([]any{&key, &finished}, v.into()...)
	err = s.db.one(ctx, s.db.tables.interactions.get, []any{s.key, idValue(id)}, into, func() error {
		i = core.Interaction{ID: key.id(), Row: v.row(), Finished: finished.flag()}
		return i.UnmarshalPayload(v.payload)
	})
	return i, err
}

// UpdateInteraction replaces an interaction under its version.
func (s *store) UpdateInteraction(ctx context.Context, i core.Interaction, events ...core.Event) error {
	payload, err := i.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&i.Row, payload, []any{idValue(i.ID)}, flagValue(i.Finished))
	return s.update(ctx, s.db.tables.interactions, args, events)
}
