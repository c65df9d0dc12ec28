package faultproxy

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Admission is what becomes of new connections.
type Admission int

// What can become of a new connection.
const (
	Admit  Admission = iota // it is led to the server
	Refuse                  // it is reset at once: nobody is there
	Ignore                  // it is accepted and never answered
)

// Proxy stands between clients and one server. It may be used by any number of
// goroutines.
type Proxy struct {
	wire     wire
	target   string
	listener net.Listener
	plan     plan
	serving  sync.WaitGroup

	mu     sync.Mutex
	admit  Admission
	closed bool
	links  []*link
	ended  chan struct{} // closed with the proxy
}

// New starts a proxy on a loopback port in front of the server at target:
// "host:port", or the path of a socket. Close ends it.
func New(server Server, target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{wire: server.wire(), target: target, listener: listener, ended: make(chan struct{})}
	p.serving.Go(p.accept)
	return p, nil
}

// Start is New for a test, with which the proxy ends.
func Start(t testing.TB, server Server, target string) *Proxy {
	t.Helper()
	p, err := New(server, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Addr is where clients find the proxy: "127.0.0.1:port".
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Arm puts a fault in force, in place of the one before, and begins to count.
func (p *Proxy) Arm(f Fault) { p.plan.arm(f) }

// Requests is how many requests matched since Arm.
func (p *Proxy) Requests() int {
	p.plan.mu.Lock()
	defer p.plan.mu.Unlock()
	return p.plan.count
}

// Struck lists the SQL of the requests struck since Arm.
func (p *Proxy) Struck() []string {
	p.plan.mu.Lock()
	defer p.plan.mu.Unlock()
	return slices.Clone(p.plan.struck)
}

// Connections says what becomes of connections from now on; those that are
// open stay.
func (p *Proxy) Connections(a Admission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admit = a
}

// Cut ends every connection that is open.
func (p *Proxy) Cut() {
	for _, l := range p.open() {
		l.cut(false)
	}
}

// Heal lets everything pass again, and ends what fell silent.
func (p *Proxy) Heal() {
	p.Arm(Fault{})
	p.Connections(Admit)
	for _, l := range p.open() {
		if l.silent.Load() {
			l.cut(false)
		}
	}
}

// Open is how many connections are open.
func (p *Proxy) Open() int { return len(p.open()) }

// Ports lists the ports from which the server sees the open connections come.
func (p *Proxy) Ports() (ports []int) {
	for _, l := range p.open() {
		if from, ok := l.from(); ok {
			ports = append(ports, from)
		}
	}
	return ports
}

// Close ends the proxy with all its connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.ended)
	}
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.serving.Wait()
}

func (p *Proxy) open() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.links)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err == nil:
			p.begin(client.(*net.TCPConn)) //nolint:forcetypeassert // the listener is TCP
		}
	}
}

// begin serves a new connection, as far as it is admitted.
func (p *Proxy) begin(client *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := newLink(p, client)
	if p.closed || p.admit == Refuse {
		l.cut(true)
		return
	}
	l.silent.Store(p.admit == Ignore)
	p.links = append(p.links, l)
	p.serving.Go(func() {
		defer p.end(l)
		l.serve()
	})
}

func (p *Proxy) end(l *link) {
	l.cut(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = slices.DeleteFunc(p.links, func(other *link) bool { return other == l })
}

// dial reaches the server.
func (p *Proxy) dial() (net.Conn, error) {
	if strings.HasPrefix(p.target, "/") {
		return net.Dial("unix", p.target)
	}
	return net.Dial("tcp", p.target)
}
