package keys

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// Tend does what time asks of keys: reads what others changed, makes successors
// early enough to be published before they sign, and seals again, by the first
// secret, what an older one sealed. It makes no first keys: a process may serve
// thousands of tenants whom nobody asks. Every replica may call it at once.
// While the store does not answer, the keys that are known stay in use. Where
// there is nothing to do it is one read.
func (k *Keys) Tend(ctx context.Context) error {
	if err := k.reload(ctx); err != nil {
		return err
	}
	changed := false
	do := func(made bool, err error) error {
		changed = changed || made
		return err
	}
	for _, a := range k.Algorithms {
		if err := do(k.succeed(ctx, core.KeySign, a)); err != nil {
			return err
		}
	}
	for _, use := range []core.KeyUse{core.KeyHandle, core.KeySeal} {
		if err := do(k.succeed(ctx, use, "")); err != nil {
			return err
		}
	}
	if err := do(k.sealAgain(ctx)); err != nil || !changed {
		return err
	}
	return k.reload(ctx)
}

// succeed makes the next key of a use and algorithm once its newest comes close
// to the end of its time. The next is published at once and used when the time
// to publish has passed: never before every cache can know it.
func (k *Keys) succeed(ctx context.Context, use core.KeyUse, algorithm string) (made bool, err error) {
	var newest *core.Key
	rows := k.current.Load().rows
	for i := range rows {
		r := &rows[i]
		if r.Use == use && r.Algorithm == algorithm && !r.Revoked && (newest == nil || r.Epoch > newest.Epoch) {
			newest = r
		}
	}
	if newest == nil || newest.RetireAt.IsZero() || k.now().Before(newest.RetireAt.Add(-k.Lifetimes.PrePublish)) {
		return false, nil
	}
	if ours, err := k.turn(ctx, newest.RetireAt); err != nil || !ours {
		return false, err
	}
	active := newest.RetireAt
	if soonest := k.now().Add(k.Lifetimes.PrePublish); soonest.After(active) {
		active = soonest // no one tended in time: publish first all the same
	}
	return true, k.create(ctx, use, algorithm, lastEpoch(rows, use, algorithm)+1, active)
}

// turn says whether a successor that is due is this replica's to make. The lease
// keeps the others from making the same, which is thrown away; it protects
// nothing. Where half the time to publish is gone whoever sees it makes the key,
// so that a holder who cannot keeps nobody from it.
func (k *Keys) turn(ctx context.Context, retires time.Time) (bool, error) {
	now := k.now()
	if k.Lease == nil || now.After(retires.Add(-k.Lifetimes.PrePublish/2)) {
		return true, nil
	}
	return k.Lease(ctx, "keys "+k.Tenant.String(), now, now.Add(ReloadAfter))
}

// sealAgain moves rows to the first secret, so that an old one can go.
func (k *Keys) sealAgain(ctx context.Context) (changed bool, err error) {
	for _, row := range k.current.Load().rows {
		if row.SealedBy == k.secrets[0].name || !k.published(&row) {
			continue
		}
		private, err := k.openRow(&row)
		if err != nil {
			return changed, err
		}
		k.sealRow(&row, private)
		row.Change, changed = core.NewID(k.now()), true
		if err := k.Store.UpdateKey(ctx, row); err != nil && !errors.Is(err, core.ErrConflict) {
			return changed, err
		}
	}
	return changed, nil
}
