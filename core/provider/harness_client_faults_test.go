package provider_test

import (
	"context"
	"sync"

	"github.com/keywright/keywright/core"
)

// faulty says which writes of clients fail: from the nth on, so many times (0 is
// once), after they took effect or before.
type faulty struct {
	nth, times int
	after      bool
}

// clientFaults fails writes of clients.
type clientFaults struct {
	core.Store
	mu   sync.Mutex
	lost faulty
	seen int
}

func (f *clientFaults) arm(lost faulty) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost, f.seen = lost, 0
}

func (f *clientFaults) write(do func() error) error {
	f.mu.Lock()
	f.seen++
	fails := f.lost.nth > 0 && f.seen >= f.lost.nth && f.seen < f.lost.nth+max(1, f.lost.times)
	after := f.lost.after
	f.mu.Unlock()
	if fails && !after {
		return core.ErrUnavailable
	}
	if err := do(); err != nil || !fails {
		return err
	}
	return core.ErrUnavailable
}

func (f *clientFaults) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return f.write(func() error { return f.Store.CreateClient(ctx, c, e...) })
}

func (f *clientFaults) UpdateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return f.write(func() error { return f.Store.UpdateClient(ctx, c, e...) })
}
