package faultproxy

import (
	"bufio"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// pipelined is how many requests may be under way on one connection.
const pipelined = 1024

// link is one client's connection, led to the server.
type link struct {
	proxy  *Proxy
	client *net.TCPConn
	silent atomic.Bool // nothing passes any more, in either direction

	mu     sync.Mutex
	over   bool
	server net.Conn // nil until it is reached

	fromClient, fromServer *bufio.Reader
	asked                  chan *request // what the server still has to answer

	statements sync.Map // of prepared statements, their SQL: by name, or by number
}

func newLink(p *Proxy, client *net.TCPConn) *link {
	return &link{proxy: p, client: client, fromClient: bufio.NewReader(client), asked: make(chan *request, pipelined)}
}

// cut ends both halves; reset tells the client by RST.
func (l *link) cut(reset bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	if reset {
		_ = l.client.SetLinger(0)
	}
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// reach connects to the server.
func (l *link) reach() bool {
	server, err := l.proxy.dial()
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		_ = server.Close()
		return false
	}
	l.server, l.fromServer = server, bufio.NewReader(server)
	return true
}

// from is the port of this end of the connection to the server, if it has one.
func (l *link) from() (port int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return 0, false
	}
	at, ok := l.server.LocalAddr().(*net.TCPAddr)
	if !ok {
		return 0, false // a socket of the file system
	}
	return at.Port, true
}

// serve passes requests on until the connection ends.
func (l *link) serve() {
	if l.silent.Load() {
		l.swallow()
		return
	}
	if !l.reach() || !l.proxy.wire.open(l) {
		return
	}
	l.proxy.serving.Go(l.answers)
	for {
		q, err := l.proxy.wire.request(l)
		if err != nil || !l.pass(&q) {
			return
		}
	}
}

// pass sends a request to the server, unless it is struck before. False is the
// end of the connection.
func (l *link) pass(q *request) bool {
	if !q.unanswered {
		q.fault = l.proxy.plan.next(q.sql)
		if !l.wait(q.fault.Delay) {
			return false
		}
		if q.fault.Call != nil {
			q.fault.Call()
		}
		if l.struckBefore(q) {
			return false
		}
		l.asked <- q
	}
	return l.toServer(q.raw) && !q.last
}

// struckBefore does what happens to a request before the server sees it.
func (l *link) struckBefore(q *request) bool {
	switch q.fault.Kind {
	case CutBefore, ResetBefore:
		l.cut(q.fault.Kind == ResetBefore)
	case HalfRequest:
		l.toServer(q.raw[:len(q.raw)/2])
		l.cut(false)
	case HoleBefore:
		l.swallow()
	default:
		return false
	}
	return true
}

// swallow takes what the client sends until it leaves or the proxy ends.
func (l *link) swallow() {
	l.silent.Store(true)
	_, _ = io.Copy(io.Discard, l.fromClient)
}

// answers passes on what the server says. It reads also while nothing is asked,
// so that the client hears at once when the server leaves.
func (l *link) answers() {
	defer l.cutUnlessSilent()
	var q *request
	var kept []byte // of an answer that may not pass
	for {
		part, err := l.proxy.wire.answer(l)
		if err != nil {
			return
		}
		if q == nil {
			select {
			case q = <-l.asked:
			default: // unasked for
			}
		}
		done := q != nil && l.proxy.wire.ends(l, q, part)
		switch {
		case q != nil && q.fault.afterwards():
			kept = append(kept, part...)
			if done {
				l.struckAfter(q, kept)
				return
			}
		case l.silent.Load():
			return
		case !l.toClient(part):
			return
		}
		if done {
			q = nil
		}
	}
}

// struckAfter does what happens to an answer.
func (l *link) struckAfter(q *request, answer []byte) {
	switch q.fault.Kind {
	case HalfAnswer:
		l.toClient(answer[:len(answer)/2])
	case HoleAfter:
		l.silent.Store(true)
		return
	default:
	}
	l.cut(q.fault.Kind == ResetAfter)
}

// cutUnlessSilent ends the connection, unless it is to look alive.
func (l *link) cutUnlessSilent() {
	if !l.silent.Load() {
		l.cut(false)
	}
}

func (l *link) toServer(raw []byte) bool {
	if l.silent.Load() {
		return true // the client goes on talking to nobody
	}
	_, err := l.server.Write(raw)
	return err == nil
}

func (l *link) toClient(raw []byte) bool {
	_, err := l.client.Write(raw)
	return err == nil
}

// wait lets time pass; false if the proxy ended meanwhile.
func (l *link) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	passed := time.NewTimer(d)
	defer passed.Stop()
	select {
	case <-passed.C:
		return true
	case <-l.proxy.ended:
		return false
	}
}
