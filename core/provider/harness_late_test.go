package provider_test

import (
	"context"
	"sync"

	"github.com/keywright/keywright/core"
)

// lateStore is told to lose the answer of a write of an interaction or a client,
// which takes effect only when the next one comes, just before it.
type lateStore struct {
	core.Store
	mu    sync.Mutex
	armed bool
	late  func() error
}

// belated puts such a store under that of the world.
func (w *world) belated() *lateStore {
	s := &lateStore{Store: w.store.Store}
	w.store.Store = s
	return s
}

func (s *lateStore) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = true
}

func (s *lateStore) write(run func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late != nil {
		_ = s.late() // nobody waits for its answer
		s.late = nil
	}
	if s.armed {
		s.armed, s.late = false, run
		return core.ErrUnavailable
	}
	return run()
}

func (s *lateStore) UpdateInteraction(ctx context.Context, i core.Interaction, e ...core.Event) error {
	return s.write(func() error { return s.Store.UpdateInteraction(ctx, i, e...) })
}

func (s *lateStore) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return s.write(func() error { return s.Store.CreateClient(ctx, c, e...) })
}

func (s *lateStore) UpdateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return s.write(func() error { return s.Store.UpdateClient(ctx, c, e...) })
}
