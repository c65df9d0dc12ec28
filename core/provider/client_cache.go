package provider

import (
	"context"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// maxCachedClients bounds the memory that clients may take.
const maxCachedClients = 4096

// clientCache keeps clients for at most core.MaxClientStale. What was granted
// is judged by its standing as well, which is never cached; only requests
// without a grant rest on this alone.
type clientCache struct {
	mu   sync.RWMutex
	byID map[string]cachedClient
}

type cachedClient struct {
	client *core.Client
	until  time.Time
}

func (c *clientCache) get(id string, at time.Time) (*core.Client, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hit, ok := c.byID[id]
	return hit.client, ok && at.Before(hit.until)
}

func (c *clientCache) put(client *core.Client, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= maxCachedClients {
		c.byID = map[string]cachedClient{} // full: begin again; each is one read to have back
	}
	c.byID[client.ID] = cachedClient{client, at.Add(core.MaxClientStale)}
}

func (c *clientCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}

// findClient finds a client in the one lane that its id belongs to. It returns
// core.ErrNotFound for none; a disabled client is returned as it is. What is
// shared by everybody who gets it must not be changed.
func (p *Provider) findClient(ctx context.Context, id string) (core.Client, error) {
	if id == "" || len(id) > core.MaxClientID {
		return core.Client{}, core.ErrNotFound
	}
	now := p.now()
	if hit, ok := p.clients.get(id, now); ok {
		return *hit, nil
	}
	return p.loadClient(ctx, id, now)
}

func (p *Provider) loadClient(ctx context.Context, id string, now time.Time) (core.Client, error) {
	lane := p.laneOf(id)
	if lane == nil {
		return core.Client{}, core.ErrNotFound
	}
	found, err := p.loadFrom(ctx, lane, id, now)
	if err != nil {
		p.clients.drop(id)
		return core.Client{}, err
	}
	if found.Version > 0 || found.Lane != core.LaneDCR { // ids without a row cost nothing to make: they push nobody out
		p.clients.put(&found, now)
	}
	return found, nil
}

// laneOf is the one lane that the shape of a client_id belongs to; none falls
// through to another. nil where none claims it, or where more than one does:
// then nobody is to be believed.
func (p *Provider) laneOf(id string) core.ClientLane {
	var found core.ClientLane
	for _, lane := range p.Lanes {
		if !lane.Owns(id) {
			continue
		}
		if found != nil {
			return nil
		}
		found = lane
	}
	return found
}

// currentClient gives back c, or reads it again where its standing shows that
// it has changed since.
func (p *Provider) currentClient(ctx context.Context, c core.Client, s core.ClientStanding) (core.Client, error) {
	if s.Version == c.Version {
		return c, nil
	}
	return p.loadClient(ctx, c.ID, p.now())
}
