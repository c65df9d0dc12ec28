package resource

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// kept is one thing of an issuer that is fetched now and then: its keys, its metadata. Whoever asks for it while it is fresh gets
// it without a lock. At most one fetch is under way, and at most one begins in a coolDown, whoever asks how often.
type kept[T any] struct {
	now      func() time.Time
	maxStale time.Duration
	// fetch gives the thing and how long it is fresh.
	fetch func(ctx context.Context) (T, time.Duration, error)

	current atomic.Pointer[copyOf[T]]
	mu      sync.Mutex
	flight  *flight   // the fetch under way, or nil
	began   time.Time // when the last one began
	failed  error     // what it ended with
}

// copyOf is the thing as it was once fetched.
type copyOf[T any] struct {
	value   T
	fetched time.Time
	fresh   time.Duration
}

// flight is a fetch that several wait for. failed is set before done is closed.
type flight struct {
	done   chan struct{}
	failed error
}

// get gives the thing. A little old, it is fetched in the background; very old, it is waited for, but not again and again while the
// issuer is away. If fetching fails, the old one serves until maxStale.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	if c := k.current.Load(); c != nil {
		switch age := k.now().Sub(c.fetched); {
		case age < c.fresh:
			return c.value, nil
		case age < k.maxStale && (age < 2*c.fresh || k.failing()):
			_, _ = k.begin() // of no interest to this request
			return c.value, nil
		}
	}
	err := k.renew(ctx)
	if c := k.current.Load(); c != nil && k.now().Sub(c.fetched) < k.maxStale {
		return c.value, nil
	}
	var none T
	if err == nil { // the last fetch was good, and is too old nevertheless
		err = errUnreachable
	}
	return none, err
}

// renew has it fetched and waits. Within the coolDown after another fetch it gives that one's outcome.
func (k *kept[T]) renew(ctx context.Context) error {
	f, err := k.begin()
	if f == nil {
		return err
	}
	select {
	case <-f.done:
		return f.failed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failing says whether the last fetch went wrong.
func (k *kept[T]) failing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed != nil
}

// begin joins the fetch under way or begins one; no flight means that it is too early for one.
func (k *kept[T]) begin() (*flight, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flight != nil {
		return k.flight, nil
	}
	now := k.now()
	if since := now.Sub(k.began); !k.began.IsZero() && since >= 0 && since < coolDown {
		return nil, k.failed
	}
	k.began = now
	k.flight = &flight{done: make(chan struct{})}
	go k.run(k.flight)
	return k.flight, nil
}

// run is not ended by the request that it began with, since others wait too.
func (k *kept[T]) run(f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*fetchTimeout)
	defer cancel()
	at := k.now()
	value, fresh, err := k.fetch(ctx)
	if err == nil {
		k.current.Store(&copyOf[T]{value, at, fresh})
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flight, k.failed, f.failed = nil, err, err
	close(f.done)
}
