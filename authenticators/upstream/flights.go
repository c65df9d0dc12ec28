package upstream

import (
	"context"
	"errors"
	"sync"

	"github.com/keywright/keywright/core"
)

// flights has what several requests want at once done once. Nobody waits on the lock while it runs.
type flights struct {
	mu      sync.Mutex
	running map[string]*flight
}

type flight struct {
	done     chan struct{}
	identity core.Identity
	err      error
}

// do runs work under the key, or waits for whoever does. Who began it may leave; it runs to its own end.
func (f *flights) do(ctx context.Context, key string, work func(context.Context) (core.Identity, error)) (core.Identity, error) {
	f.mu.Lock()
	one, running := f.running[key]
	if !running {
		one = &flight{done: make(chan struct{})}
		if f.running == nil {
			f.running = map[string]*flight{}
		}
		f.running[key] = one
		go f.run(context.WithoutCancel(ctx), key, one, work)
	}
	f.mu.Unlock()
	select {
	case <-one.done:
		return one.identity, one.err
	case <-ctx.Done():
		return core.Identity{}, errors.Join(errAway, ctx.Err())
	}
}

func (f *flights) run(ctx context.Context, key string, one *flight, work func(context.Context) (core.Identity, error)) {
	one.identity, one.err = work(ctx)
	f.mu.Lock()
	delete(f.running, key)
	f.mu.Unlock()
	close(one.done)
}
