package passwordhash

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// gate lets a few in, keeps a few waiting, and turns the rest away. It has no lock of its own.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
	queue   int64
	wait    time.Duration
}

func newGate(o Options) *gate {
	concurrency, queue, wait := o.Concurrency, o.Queue, o.Wait
	if concurrency <= 0 {
		concurrency = runtime.GOMAXPROCS(0)
	}
	if queue <= 0 {
		queue = 16 * concurrency
	}
	if wait <= 0 {
		wait = 2 * time.Second
	}
	return &gate{places: make(chan struct{}, concurrency), queue: int64(queue), wait: wait}
}

// enter returns nil once there is a place, ErrBusy when none came free in time or too many wait already, or the context's error.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case g.places <- struct{}{}:
		return nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > g.queue {
		return ErrBusy
	}
	patience := time.NewTimer(g.wait)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}:
		return nil
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.places }
