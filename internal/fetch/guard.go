package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	maxHeaderBytes = 16 << 10
	perHost        = 4
)

// guard is the transport: it judges each request before it is sent and each address before it is dialled.
type guard struct {
	options   Options
	policy    policy
	places    chan struct{}
	transport *http.Transport
}

func newGuard(o Options) *guard {
	g := &guard{options: o, policy: newPolicy(o), places: make(chan struct{}, o.Concurrency)}
	dialer := &net.Dialer{Timeout: o.Timeout, Resolver: o.Resolver}
	if o.EgressProxy == nil {
		dialer.Control = g.control
	}
	g.transport = &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		DisableCompression:     true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConns:           o.Concurrency,
		MaxIdleConnsPerHost:    1,
		MaxConnsPerHost:        perHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	if o.EgressProxy != nil {
		g.transport.Proxy = http.ProxyURL(o.EgressProxy)
	}
	return g
}

// control is called with the very address that is about to be connected to, after all name resolution.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	permitted := err == nil && g.policy.permits(addr.Addr())
	if g.options.Dialled != nil {
		g.options.Dialled(addr, permitted)
	}
	if !permitted {
		return ErrRefused
	}
	return nil
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.checkURL(req.URL); err != nil {
		closeBody(req)
		return nil, err
	}
	ctx := req.Context()
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		closeBody(req)
		return nil, sanitise(ctx, ctx.Err())
	}
	leave := sync.OnceFunc(func() { <-g.places })
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "Keywright")
	answer, err := g.transport.RoundTrip(req)
	if err != nil {
		leave()
		return nil, sanitise(ctx, err)
	}
	if err := g.checkAnswer(answer); err != nil {
		answer.Body.Close()
		leave()
		return nil, err
	}
	answer.Body = &boundedBody{ctx: ctx, body: answer.Body, left: g.options.MaxBytes, leave: leave}
	return answer, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// checkAnswer runs before net/http looks at the answer, so that no Location gets into an error's text.
func (g *guard) checkAnswer(answer *http.Response) error {
	if answer.StatusCode/100 == 3 && answer.StatusCode != http.StatusNotModified {
		return ErrRedirect
	}
	if encoding := answer.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return ErrEncoded
	}
	if answer.ContentLength > g.options.MaxBytes {
		return ErrTooLarge
	}
	return nil
}

// boundedBody gives at most left bytes and keeps the place until it is closed.
type boundedBody struct {
	ctx   context.Context //nolint:containedctx // a body lives as long as its request
	body  io.ReadCloser
	left  int64
	leave func()
}

// Read implements io.Reader. One byte more than allowed is asked for, to tell the end from an overflow.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrTooLarge
	}
	switch {
	case err == nil:
		return n, nil
	case b.ctx.Err() != nil: // an end that comes as time runs out may be cut short
		return n, sanitise(b.ctx, b.ctx.Err())
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, sanitise(b.ctx, err)
}

// Close implements io.Closer.
func (b *boundedBody) Close() error {
	defer b.leave()
	return b.body.Close()
}
