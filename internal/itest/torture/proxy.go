//go:build unix

package torture

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// Headers by which requests and replicas are told apart in histories.
const (
	headerCall    = "X-Torture-Call"
	headerReplica = "X-Torture-Replica"
)

// proxy is the round-robin in front of the replicas. A request is one attempt at one replica, whether that lives or
// not: what fails is a lost answer, and the connection to the caller is closed. Nothing is tried again.
type proxy struct {
	fleet    *fleet
	upstream http.Transport
	turn     atomic.Uint64
	// drops is how many of 1000 answers are lost on their way back.
	drops   atomic.Int64
	dropped atomic.Int64
	// reached remembers, of requests whose answer was lost, which came to no replica.
	reached calls
}

func newProxy(f *fleet) *proxy {
	// A connection of its own for each request: one that was kept could be tried again by the transport.
	return &proxy{fleet: f, upstream: http.Transport{DisableKeepAlives: true, DisableCompression: true}}
}

// ServeHTTP passes one request on.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to := p.fleet.all[p.turn.Add(1)%replicas]
	address := to.address.Load()
	if address == nil {
		p.reached.none(r.Header.Get(headerCall))
		panic(http.ErrAbortHandler)
	}
	answer, body, err := p.pass(r, *address) //nolint:bodyclose // pass has read and closed it
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			p.reached.none(r.Header.Get(headerCall))
		}
		panic(http.ErrAbortHandler)
	}
	if rand.Int64N(1000) < p.drops.Load() { //nolint:gosec // a fault; nothing rests on it
		p.dropped.Add(1)
		panic(http.ErrAbortHandler)
	}
	header := w.Header()
	for name, values := range answer.Header {
		header[name] = values
	}
	header.Set(headerReplica, strconv.Itoa(to.number))
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(body) // the caller may have left
}

// pass sends the request and reads the whole answer, so that a half is none.
func (p *proxy) pass(r *http.Request, address string) (*http.Response, []byte, error) {
	q := r.Clone(r.Context())
	q.URL.Scheme, q.URL.Host, q.RequestURI = "http", address, ""
	answer, err := p.upstream.RoundTrip(q)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, body, err
}
