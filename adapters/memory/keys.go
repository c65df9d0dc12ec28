package memory

import (
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// keyEpoch is unique among the keys of a tenant.
type keyEpoch struct {
	use       core.KeyUse
	algorithm string
	epoch     uint64
}

func keyKind() kind[core.ID, core.Key] {
	return kind[core.ID, core.Key]{
		table:   func(s *store) table[core.ID, core.Key] { return s.keys },
		key:     func(k *core.Key) core.ID { return k.ID },
		compare: compareIDs,
		row:     func(k *core.Key) *core.Row { return &k.Row },
		columns: func(k *core.Key) core.Key {
			return core.Key{ID: k.ID, Use: k.Use, Algorithm: k.Algorithm, Epoch: k.Epoch}
		},
		check: func(k *core.Key) error {
			return errors.Join(
				checkID("id of a key", k.ID),
				checkText("use of a key", string(k.Use), core.MaxKind),
				checkLength("algorithm of a key", k.Algorithm, core.MaxKind),
			)
		},
		taken: func(s *store, k *core.Key) string {
			if holder, found := s.keyByEpoch[epochOf(k)]; found && holder != k.ID {
				return "epoch"
			}
			return ""
		},
		index: func(s *store, was, is *core.Key) {
			if was != nil {
				delete(s.keyByEpoch, epochOf(was))
			}
			if is != nil {
				s.keyByEpoch[epochOf(is)] = is.ID
			}
		},
	}
}

func epochOf(k *core.Key) keyEpoch { return keyEpoch{k.Use, k.Algorithm, k.Epoch} }

// CreateKey stores a key; one per use, algorithm and epoch.
func (s *store) CreateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return create(ctx, s, keyKind(), k, events)
}

// UpdateKey replaces a key under its version.
func (s *store) UpdateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return update(ctx, s, keyKind(), k, events)
}

// Keys lists all keys of the tenant in order of id.
func (s *store) Keys(ctx context.Context) ([]core.Key, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []*row[core.Key]
	s.mu.RLock()
	rowsIn(s.keys)(func(r *row[core.Key]) { rows = append(rows, r) })
	s.mu.RUnlock()
	slices.SortFunc(rows, func(a, b *row[core.Key]) int { return compareIDs(a.columns.ID, b.columns.ID) })
	return decodeAll(rows)
}
