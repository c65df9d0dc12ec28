package core

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// maxRedecisions is how often a lost race is decided again from a fresh read.
const maxRedecisions = 3

// ApplyGrant decides on the grant as read and writes what was decided. It is
// the one place where a race for a grant is settled:
//
//   - The hot path costs one update: the caller has read already.
//   - After ErrConflict or ErrUnavailable the row is read again. If one of the
//     Changes drawn here stands there, that decision has won. Otherwise decide
//     is asked again with what was read, at most three times; then the answer
//     is ErrUnavailable, as it is when the row cannot be read.
//   - If a write of this call may have landed and was overwritten by another
//     caller before it could be recognised, its Change is gone. The fresh state
//     then decides, except that it is not held against the caller: a refusal
//     that would write (a replay, a reuse, a counted failure) becomes
//     ErrUnavailable and changes nothing. The retry is judged by itself.
//
// decide must be a function of its arguments. now dates the ids drawn. events,
// which may be nil, gives what is stored with a decision that is written. The
// Decision returned carries the version that stands in the store.
func ApplyGrant(
	ctx context.Context, s GrantStore, read Grant, standing Standing, now func() time.Time,
	decide func(Grant, Standing) Decision, events func(Decision) []Event,
) (Decision, error) {
	a := grantApplication{now: now, decide: decide, events: events, pause: pause}
	return a.apply(ctx, s, read, standing)
}

// grantApplication is what one call of ApplyGrant asks. It holds nothing that a
// store is given, so that neither it nor its functions need be on the heap.
type grantApplication struct {
	now    func() time.Time
	decide func(Grant, Standing) Decision
	events func(Decision) []Event
	pause  func(ctx context.Context, attempt int) error
}

// grantAttempts is what was tried to be written so far.
type grantAttempts []grantAttempt

// grantAttempt is one write. Its Version is the one that it was based on.
type grantAttempt struct {
	Decision
	// unknown: it may have landed or land yet.
	unknown bool
}

func (a *grantApplication) apply(ctx context.Context, store GrantStore, g Grant, s Standing) (Decision, error) {
	var tried grantAttempts
	doubt := false
	for attempt := 0; ; attempt++ {
		d := a.decide(g, s)
		if !d.Write {
			return d, nil
		}
		if doubt && d.Refusal != "" {
			return Decision{}, Unavailable(errors.New("a write of this request may have been overwritten"))
		}
		d.Grant.Change = NewID(a.now())
		var events []Event
		if a.events != nil {
			events = a.events(d)
		}
		err := tried.write(ctx, store, &d, events)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUnavailable) {
			return Decision{}, err
		}
		if pauseErr := a.pause(ctx, attempt); pauseErr != nil {
			return Decision{}, Unavailable(errors.Join(err, pauseErr))
		}
		id := g.ID
		if g, s, err = store.Grant(ctx, id); err != nil {
			return Decision{}, unreadable(err)
		}
		if won, ok := tried.won(g); ok {
			return won, nil
		}
		if attempt == maxRedecisions {
			return Decision{}, Unavailable(errors.New("too many writers of one grant"))
		}
		doubt = tried.doubtful(g)
	}
}

// write tries to make d stand, which has a Change of its own.
func (a *grantAttempts) write(ctx context.Context, store GrantStore, d *Decision, events []Event) error {
	err := store.UpdateGrant(ctx, d.Grant, events...)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrConflict) {
		err = Unavailable(err) // a cancelled write may have landed
	}
	if err == nil {
		d.Grant.Version++
		return nil
	}
	*a = append(*a, grantAttempt{Decision: *d, unknown: !errors.Is(err, ErrConflict)})
	return err
}

// won finds the attempt whose Change is what stands. It need not be the last
// one: a write that seemed lost can land late.
func (a grantAttempts) won(now Grant) (Decision, bool) {
	for _, t := range a {
		if t.Grant.Change == now.Change {
			t.Grant.Version = now.Version
			return t.Decision, true
		}
	}
	return Decision{}, false
}

// doubtful says whether an attempt may lie beneath what was just read. The
// version tells: unmoved, it has not landed; moved by one, another's write took
// its place for good; moved further, it may be the one in between, unless it
// would have ended the grant.
func (a grantAttempts) doubtful(now Grant) bool {
	doubt := false
	for i := range a {
		switch t := &a[i]; {
		case !t.unknown, now.Version == t.Grant.Version:
		case now.Version == t.Grant.Version+1, t.Grant.final() && !now.final():
			t.unknown = false
		default:
			doubt = true
		}
	}
	return doubt
}

func (g *Grant) final() bool { return g.State == GrantRevoked || g.State == GrantDenied }

// unreadable keeps "it is gone" apart from "nobody knows".
func unreadable(err error) error {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnavailable) {
		return err
	}
	return Unavailable(err)
}

// pause waits a little, longer with each attempt and never the same, so that
// callers who met once do not meet again. The first waits least: mostly the
// other caller is done.
func pause(ctx context.Context, attempt int) error {
	most := time.Millisecond << (2 * attempt) // 1, 4, 16, 64 ms
	t := time.NewTimer(rand.N(most))          //nolint:gosec // spreads callers out; nothing rests on it
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
