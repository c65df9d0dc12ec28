package cimd

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// maxHold is the longest that a URL which failed again and again is left alone.
const maxHold = time.Minute

// document is what was made of one, and how long that counts.
type document struct {
	metadata core.ClientMetadata
	hash     core.Hash
	etag     string
	issuer   string    // of the certificate of its host
	seen     time.Time // when it was last read, or said to be the same
	fresh    time.Time // until when it is used without asking
}

// cache keeps documents, those used longest ago going first. What is fetched is
// fetched once however many wait for it, and no lock is held meanwhile.
type cache struct {
	fetch func(ctx context.Context, a address, old *document, at time.Time) (*document, *failure)
	most  int

	mu    sync.Mutex
	byID  map[string]*list.Element
	order *list.List // of *entry, the one used last in front
	governor
}

type entry struct {
	address
	doc      *document
	failed   *failure      // of the last fetch; nil: it went well
	failures int           // in a row
	hold     time.Time     // no fetch before
	loading  chan struct{} // closed when the fetch under way is over
}

// current gives a document that is fresh, and fetches it at need.
func (c *cache) current(ctx context.Context, a address, at time.Time) (*document, error) {
	c.mu.Lock()
	e := c.entry(a)
	if e.fresh(at) || e.loading == nil && at.Before(e.hold) {
		defer c.mu.Unlock()
		return e.answer(at)
	}
	if err := c.begin(ctx, e, a, at); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	loading := e.loading
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, core.Unavailable(ctx.Err())
	case <-loading:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return e.answer(at)
}

// address gives one whose form was judged before.
func (c *cache) address(id string) (address, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byID[id]
	if at == nil {
		return address{}, false
	}
	e, ok := at.Value.(*entry)
	if !ok {
		return address{}, false
	}
	return e.address, true
}

// kept gives the document in memory, fresh or not, or nil. Where it is not
// fresh and renew is set, it is fetched while the caller goes on.
func (c *cache) kept(ctx context.Context, a address, at time.Time, renew bool) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID[a.id] == nil && !renew {
		return nil
	}
	e := c.entry(a)
	if renew && !e.fresh(at) && !at.Before(e.hold) {
		_ = c.begin(ctx, e, a, at) // refused: the next one may
	}
	return e.doc
}

// begin sends for the document, unless somebody has. The caller holds the lock.
func (c *cache) begin(ctx context.Context, e *entry, a address, at time.Time) error {
	if e.loading != nil {
		return nil
	}
	if err := c.take(a.host, at); err != nil {
		return err
	}
	e.loading = make(chan struct{})
	go c.load(context.WithoutCancel(ctx), e, e.doc, a, at)
	return nil
}

// load fetches and wakes who waits. A failure is kept for those only, and holds
// off the next fetch from the second in a row on (CM-36).
func (c *cache) load(ctx context.Context, e *entry, old *document, a address, at time.Time) {
	doc, failed := c.fetch(ctx, a, old, at)
	c.mu.Lock()
	defer c.mu.Unlock()
	close(e.loading)
	e.loading, e.failed = nil, failed
	if failed == nil {
		e.doc, e.failures, e.hold = doc, 0, time.Time{}
		return
	}
	if e.failures++; e.failures > 1 {
		e.hold = at.Add(min(time.Second<<min(e.failures-2, 10), maxHold))
	}
}

func (e *entry) fresh(at time.Time) bool { return e.doc != nil && at.Before(e.doc.fresh) }

func (e *entry) answer(at time.Time) (*document, error) {
	switch {
	case e.fresh(at):
		return e.doc, nil
	case e.failed != nil:
		return nil, e.failed
	}
	return nil, &failure{reason: "unreachable", outage: true} // cannot be: a fetch gives one or the other
}

// entry is the place of a client_id, now the one used last; the caller holds the
// lock.
func (c *cache) entry(a address) *entry {
	if c.byID == nil {
		c.byID, c.order = map[string]*list.Element{}, list.New()
	}
	if at := c.byID[a.id]; at != nil {
		c.order.MoveToFront(at)
		if e, ok := at.Value.(*entry); ok {
			return e
		}
	}
	if c.order.Len() >= c.most {
		if e, ok := c.order.Remove(c.order.Back()).(*entry); ok {
			delete(c.byID, e.id)
		}
	}
	e := &entry{address: a}
	c.byID[a.id] = c.order.PushFront(e)
	return e
}
