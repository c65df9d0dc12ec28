package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	watchEvery = time.Hour
	watchFirst = 100 // requests by which a proxy that says nothing is recognised
)

// Why a proxy and the settings do not fit.
const (
	watchPrivate = iota // a header from a neighbour that is not trusted
	watchPublic         // the same from anywhere else
	watchSilent         // a trusted proxy does not say who called
	watchKinds
)

// ProxyWatch tells the operator where proxies and settings do not fit: without
// it limits that slow one caller would slow everybody, and nothing would say
// why. Each reason is told at most once an hour, by whomever it is set off, and
// nothing that a header holds is repeated.
type ProxyWatch struct {
	proxies Proxies
	log     *slog.Logger
	now     func() time.Time
	told    [watchKinds]atomic.Int64 // when, in seconds

	unseen atomic.Int32 // of the first requests; 0: no longer counted
	mu     sync.Mutex
	only   netip.Addr // whom all requests so far came from
}

// NewProxyWatch watches a provider. One that is public, which is to say not on
// loopback, is also watched for a proxy that sends no header at all.
func NewProxyWatch(p Proxies, public bool, log *slog.Logger, now func() time.Time) *ProxyWatch {
	w := &ProxyWatch{proxies: p, log: log, now: now}
	if public && len(p.Networks) == 0 {
		w.unseen.Store(watchFirst)
	}
	return w
}

// Behind tells that a proxy must be in front, though none is trusted. It is for
// the start, where that is known before any request.
func (w *ProxyWatch) Behind(ctx context.Context) {
	if w.unseen.Swap(0) > 0 {
		w.log.WarnContext(ctx, "the issuer is https and http is served, so a proxy is in front, but TrustedProxies is empty: limits for one address slow everybody behind it; set TrustedProxies to the proxy's networks")
	}
}

// See looks at one request. It costs a few comparisons and changes nothing.
func (w *ProxyWatch) See(r *http.Request) {
	one, two := r.Header[ForwardedFor] != nil, r.Header[Forwarded] != nil
	if !one && !two && len(w.proxies.Networks) == 0 && w.unseen.Load() <= 0 {
		return
	}
	from, ok := peer(r)
	switch {
	case !ok:
	case w.proxies.trusts(from):
		w.seeTrusted(r, from)
	case one || two:
		w.seeStranger(r.Context(), from, one)
	default:
		w.count(r.Context(), from)
	}
}

// seeStranger tells of a header that is not believed.
func (w *ProxyWatch) seeStranger(ctx context.Context, from netip.Addr, one bool) {
	name := Forwarded
	if one {
		name = ForwardedFor
	}
	if neighbour(from) {
		w.tell(ctx, watchPrivate, "a header that says who called is not believed, since TrustedProxies does not hold who sent it; if that is your proxy, add its network to TrustedProxies: until then limits for one address slow everybody behind it",
			"header", name, "from", from.String())
		return
	}
	w.tell(ctx, watchPublic, "a header that says who called is not believed, since TrustedProxies does not hold who sent it; if that is your proxy, add its network to TrustedProxies, otherwise somebody tried to pass for another",
		"header", name, "from", from.String())
}

// seeTrusted tells of a proxy that says nothing that can be believed.
func (w *ProxyWatch) seeTrusted(r *http.Request, from netip.Addr) {
	header := w.proxies.header()
	for next := range w.proxies.hops(r) {
		if !next.IsValid() {
			w.tell(r.Context(), watchSilent, "a trusted proxy does not say who called in a form that can be read, so all its callers count as one; let it write the header that ForwardedHeader names anew",
				"header", header, "from", from.String())
		}
		return
	}
	other := ForwardedFor
	if header == ForwardedFor {
		other = Forwarded
	}
	if r.Header[other] != nil {
		w.tell(r.Context(), watchSilent, "a trusted proxy says who called in another header than ForwardedHeader names, so all its callers count as one; set ForwardedHeader to the one that it writes itself",
			"header", other, "from", from.String())
		return
	}
	w.tell(r.Context(), watchSilent, "a trusted proxy does not say who called, so all its callers count as one; let it set the header that ForwardedHeader names",
		"header", header, "from", from.String())
}

// count tells after a while that all who call have the one address of a
// neighbour, which is what a proxy without any header looks like.
func (w *ProxyWatch) count(ctx context.Context, from netip.Addr) {
	if w.unseen.Load() <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !neighbour(from) || w.only.IsValid() && w.only != from {
		w.unseen.Store(0) // there are others: nothing to tell
		return
	}
	w.only = from
	if w.unseen.Add(-1) == 0 {
		w.log.WarnContext(ctx, "all requests so far came from one private address, and TrustedProxies is empty: if a proxy has it, limits for one address slow everybody; let the proxy set X-Forwarded-For and add its network to TrustedProxies",
			"requests", watchFirst, "from", from.String())
	}
}

// neighbour is an address that the internet does not have.
func neighbour(a netip.Addr) bool {
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10) // RFC 6598
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

// tell says something at most once an hour.
func (w *ProxyWatch) tell(ctx context.Context, kind int, text string, args ...any) {
	now, last := w.now().Unix(), w.told[kind].Load()
	if last != 0 && now-last < int64(watchEvery/time.Second) || !w.told[kind].CompareAndSwap(last, now) {
		return
	}
	w.log.WarnContext(ctx, text, args...)
}
