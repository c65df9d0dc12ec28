package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

var keys = table[core.Key, *core.Key]{
	bucket: "keys",
	key:    func(tenant core.ID, k *core.Key) key { return tenantKey(tenant).id(k.ID) },
	row:    func(k *core.Key) *core.Row { return &k.Row },
	fields: func(f *fields, k *core.Key) {
		f.id(&k.ID)
		text(f, &k.Use)
		text(f, &k.Algorithm)
		f.number(&k.Epoch)
	},
	entries: func(tenant core.ID, k *core.Key) []entry {
		return []entry{{"keys_by_epoch", tenantKey(tenant).text(string(k.Use)).text(k.Algorithm).number(k.Epoch), "epoch"}}
	},
}

// CreateKey stores a new key, unless there is one of its use, algorithm and
// epoch.
func (s *Store) CreateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return create(ctx, s, keys, k, events)
}

// Keys lists all keys by id.
func (s *Store) Keys(ctx context.Context) (list []core.Key, err error) {
	err = s.db.read(ctx, func(t *tx) (err error) {
		list, err = keys.collect(t, span{"keys", tenantKey(s.tenant), nil}, everything, nil)
		return err
	})
	return list, err
}

// UpdateKey replaces a key.
func (s *Store) UpdateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return update(ctx, s, keys, k, events)
}
