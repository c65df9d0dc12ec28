package bench

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// wire is a proxy in front of a database that counts round trips as they are on
// the wire: a client that speaks after its server has.
type wire struct {
	listener net.Listener
	to       string
	trips    atomic.Int64
	conns    sync.WaitGroup
}

// listenWire forwards to an address until it is closed.
func listenWire(to string) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: l, to: to}
	w.conns.Go(w.accept)
	return w, nil
}

func (w *wire) addr() string { return w.listener.Addr().String() }

// close ends the listener; connections end with their clients.
func (w *wire) close() error {
	err := w.listener.Close()
	w.conns.Wait()
	return err
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		w.conns.Go(func() { w.forward(client) })
	}
}

func (w *wire) forward(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return // the client sees its connection end
	}
	defer server.Close()
	var asked atomic.Bool // the client spoke last
	go func() {
		_, _ = io.Copy(client, heardReader{server, func() { asked.Store(false) }})
		_ = client.Close()
	}()
	_, _ = io.Copy(server, heardReader{client, func() {
		if asked.CompareAndSwap(false, true) {
			w.trips.Add(1)
		}
	}})
}

// heardReader says whenever something was read.
type heardReader struct {
	io.Reader
	heard func()
}

// Read reads and says so.
func (h heardReader) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if n > 0 {
		h.heard()
	}
	return n, err
}
