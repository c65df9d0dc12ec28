package cimd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
)

// Lane is the lane of documents. Make it with New, one for each issuer.
type Lane struct {
	options    Options
	scopes     []string
	resources  []string
	algorithms []string
	http       *http.Client
	now        func() time.Time
	log        *slog.Logger
	observer   core.Observer
	cache      *cache
}

var _ core.ClientLane = (*Lane)(nil)

// Remote is true: clients are described by documents of their own.
func (l *Lane) Remote() bool { return true }

// Approval says whether its clients wait for an operator.
func (l *Lane) Approval() bool { return l.options.Approval }

// Registrar is nil: nobody registers.
func (l *Lane) Registrar() core.Registrar { return nil }

// New makes the lane. What is wrong with the options is reported by Start, all
// at once.
func New(o Options) *Lane {
	o.fill()
	l := &Lane{options: o}
	l.cache = &cache{fetch: l.fetch, most: o.MaxCached, governor: governor{perHost: o.PerHost, all: o.All}}
	return l
}

// Lane is core.LaneCIMD.
func (l *Lane) Lane() core.Lane { return core.LaneCIMD }

// Start reports every problem of the options, and refuses InsecureLoopback for
// an issuer that is not on loopback itself (CM-13).
func (l *Lane) Start(t core.Tools) error {
	issuer, err := url.Parse(t.Issuer)
	if err != nil {
		return err
	}
	if l.options.InsecureLoopback && !isLoopback(issuer.Hostname()) {
		err = errors.New("cimd: InsecureLoopback is set, but the issuer is not on loopback: leave it out")
	}
	if err = errors.Join(err, l.options.check()); err != nil {
		return err
	}
	l.http, l.now, l.log, l.observer = t.HTTP, t.Now, t.Logger, t.Observer
	if l.options.InsecureLoopback {
		l.http = fetch.New(fetch.Options{InsecureAllowLoopback: true}).HTTPClient()
	}
	l.scopes, l.resources, l.algorithms = l.options.Scopes, l.options.Resources, t.Offers.Algorithms
	if len(l.scopes) == 0 {
		l.scopes = slices.Compact(slices.Sorted(slices.Values(t.Offers.Scopes)))
	}
	if len(l.resources) == 0 {
		l.resources = t.Offers.Resources
	}
	return nil
}

// Owns says yes to https URLs, and while developing to http URLs of loopback.
func (l *Lane) Owns(clientID string) bool {
	if strings.HasPrefix(clientID, "https://") {
		return true
	}
	if !l.options.InsecureLoopback || !strings.HasPrefix(clientID, "http://") {
		return false
	}
	u, err := url.Parse(clientID)
	return err == nil && isLoopback(u.Hostname())
}

// Apply has nothing to write.
func (l *Lane) Apply(context.Context, core.Store) error { return nil }

// Load finds a client for a new request of a browser: a stored client, or what
// its document says now. The error is a *core.ClientFault, a *core.Throttled
// where its host has been asked too often, or core.ErrUnavailable.
func (l *Lane) Load(ctx context.Context, store core.Store, clientID string) (core.Client, error) {
	row, a, err := l.judge(ctx, store, clientID)
	if err != nil || a.id == "" {
		return row, err
	}
	doc, err := l.cache.current(ctx, a, l.now())
	if err != nil {
		return core.Client{}, l.refused(ctx, a, err)
	}
	return l.merge(ctx, store, row, a, doc)
}

// Known finds a client for a request that rests on what was granted to it. One
// without a row that is not in memory is not asked for (CM-19).
func (l *Lane) Known(ctx context.Context, store core.Store, clientID string) (core.Client, bool, error) {
	row, a, err := l.judge(ctx, store, clientID)
	if err != nil || a.id == "" {
		return row, true, err
	}
	at, stored := l.now(), row.Version > 0
	doc := l.cache.kept(ctx, a, at, stored)
	switch {
	case doc != nil && at.Before(doc.fresh):
		c, err := l.merge(ctx, store, row, a, doc)
		return c, true, err
	case !stored:
		return core.Client{}, false, core.ErrNotFound
	case at.Before(l.staleEnd(row, doc)):
		return row, false, nil
	}
	c, err := l.Load(ctx, store, clientID)
	var failed *failure
	if errors.As(err, &failed) && failed.outage {
		err = core.Unavailable(failed) // a client that is told it is unknown would throw its tokens away
	}
	return c, true, err
}

// staleEnd is until when the row counts without its document. A row does not
// know what the headers said: it may have been fresh for the longest time.
func (l *Lane) staleEnd(row core.Client, doc *document) time.Time {
	switch {
	case doc != nil && (row.Document == nil || !row.Document.Seen.After(doc.seen)):
		return doc.fresh.Add(l.options.Stale)
	case row.Document != nil && l.options.Stale > 0:
		return row.Document.Seen.Add(l.options.MaxFresh + l.options.Stale)
	}
	return time.Time{}
}

// judge does what needs no network: a stored client wins (CM-01), then the form
// of the address, then trust. Without an address the client is final.
func (l *Lane) judge(ctx context.Context, store core.Store, clientID string) (core.Client, address, error) {
	if !l.Owns(clientID) || len(clientID) > core.MaxClientID {
		return core.Client{}, address{}, fail("url", nil).fault("")
	}
	row, err := store.Client(ctx, clientID)
	switch {
	case errors.Is(err, core.ErrNotFound):
		row = core.Client{}
	case err != nil:
		return core.Client{}, address{}, err
	case row.Deleted || row.Lane != core.LaneCIMD && row.Lane != core.LaneSeeded:
		return core.Client{}, address{}, core.ErrNotFound
	case row.Disabled || row.Lane == core.LaneSeeded:
		return row, address{}, nil
	}
	a, judged := l.cache.address(clientID)
	if !judged {
		var failed *failure
		if a, failed = parseAddress(clientID, &l.options); failed != nil {
			return core.Client{}, address{}, failed.fault("")
		}
	}
	if !l.options.trusts(clientID, a.host) {
		return core.Client{}, address{}, l.refused(ctx, a, fail("not_allowed", nil))
	}
	if l.options.Decide != nil {
		if err := l.options.Decide(ctx, clientID); err != nil {
			return core.Client{}, address{}, l.refused(ctx, a, fail("not_allowed", err))
		}
	}
	return row, a, nil
}

// refused tells the log and the observer why a client got nowhere.
func (l *Lane) refused(ctx context.Context, a address, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	l.log.InfoContext(ctx, "client document refused", "client", a.id, "reason", failed.reason, "cause", failed.cause)
	at := core.Instant(l.now())
	l.observer.Observe(ctx, core.Event{
		ID: core.NewID(at), At: at, Name: core.EventClientRefused, Client: a.id, EventTerms: core.EventTerms{Reason: failed.reason},
	})
	return &core.ClientFault{Host: a.url.Host, Reason: failed.reason, Cause: failed}
}
