package upstream

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How long documents of others are believed.
const (
	documentFresh = time.Hour        // then they are asked for again
	documentStale = 24 * time.Hour   // and used that long if nobody answers (UPS03)
	coolDown      = 30 * time.Second // between two tries, after a failure or for a key that was not there (LNK18)
	maxDocuments  = 512
	fetchTime     = 5 * time.Second
)

// cache keeps documents by their address. Whoever waits for one waits for a single request, and nobody waits on the lock
// while it runs.
type cache[T any] struct {
	mu      sync.Mutex
	entries map[string]*entry[T]
}

// entry is one document. What stands in it is changed under the cache's lock alone.
type entry[T any] struct {
	value   T
	at      time.Time // when value was read; zero for none
	tried   time.Time // when it was last asked for
	err     error     // of that try
	running chan struct{}
}

// get gives the document, at the age it may have. With newerThan, only one that was asked for after that instant, as far as
// the cool-down allows: it serves a token whose key was not there.
func (c *cache[T]) get(ctx context.Context, now time.Time, address string, newerThan time.Time, fetch func(context.Context) (T, error)) (T, error) {
	e, wait := c.look(ctx, now, address, newerThan, fetch)
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			var none T
			return none, errors.Join(errAway, ctx.Err())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !e.at.IsZero() && now.Sub(e.at) < documentStale {
		return e.value, nil
	}
	var none T
	if e.err == nil {
		return none, errAway
	}
	return none, e.err
}

// look finds the entry and, if something has to be asked for, what to wait for.
func (c *cache[T]) look(ctx context.Context, now time.Time, address string, newerThan time.Time, fetch func(context.Context) (T, error)) (*entry[T], chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[address]
	if e == nil {
		c.makeRoom()
		e = &entry[T]{}
		c.entries[address] = e
	}
	if e.running != nil {
		return e, e.running
	}
	fresh := !e.at.IsZero() && now.Sub(e.at) < documentFresh && !e.at.Before(newerThan)
	if fresh || !e.tried.IsZero() && now.Sub(e.tried) < coolDown {
		return e, nil
	}
	e.running, e.tried = make(chan struct{}), now
	go c.fill(context.WithoutCancel(ctx), e, e.running, now, fetch) // who asked first may leave; others wait for it
	return e, e.running
}

// fill asks once and puts what came.
func (c *cache[T]) fill(ctx context.Context, e *entry[T], done chan struct{}, now time.Time, fetch func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	value, err := fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.err, e.running = err, nil
	if err == nil {
		e.value, e.at = value, now
	}
	close(done)
}

// makeRoom drops the document that was asked for longest ago, if there are too many. Called under the lock.
func (c *cache[T]) makeRoom() {
	if c.entries == nil {
		c.entries = map[string]*entry[T]{}
	}
	if len(c.entries) < maxDocuments {
		return
	}
	oldest := ""
	for address, e := range c.entries {
		if e.running == nil && (oldest == "" || e.tried.Before(c.entries[oldest].tried)) {
			oldest = address
		}
	}
	delete(c.entries, oldest)
}
