package core

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// scripted is a GrantStore whose next answers are written down.
type scripted struct {
	GrantStore
	row     Grant
	updates []error
	readErr error
	// between is called after each update, as other callers would be.
	between func(*scripted)
	events  []Event
	wrote   int
	read    int
}

func (s *scripted) Grant(context.Context, ID) (Grant, Standing, error) {
	s.read++
	return s.row, goodStanding(), s.readErr
}

func (s *scripted) UpdateGrant(_ context.Context, g Grant, events ...Event) error {
	var err error
	if s.wrote < len(s.updates) {
		err = s.updates[s.wrote]
	}
	s.wrote++
	if err == nil {
		g.Version++
		s.row, s.events = g, append(s.events, events...)
	}
	if s.between != nil {
		s.between(s)
	}
	return err
}

func (s *scripted) apply(ctx context.Context, decide decider) (Decision, error) {
	events := func(d Decision) []Event { return []Event{{Thing: d.Grant.ID, Version: d.Grant.Version + 1}} }
	return ApplyGrant(ctx, s, s.row, goodStanding(), func() time.Time { return testAt }, decide, events)
}

func TestApplyGrant_hotPathIsOneUpdate(t *testing.T) {
	s := &scripted{row: grantIn(GrantCode)}
	d, err := s.apply(t.Context(), redeems)
	if err != nil || d.Refusal != "" || s.read != 0 || s.wrote != 1 {
		t.Fatalf("%v %q: %d reads, %d updates", err, d.Refusal, s.read, s.wrote)
	}
	if d.Grant.Version != 2 || d.Grant.Change.IsZero() || len(s.events) != 1 || s.events[0].Version != 2 {
		t.Fatalf("version %d, change %v, events %v", d.Grant.Version, d.Grant.Change, s.events)
	}
	overlap := &scripted{row: activeAt(2)}
	if d, err := overlap.apply(t.Context(), rotates(1)); err != nil || d.Refusal != "" || overlap.wrote+overlap.read != 0 {
		t.Fatalf("the overlap costs %d updates and %d reads", overlap.wrote, overlap.read)
	}
}

func TestApplyGrant_givesUpAsUnavailable(t *testing.T) {
	fault := errors.New("a bug of the adapter")
	for name, c := range map[string]struct {
		store scripted
		want  error
		wrote int
	}{
		"conflict for ever":   {scripted{updates: []error{ErrConflict, ErrConflict, ErrConflict, ErrConflict, nil}}, ErrUnavailable, 4},
		"away for ever":       {scripted{updates: []error{errLost, errLost, errLost, errLost, nil}}, ErrUnavailable, 4},
		"conflict, then good": {scripted{updates: []error{ErrConflict, ErrConflict, ErrConflict, nil}}, nil, 4},
		"unreadable":          {scripted{updates: []error{ErrConflict}, readErr: fault}, ErrUnavailable, 1},
		"gone":                {scripted{updates: []error{ErrConflict}, readErr: ErrNotFound}, ErrNotFound, 1},
		"a fault":             {scripted{updates: []error{fault}}, fault, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := c.store
			s.row = activeAt(1)
			_, err := s.apply(t.Context(), rotates(1))
			if !errors.Is(err, c.want) || s.wrote != c.wrote {
				t.Errorf("%s: %v after %d updates", name, err, s.wrote)
			}
		})
	}
}

func TestApplyGrant_cancelledIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &scripted{row: activeAt(1), updates: []error{context.Canceled}, between: func(*scripted) { cancel() }}
	if _, err := s.apply(ctx, rotates(1)); !errors.Is(err, ErrUnavailable) || s.read != 0 {
		t.Fatalf("%v after %d reads", err, s.read)
	}
}

// The stated exception: a redemption landed, its answer was lost, and somebody
// changed the row before it could be recognised.
func TestApplyGrant_overwrittenRedemptionIsNotAReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{row: grantIn(GrantCode), updates: []error{errLost}}
		s.between = func(s *scripted) {
			s.row = grantIn(GrantCode).Redeem(redemption(s.row), goodStanding()).Grant
			s.row = s.row.RevokeAccess(0).Grant
			s.row.Version, s.row.Change = 3, ID{77}
		}
		_, err := s.apply(t.Context(), redeems)
		if !errors.Is(err, ErrUnavailable) || s.wrote != 1 || s.row.State != GrantActive {
			t.Fatalf("%v, %d updates, %s", err, s.wrote, s.row.State)
		}
		s.between = nil // the retry, judged by itself, is a replay (design section 14)
		if d, err := s.apply(t.Context(), redeems); err != nil || d.Refusal != RefusedReplayed || s.row.State != GrantRevoked {
			t.Fatalf("the retry: %v %q %s", err, d.Refusal, s.row.State)
		}
	})
}

func TestApplyGrant_lateWriteIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first Grant
		s := &scripted{row: activeAt(1), updates: []error{errLost, ErrConflict}}
		decide := func(g Grant, st Standing) Decision { return rotates(1)(g, st) }
		s.between = func(s *scripted) {
			if s.wrote == 2 { // the first write lands while the second is under way
				s.row = first
			}
		}
		a := grantApplication{now: func() time.Time { return testAt }, decide: decide, pause: pause}
		a.events = func(d Decision) []Event {
			if first.ID.IsZero() {
				first = d.Grant
				first.Version++
			}
			return nil
		}
		d, err := a.apply(t.Context(), s, s.row, goodStanding())
		if err != nil || d.Refusal != "" || d.Grant.Change != first.Change || d.Grant.Version != 2 {
			t.Fatalf("%v %q version %d", err, d.Refusal, d.Grant.Version)
		}
	})
}
