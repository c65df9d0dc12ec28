package providertest

import (
	"sync"
	"time"
)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Now is the provider's clock: give it to libraries that ask for one.
func (p *Provider) Now() time.Time { return p.clock.now() }

// Advance moves the clock; a negative duration sets it back.
func (p *Provider) Advance(by time.Duration) {
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	p.clock.at = p.clock.at.Add(by)
}
