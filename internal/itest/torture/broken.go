//go:build unix

package torture

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// What a store can be made to do wrong, to see that the torture finds it.
const (
	// BlindWrites replaces a grant whatever its version is.
	BlindWrites = "blind writes"
	// LostWrites answers some updates of grants and sessions and does not make them.
	LostWrites = "lost writes"
	// GoneGrants and GoneSessions answer some reads as if the row were not there.
	GoneGrants   = "gone grants"
	GoneSessions = "gone sessions"
	// StaleReads answers every read of a grant with what stood there when it was first redeemed, and writes over what
	// stands there now: a copy of the database that lags, and no version to stop it.
	StaleReads = "stale reads"
)

// Faulty lists the faults that a store can be given.
func Faulty() []string {
	return []string{BlindWrites, LostWrites, GoneGrants, GoneSessions, StaleReads}
}

// faulty gives a database the fault named; nothing for no name.
func faulty(db core.Database, name string) core.Database {
	if name == "" {
		return db
	}
	return broken{db, name, &older{grants: map[core.ID]core.Grant{}}}
}

type broken struct {
	core.Database
	name  string
	older *older
}

// Tenant gives the fault to the store of a tenant.
func (b broken) Tenant(id core.ID) core.Store {
	return brokenStore{b.Database.Tenant(id), b.name, b.older}
}

type brokenStore struct {
	core.Store
	name  string
	older *older
}

// older remembers grants as they were when they were first read as redeemed.
type older struct {
	mu     sync.Mutex
	grants map[core.ID]core.Grant
}

// of is the grant as it was then.
func (o *older) of(g core.Grant) core.Grant {
	o.mu.Lock()
	defer o.mu.Unlock()
	if was, ok := o.grants[g.ID]; ok {
		return was
	}
	if g.State == core.GrantActive {
		o.grants[g.ID] = g
	}
	return g
}

// strikes says whether the fault shows this time.
func (b brokenStore) strikes(name string) bool {
	return b.name == name && rand.IntN(10) == 0 //nolint:gosec // a fault on purpose
}

// Grant is read as gone, at times.
func (b brokenStore) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	if b.strikes(GoneGrants) {
		return core.Grant{}, core.Standing{}, core.ErrNotFound
	}
	g, s, err := b.Store.Grant(ctx, id)
	if err == nil && b.name == StaleReads {
		return b.older.of(g), s, nil
	}
	return g, s, err
}

// Sessions are read as gone, at times.
func (b brokenStore) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	if b.strikes(GoneSessions) {
		return nil, nil
	}
	return b.Store.Sessions(ctx, ids)
}

// UpdateGrant forgets the version, or the write.
func (b brokenStore) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	if b.strikes(LostWrites) {
		return nil
	}
	if b.name == BlindWrites || b.name == StaleReads { // never refused
		time.Sleep(rand.N(50 * time.Millisecond)) //nolint:gosec // as if the database were far away
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
