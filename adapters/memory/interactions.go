package memory

import (
	"context"

	"github.com/keywright/keywright/core"
)

func interactionKind() kind[core.ID, core.Interaction] {
	return kind[core.ID, core.Interaction]{
		table:   func(s *store) table[core.ID, core.Interaction] { return s.interactions },
		key:     func(i *core.Interaction) core.ID { return i.ID },
		compare: compareIDs,
		row:     func(i *core.Interaction) *core.Row { return &i.Row },
		columns: func(i *core.Interaction) core.Interaction {
			return core.Interaction{ID: i.ID, Finished: i.Finished}
		},
		check: func(i *core.Interaction) error { return checkID("id of an interaction", i.ID) },
	}
}

// CreateInteraction stores an interaction.
func (s *store) CreateInteraction(ctx context.Context, i core.Interaction) error {
	return create(ctx, s, interactionKind(), i, nil)
}

// Interaction reads an interaction.
func (s *store) Interaction(ctx context.Context, id core.ID) (core.Interaction, error) {
	return read(ctx, s, interactionKind(), id)
}

// UpdateInteraction replaces an interaction under its version.
func (s *store) UpdateInteraction(ctx context.Context, i core.Interaction, events ...core.Event) error {
	return update(ctx, s, interactionKind(), i, events)
}
