package upstream

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// site is one provider at work: as configured in code, or as a connection says.
type site struct {
	Provider
	// connection it is; zero for one configured in code.
	connection core.ID
	callback   string // path below the issuer
	http       *http.Client
	documents  *documents
	exchanges  *flights
	log        *slog.Logger
}

// documents are what is known of providers, shared by all requests.
type documents struct {
	metadata cache[metadata]
	keys     cache[jose.KeySet]
}

// site that a turn is about. A nil one means that the connection cannot be used, which is logged.
func (a *Authenticator) site(ctx context.Context, c *core.Connection) *site {
	s := &site{Provider: a.provider, callback: a.callback, http: a.http, documents: a.documents, exchanges: a.exchanges, log: a.log}
	if !a.connections {
		return s
	}
	if c == nil {
		return nil
	}
	p, err := parseSettings(c.Settings, c.Sealed)
	if err == nil {
		p.InsecureAllowLoopback = a.provider.InsecureAllowLoopback
		if p.Label == "" {
			p.Label = c.Label
		}
		err = p.check()
	}
	if err != nil {
		a.log.ErrorContext(ctx, "a connection cannot be used", "connection", c.ID.String(), "error", err)
		return nil
	}
	s.Provider, s.connection, s.callback = p, c.ID, fmt.Sprintf("/upstream/connection/%s/callback", c.ID)
	return s
}
