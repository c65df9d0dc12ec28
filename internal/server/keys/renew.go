package keys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
)

// RenewAfter is how long after the key store was read for the sake of a key that
// is not known here it is not read for another: whoever makes up keys causes one
// read in that time, however often they ask.
const RenewAfter = time.Second

// overdue is how old a reading may become before what names no key, and fails, is
// doubted: Tend has then missed its turn.
const overdue = 2 * ReloadAfter

// renewed is the last reading of the key store that somebody's unknown key caused.
type renewed struct {
	at  time.Time
	err error
}

// renew is the state to look in for a key that seen does not hold. The store is
// read once more before anybody is told that there is no such key: this replica
// may have been kept from reading it. Where it cannot be read, nothing is known of
// the key, and the error is core.ErrUnavailable. Callers that meet share a read.
func (k *Keys) renew(ctx context.Context, seen *state) (*state, error) {
	if now := k.current.Load(); now != seen {
		return now, nil
	}
	if last := k.lately(); last != nil {
		return k.current.Load(), last.err
	}
	_, err, _ := k.loading.Do("renew", func() (any, error) {
		if last := k.lately(); last != nil {
			return nil, last.err
		}
		err := k.reload(context.WithoutCancel(ctx)) // who asked first may leave; others wait
		if err != nil {
			err = core.Unavailable(fmt.Errorf("a key is not known here, and may be new: %w", err))
		}
		k.renewed.Store(&renewed{k.now(), err})
		return nil, err
	})
	return k.current.Load(), err
}

// lately is the last reading of renew, if it is too early for another. A clock
// that was set back does not count.
func (k *Keys) lately() *renewed {
	last, now := k.renewed.Load(), k.now()
	if last == nil || now.Before(last.at) || !now.Before(last.at.Add(RenewAfter)) {
		return nil
	}
	return last
}

// judged asks the keys that are known, and newer ones where what was asked about
// may be of a key that is not. The error is core.ErrUnavailable, and no judgement,
// where the keys cannot be read.
func judged[T any](ctx context.Context, k *Keys, mayBeNew func(error) bool, ask func(*state) (T, error)) (T, error) {
	known := k.current.Load()
	answer, err := ask(known)
	if err == nil || !mayBeNew(err) {
		return answer, err
	}
	newer, failed := k.renew(ctx, known)
	if failed != nil || newer == known {
		var none T
		return none, cmp.Or(failed, err)
	}
	return ask(newer)
}

func ofUnknownRoot(err error) bool { return errors.Is(err, handle.ErrUnknownRoot) }

// Open reads a handle that is opened, as handle.Ring.Open does. It is
// core.ErrUnavailable, and no judgement, where the handle names a root key that
// may be new and the keys cannot be read.
func (k *Keys) Open(ctx context.Context, kind handle.Kind, h string) (handle.Content, error) {
	return judged(ctx, k, ofUnknownRoot, func(s *state) (handle.Content, error) { return s.ring.Open(kind, h) })
}

// OpenSealed reads a handle that is sealed, as handle.Ring.Unseal does, with the
// errors of Open.
func (k *Keys) OpenSealed(ctx context.Context, kind handle.Kind, h string) ([]byte, error) {
	return judged(ctx, k, ofUnknownRoot, func(s *state) ([]byte, error) { return s.ring.Unseal(kind, h) })
}

// Unseal opens what Seal made under the same label, with the errors of Open;
// ErrSealed for what Seal did not make.
func (k *Keys) Unseal(ctx context.Context, label string, sealed []byte) ([]byte, error) {
	ofLaterRoot := func(err error) bool { return errors.Is(err, errLater) }
	return judged(ctx, k, ofLaterRoot, func(s *state) ([]byte, error) { return s.unseal(k.Tenant, label, sealed) })
}

// Proves tries a proof that names no key: a form's token, a state, the keyed hash
// of a code. What fails is tried again with newer keys only where the last reading
// is overdue: a key is published for longer than that before it is used. The error
// is that of Open.
func (k *Keys) Proves(ctx context.Context, try func(*handle.Ring) bool) (bool, error) {
	now := k.current.Load()
	if try(now.ring) {
		return true, nil
	}
	if read := k.readAt.Load(); read != nil && k.now().Before(read.Add(overdue)) {
		return false, nil
	}
	newer, err := k.renew(ctx, now)
	if err != nil || newer == now {
		return false, err
	}
	return try(newer.ring), nil
}

// Verify checks a token that this issuer signed, also with a key that has
// retired but is still published. typ is as in jose.Verify; the errors are those
// of jose, and that of Open.
func (k *Keys) Verify(ctx context.Context, token string, typ ...string) ([]byte, jose.Header, error) {
	ofUnknownKey := func(err error) bool {
		if !errors.Is(err, jose.ErrUnknownKey) {
			return false
		}
		named, _, err := jose.Peek(token)
		return err == nil && named.KeyID != "" // every key of ours has a name
	}
	type verified struct {
		payload []byte
		head    jose.Header
	}
	v, err := judged(ctx, k, ofUnknownKey, func(s *state) (v verified, err error) {
		v.payload, v.head, err = jose.Verify(token, s.set, s.algorithms, typ...)
		return v, err
	})
	return v.payload, v.head, err
}
