package keys

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// rootLifetime is how long a root key mints before its successor does. It opens
// for as long as its row is kept: for good.
const rootLifetime = 365 * 24 * time.Hour

// first makes the first key of a use and algorithm where the rows hold none at
// all, or none but such as are past their end and were not tended in time. made
// says that the store holds more than the rows now.
func (k *Keys) first(ctx context.Context, rows []core.Key, use core.KeyUse, algorithm string) (made bool, err error) {
	usable := func(r core.Key) bool {
		return r.Use == use && r.Algorithm == algorithm && !r.Revoked && k.published(&r)
	}
	if slices.ContainsFunc(rows, usable) {
		return false, nil
	}
	return true, k.create(ctx, use, algorithm, lastEpoch(rows, use, algorithm)+1, k.now())
}

// ensureSigning makes the first signing key of an algorithm, once, however many
// callers ask, and reads the store again.
func (k *Keys) ensureSigning(ctx context.Context, algorithm string) error {
	if !slices.Contains(k.Algorithms, algorithm) {
		return ErrNoKey
	}
	_, err, _ := k.loading.Do(algorithm, func() (any, error) {
		shared := context.WithoutCancel(ctx) // who asked first may leave; others wait
		r, err := k.read(shared)
		if err != nil {
			return nil, err
		}
		made, err := k.first(shared, r.rows, core.KeySign, algorithm)
		if err != nil {
			return nil, err
		}
		if made {
			return nil, k.reload(shared)
		}
		return nil, k.take(r)
	})
	return err
}

// create makes a key that becomes active at the instant given. Another replica
// that was first is as good: (use, algorithm, epoch) is unique.
func (k *Keys) create(ctx context.Context, use core.KeyUse, algorithm string, epoch uint64, active time.Time) error {
	now := k.now()
	row := core.Key{ID: core.NewID(now), Use: use, Algorithm: algorithm, Epoch: epoch}
	row.Change = core.NewID(now)
	row.CreatedAt, row.ActiveAt = now, active
	private, err := k.generate(&row)
	if err != nil {
		return err
	}
	k.sealRow(&row, private)
	event := core.Event{
		ID: core.NewID(now), At: now, Name: core.EventKeyCreated, Thing: row.ID, Version: 1, KeepUntil: now.AddDate(1, 0, 0),
		EventTerms: core.EventTerms{Reason: string(use) + " " + algorithm},
	}
	err = k.Store.CreateKey(ctx, row, event)
	if err != nil && !errors.Is(err, core.ErrConflict) {
		return fmt.Errorf("storing a new key: %w", err)
	}
	return nil
}

// generate fills in what depends on the use and returns the private part.
func (k *Keys) generate(row *core.Key) ([]byte, error) {
	if row.Use != core.KeySign {
		row.RetireAt = row.ActiveAt.Add(rootLifetime)
		private := make([]byte, 32)
		_, _ = rand.Read(private) // never fails
		return private, nil
	}
	row.RetireAt = row.ActiveAt.Add(k.Lifetimes.SigningKey)
	row.KeepUntil = row.RetireAt.Add(k.longest())
	key, err := jose.Generate(jose.Algorithm(row.Algorithm))
	if err != nil {
		return nil, err
	}
	if row.KeyID, err = jose.KeyID(key.Public()); err != nil {
		return nil, err
	}
	if row.Public, err = jose.PublicJWK(jose.Algorithm(row.Algorithm), row.KeyID, key.Public()); err != nil {
		return nil, err
	}
	return jose.MarshalPrivate(key)
}

// longest is how long after its retirement a key must still verify: the longest
// token it may sign, the time for which documents are cached, and the skew of
// clocks. Successors may come a little late, hence the extra day.
func (k *Keys) longest() time.Duration {
	return max(k.Lifetimes.AccessToken, k.Lifetimes.IDToken, time.Hour) + k.Lifetimes.Document + core.MaxClockSkew + 24*time.Hour
}

func lastEpoch(rows []core.Key, use core.KeyUse, algorithm string) uint64 {
	var last uint64
	for _, r := range rows {
		if r.Use == use && r.Algorithm == algorithm {
			last = max(last, r.Epoch)
		}
	}
	return last
}
