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
type originCache struct {
	mu     sync.Mutex
	known  map[string]struct{}
	readAt time.Time
}

// allowsOrigin says whether a page of this origin may read the answer: the
// origin of a redirect URI of some client, byte for byte (CO-02, HDR10).
func (p *Provider) allowsOrigin(ctx context.Context, origin string) bool {
	now := p.now()
	p.origins.mu.Lock()
	known, fresh := p.origins.known, now.Sub(p.origins.readAt) < core.MaxClientStale
	p.origins.mu.Unlock()
	if known == nil || !fresh {
		read, err := p.readOrigins(ctx)
		if err != nil {
			p.log.WarnContext(ctx, "origins of clients could not be read", slog.Any("error", err))
			return false
		}
		p.origins.mu.Lock()
		p.origins.known, p.origins.readAt = read, now
		p.origins.mu.Unlock()
		known = read
	}
	_, ok := known[origin]
	return ok
}

// readOrigins collects the origins of every client that is not disabled.
func (p *Provider) readOrigins(ctx context.Context) (map[string]struct{}, error) {
	const page = 1000
	known, after := map[string]struct{}{}, ""
	for {
		clients, err := p.Store.Clients(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, c := range clients {
			if c.Disabled || c.Deleted {
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
