//go:build unix

package torture

import (
	"context"
	"math/rand/v2"

	"github.com/keywright/keywright/core"
)

// What a store can be made to do wrong, to see that the torture finds it.
const (
	// BlindWrites replaces a grant whatever its version is.
	BlindWrites = "blind writes"
	// LostWrites answers some updates of grants and sessions and does not make them.
	LostWrites = "lost writes"
	// GoneRows answers some reads as if the row were not there.
	GoneRows = "gone rows"
)

// Faulty lists the faults that a store can be given.
func Faulty() []string { return []string{BlindWrites, LostWrites, GoneRows} }

// faulty gives a database the fault named; nothing for no name.
func faulty(db core.Database, name string) core.Database {
	if name == "" {
		return db
	}
	return broken{db, name}
}

type broken struct {
	core.Database
	name string
}

// Tenant gives the fault to the store of a tenant.
func (b broken) Tenant(id core.ID) core.Store { return brokenStore{b.Database.Tenant(id), b.name} }

type brokenStore struct {
	core.Store
	name string
}

// strikes says whether the fault shows this time.
func (b brokenStore) strikes(name string) bool {
	return b.name == name && rand.IntN(20) == 0 //nolint:gosec // a fault on purpose
}

// Grant is read as gone, at times.
func (b brokenStore) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	if b.strikes(GoneRows) {
		return core.Grant{}, core.Standing{}, core.ErrNotFound
	}
	return b.Store.Grant(ctx, id)
}

// Sessions are read as gone, at times.
func (b brokenStore) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	if b.strikes(GoneRows) {
		return nil, nil
	}
	return b.Store.Sessions(ctx, ids)
}

// UpdateGrant forgets the version, or the write.
func (b brokenStore) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	if b.strikes(LostWrites) {
		return nil
	}
	if b.name == BlindWrites {
		now, _, err := b.Store.Grant(ctx, g.ID)
		if err != nil {
			return err
		}
		g.Version = now.Version
	}
	return b.Store.UpdateGrant(ctx, g, events...)
}

// UpdateSession forgets the write.
func (b brokenStore) UpdateSession(ctx context.Context, s core.Session, events ...core.Event) error {
	if b.strikes(LostWrites) {
		return nil
	}
	return b.Store.UpdateSession(ctx, s, events...)
}
