package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

func keyArgs(k *core.Key) []any {
	return []any{textValue(string(k.Use)), textValue(k.Algorithm), countValue(k.Epoch)}
}

// CreateKey stores a new key, unless one of its use, algorithm and epoch is
// there.
func (s *store) CreateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	payload, err := k.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(k.ID)}, keyArgs(&k)...)
	return s.create(ctx, s.db.tables.keys, s.insertArgs(&k.Row, payload, own...), events)
}

// Keys lists all keys of the tenant in order of id.
func (s *store) Keys(ctx context.Context) (list []core.Key, err error) {
	var id, use, algorithm octets
	var epoch number
	var v rowValues
	q := s.db.reader.NewSelect().TableExpr("provider_keys").ColumnExpr(s.db.tables.keys.selected).
		Where("tenant = ?", s.key).OrderExpr("id")
	err = s.db.list(ctx, q, append([]any{&id, &use, &algorithm, &epoch}, v.into()...), func() error {
		k := core.Key{
			ID: id.id(), Row: v.row(), Use: core.KeyUse(use), Algorithm: string(algorithm), Epoch: epoch.count(),
		}
		err := k.UnmarshalPayload(v.payload)
		list = append(list, k)
		return err
	})
	return list, err
}

// UpdateKey replaces a key under its version.
func (s *store) UpdateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	payload, err := k.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&k.Row, payload, []any{idValue(k.ID)}, keyArgs(&k)...)
	return s.update(ctx, s.db.tables.keys, args, events)
}
