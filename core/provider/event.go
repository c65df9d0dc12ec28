package provider

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// happened is an event of a browser's request. It holds no secret.
func (p *Provider) happened(r *http.Request, at time.Time, name core.EventName, account core.ID, client string, thing core.ID) core.Event {
	return core.Event{
		ID: core.NewID(at), At: at, Name: name, Account: account, Client: client, Thing: thing, Version: 1,
		KeepUntil: at.Add(core.KeepEvents),
		EventTerms: core.EventTerms{
			RequestID: web.RequestID(r), Address: web.Address(r, p.TrustedProxies),
		},
	}
}

// event is one of a client's request, about a grant as its next write leaves it.
func (q *clientQuestion) event(name core.EventName, g *core.Grant, reason string) core.Event {
	return core.Event{
		ID: core.NewID(q.at), At: q.at, Name: name, Account: g.Account, Client: g.Client,
		Thing: g.ID, Version: g.Version + 1, KeepUntil: q.at.Add(core.KeepEvents),
		EventTerms: core.EventTerms{Reason: reason, RequestID: q.requestID, Address: q.address},
	}
}

// observe tells the observer, if there is one, of what is not stored.
func (p *Provider) observe(ctx context.Context, e core.Event) {
	if p.Tools.Observer != nil {
		p.Tools.Observer.Observe(ctx, e)
	}
}

// hear is observe for what happens at every request: without an observer no
// event is made.
func (p *Provider) hear(ctx context.Context, name core.EventName, q *clientQuestion, g *core.Grant) {
	if p.Tools.Observer != nil {
		p.Tools.Observer.Observe(ctx, q.event(name, g, ""))
	}
}

// wakeFor tells whoever delivers that letters were written, so that people need
// not wait for its next round.
func (p *Provider) wakeFor(events []core.Event) {
	if p.Wake != nil && slices.ContainsFunc(events, func(e core.Event) bool { return len(e.Deliveries) > 0 }) {
		p.Wake()
	}
}
