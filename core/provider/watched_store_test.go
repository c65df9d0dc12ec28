package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// watchedStore counts the calls that requests make and can let one fail.
type watchedStore struct {
	core.Store
	mu     sync.Mutex
	reads  int
	writes int
	// failAt fails the call with this number, counted from 1 since arm; after
	// says whether it takes effect first. failing fails all from there on.
	failAt, calls  int
	after, failing bool
}

var errCut = core.Unavailable(errors.New("connection cut"))

// arm lets the n-th call from now fail.
func (s *watchedStore) arm(n int, after, forGood bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failAt, s.calls, s.after, s.failing = n, 0, after, forGood
}

// cost is the reads and writes since the last call of cost.
func (s *watchedStore) cost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := fmt.Sprintf("%d reads, %d writes", s.reads, s.writes)
	s.reads, s.writes = 0, 0
	return out
}

// call counts one call and runs it, or fails.
func (s *watchedStore) call(write bool, f func() error) error {
	s.mu.Lock()
	if write {
		s.writes++
	} else {
		s.reads++
	}
	s.calls++
	fail := s.failAt > 0 && (s.calls == s.failAt || s.failing && s.calls > s.failAt)
	after := s.after
	s.mu.Unlock()
	if !fail {
		return f()
	}
	if after {
		_ = f()
	}
	return errCut
}

func (s *watchedStore) Client(ctx context.Context, id string) (c core.Client, err error) {
	err = s.call(false, func() error { c, err = s.Store.Client(ctx, id); return err })
	return c, err
}

func (s *watchedStore) Account(ctx context.Context, id core.ID) (a core.Account, err error) {
	err = s.call(false, func() error { a, err = s.Store.Account(ctx, id); return err })
	return a, err
}

func (s *watchedStore) Grant(ctx context.Context, id core.ID) (g core.Grant, t core.Standing, err error) {
	err = s.call(false, func() error { g, t, err = s.Store.Grant(ctx, id); return err })
	return g, t, err
}

func (s *watchedStore) GrantAndAccount(ctx context.Context, id core.ID) (g core.Grant, a core.Account, t core.Standing, err error) {
	err = s.call(false, func() error { g, a, t, err = s.Store.GrantAndAccount(ctx, id); return err })
	return g, a, t, err
}

func (s *watchedStore) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return s.call(true, func() error { return s.Store.UpdateGrant(ctx, g, events...) })
}

func (s *watchedStore) Mark(ctx context.Context, kind string, hash core.Hash, until time.Time, change core.ID) error {
	return s.call(true, func() error { return s.Store.Mark(ctx, kind, hash, until, change) })
}

func (s *watchedStore) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	return s.call(true, func() error { return s.Store.Unmark(ctx, kind, hash, change) })
}

func (s *watchedStore) Marked(ctx context.Context, kind string, hash core.Hash, client string) (b bool, t core.ClientStanding, err error) {
	err = s.call(false, func() error { b, t, err = s.Store.Marked(ctx, kind, hash, client); return err })
	return b, t, err
}

func (s *watchedStore) Take(ctx context.Context, at time.Time, l []core.Limit) (t []core.Taken, err error) {
	err = s.call(true, func() error { t, err = s.Store.Take(ctx, at, l); return err })
	return t, err
}
