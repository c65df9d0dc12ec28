package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
)

// resolverOf answers name lookups from memory: the n-th query for an IPv4 address gets answers(n).
func resolverOf(answers func(n int32) netip.Addr) *net.Resolver {
	var queries atomic.Int32
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serveDNS(ours, func() netip.Addr { return answers(queries.Add(1)) })
		return theirs, nil
	}}
}

// serveDNS speaks DNS over a stream (RFC 1035 section 4.2.2): a length, then a message.
func serveDNS(conn net.Conn, answer func() netip.Addr) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		end := 12
		for query[end] != 0 {
			end += int(query[end]) + 1
		}
		kind := binary.BigEndian.Uint16(query[end+1:])
		question := query[12 : end+5]
		reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
		if kind == 1 {
			ip := answer().As4()
			reply[7] = 1
			reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
			reply = append(reply, ip[:]...)
		}
		out := binary.BigEndian.AppendUint16(nil, uint16(len(reply)))
		if _, err := conn.Write(append(out, reply...)); err != nil {
			return
		}
	}
}

func brokenResolver(t *testing.T) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("a name was looked up")
		return nil, errors.New("no lookups here")
	}}
}

func TestThreat_SSR05_namesOfInternalAddresses(t *testing.T) {
	for _, text := range []string{"127.0.0.1", "10.0.0.7", "169.254.169.254", "0.0.0.0", "100.64.1.1"} {
		var seen []netip.Addr
		var lock sync.Mutex
		c := New(Options{
			Resolver: resolverOf(func(int32) netip.Addr { return netip.MustParseAddr(text) }),
			Dialled: func(addr netip.AddrPort, permitted bool) {
				lock.Lock()
				defer lock.Unlock()
				if permitted {
					t.Errorf("%s was dialled", addr)
				}
				seen = append(seen, addr.Addr())
			},
		})
		for _, host := range []string{"metadata.google.internal", "a.nip.example", "intranet.corp.example"} {
			if _, err := c.Get(t.Context(), "https://"+host+"/", ""); !errors.Is(err, ErrRefused) {
				t.Errorf("%s at %s: %v", host, text, err)
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s never got to the check", text)
		}
	}
	for _, host := range []string{"localhost", "localhost.", "x.localhost"} {
		c := New(Options{Resolver: resolverOf(func(int32) netip.Addr { return netip.MustParseAddr("127.0.0.1") })})
		if _, err := c.Get(t.Context(), "https://"+host+"/", ""); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestThreat_SSR04_rebinding(t *testing.T) {
	reached := atomic.Bool{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer server.Close()
	port := netip.MustParseAddrPort(server.Listener.Addr().String()).Port()
	good := netip.MustParseAddr("127.0.0.1")
	var queries atomic.Int32
	var dialled []string
	c := New(Options{
		Ports: []uint16{port}, RootCAs: pool(server), Allow: []netip.Prefix{netip.PrefixFrom(good, 32)},
		Resolver: resolverOf(func(n int32) netip.Addr {
			queries.Store(n)
			if n == 1 {
				return good
			}
			return netip.MustParseAddr("127.0.0.2")
		}),
		Dialled: func(addr netip.AddrPort, permitted bool) {
			if permitted {
				dialled = append(dialled, addr.Addr().String())
			}
		},
	})
	url := "https://example.com:" + netip.AddrPortFrom(good, port).String()[len("127.0.0.1:"):]
	if _, err := c.Get(t.Context(), url, ""); err != nil || !reached.Load() {
		t.Fatalf("first: %v", err)
	}
	if queries.Load() != 1 || len(dialled) != 1 || dialled[0] != "127.0.0.1" {
		t.Errorf("%d lookups, dialled %v: the checked address must be the dialled one", queries.Load(), dialled)
	}
	c.Close() // the next request dials anew
	if _, err := c.Get(t.Context(), url, ""); !errors.Is(err, ErrRefused) {
		t.Errorf("second: %v", err)
	}
	if len(dialled) != 1 {
		t.Errorf("dialled %v", dialled)
	}
}
