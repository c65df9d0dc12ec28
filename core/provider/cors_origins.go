package provider

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// originCache is the set of origins that pages of clients live at. A preflight
// names no client, so all of them are kept, for at most core.MaxClientStale.
// However many requests find it stale, the clients are listed once: anybody can
// send an Origin.
type originCache struct {
	mu      sync.Mutex
	known   map[string]struct{}
	readAt  time.Time
	reading chan struct{} // closed when the reading under way is over
}

// allowsOrigin says whether a page of this origin may read the answer: the
// origin of a redirect URI of some client, byte for byte (CO-02, HDR10).
func (p *Provider) allowsOrigin(ctx context.Context, origin string) bool {
	if p.registersFrom(origin) {
		return true
	}
	c, now := &p.origins, p.now()
	c.mu.Lock()
	fresh, reading := c.known != nil && now.Sub(c.readAt) < core.MaxClientStale, c.reading
	if !fresh && reading == nil {
		c.reading = make(chan struct{})
	}
	c.mu.Unlock()
	switch {
	case fresh:
	case reading == nil:
		p.renewOrigins(context.WithoutCancel(ctx), now) // others wait for it
	default:
		select {
		case <-reading:
		case <-ctx.Done():
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.known[origin]
	return ok && now.Sub(c.readAt) < core.MaxClientStale
}

// renewOrigins reads the origins and wakes who waits. What could not be read
// allows nothing.
func (p *Provider) renewOrigins(ctx context.Context, now time.Time) {
	c := &p.origins
	var read map[string]struct{}
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if read != nil {
			c.known, c.readAt = read, now
		}
		close(c.reading)
		c.reading = nil
	}()
	found, err := p.readOrigins(ctx)
	if err != nil {
		p.log.WarnContext(ctx, "origins of clients could not be read", slog.Any("error", err))
		return
	}
	read = found
}

// readOrigins collects the origins of every client that is not disabled, and to
// which somebody could agree: asking for approval opens no door.
func (p *Provider) readOrigins(ctx context.Context) (map[string]struct{}, error) {
	const page = 1000
	known, after := map[string]struct{}{}, ""
	for {
		clients, err := p.Store.Clients(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, c := range clients {
			if c.Disabled || c.Deleted || !c.Record.WaitingSince.IsZero() && c.Record.AdmittedAt.IsZero() {
				continue
			}
			for _, uri := range c.RedirectURIs {
				if origin := redirecturi.Origin(uri); origin != "" {
					known[origin] = struct{}{}
				}
			}
		}
		if len(clients) < page {
			return known, nil
		}
		after = clients[len(clients)-1].ID
	}
}
