package cimd_test

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
)

// site is the public internet: one TLS server that every name below example.com
// leads to, and names that lead to where nobody may go. It records what was
// about to be dialled.
type site struct {
	*httptest.Server
	port    uint16
	asked   atomic.Int32
	mu      sync.Mutex
	answer  http.HandlerFunc
	dialled map[string]bool // address: permitted
}

func newSite(t testing.TB) *site {
	s := &site{dialled: map[string]bool{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.mu.Lock()
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	s.port = netip.MustParseAddrPort(s.Listener.Addr().String()).Port()
	return s
}

// url is a client_id at this site.
func (s *site) url(path string) string {
	return fmt.Sprintf("https://app.example.com:%d%s", s.port, path)
}

// serves answers every request with a body of a type.
func (s *site) serves(status int, kind, body string, headers ...string) {
	s.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func (s *site) answers(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// client is the provider's guarded client, in this internet.
func (s *site) client() *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return fetch.New(fetch.Options{
		RootCAs: roots, Ports: []uint16{443, s.port}, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go serveNames(ours)
			return theirs, nil
		}},
		Dialled: func(addr netip.AddrPort, permitted bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.dialled[addr.Addr().String()] = permitted
		},
	}).HTTPClient()
}

// dials gives what was dialled since the last time.
func (s *site) dials() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := maps.Clone(s.dialled)
	clear(s.dialled)
	return seen
}

// serveNames speaks DNS over a stream (RFC 1035 section 4.2.2). The first label
// of a name below ip.example is its address, with dashes.
func serveNames(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		end, name := 12, []string{}
		for query[end] != 0 {
			name = append(name, string(query[end+1:end+1+int(query[end])]))
			end += int(query[end]) + 1
		}
		reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end+5]...)
		addr, err := netip.ParseAddr(strings.ReplaceAll(name[0], "-", "."))
		if strings.HasSuffix(strings.Join(name, "."), "example.com") {
			addr, err = netip.MustParseAddr("127.0.0.1"), nil
		}
		if kind := binary.BigEndian.Uint16(query[end+1:]); kind == 1 && err == nil {
			ip := addr.As4()
			reply[7] = 1
			reply = append(append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// lane is the lane under test, in that internet.
type lane struct {
	core.ClientLane
	http *http.Client
}

func (l lane) Start(t core.Tools) error {
	t.HTTP = l.http
	if t.Logger == nil {
		t.Logger = slog.New(slog.DiscardHandler)
	}
	return l.ClientLane.Start(t)
}

// good is a document that has all it needs, changed as a test wants: "-name"
// leaves a member out, "name" and a value replace it.
func good(id string, changes ...string) string {
	m := map[string]string{
		"client_id": `"` + id + `"`, "client_name": `"Fieldnotes"`, "redirect_uris": `["https://app.example.com/callback"]`,
		"grant_types": `["authorization_code","refresh_token"]`, "token_endpoint_auth_method": `"none"`,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if m[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(m, changes[i])
		}
	}
	var list []string
	for name, value := range m {
		list = append(list, fmt.Sprintf("%q: %s", name, value))
	}
	return "{" + strings.Join(list, ", ") + "}"
}
