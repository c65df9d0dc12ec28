package mcp

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/core/resource"
	"github.com/keywright/keywright/examples/mcp/idp"
	"github.com/keywright/keywright/examples/mcp/todo"
	"github.com/keywright/keywright/internal/fetch"
)

const password = "three quiet otters at noon"

// world is the authorization server of examples/mcp, with the clock of the test and a network of its own for client documents, and the
// MCP server beside it.
type world struct {
	*providertest.Provider
	t      *testing.T
	server string // the URL of the MCP endpoint
	doc    string // a client_id whose document can be had
	ada    *providertest.Person
	page   string       // what is served there; the zero value: a document that fits
	kind   string       // its type; JSON by itself
	asked  atomic.Int32 // requests for it
}

// accessLives is how long access tokens live. The Go SDK renews what has less than 10 s left, by the real clock; so it renews at once.
const accessLives = 8 * time.Second

func newWorld(t *testing.T, revisions ...string) *world {
	t.Helper()
	return newWorldWith(t, idp.Options{}, "", revisions...)
}

// newWorldWith is newWorld with options of the operator, and an issuer below a path.
func newWorldWith(t *testing.T, o idp.Options, path string, revisions ...string) *world {
	t.Helper()
	w := &world{t: t}
	var handler http.Handler
	mcpServer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(mcpServer.CloseClientConnections)
	w.server = mcpServer.URL + "/mcp"
	w.Provider = providertest.New(t, w.composed(o, ""), providertest.WithPath(path))
	handler = w.todo(nil, revisions)
	w.ada = w.Person("ada@example.com", password)
	return w
}

// composed is the authorization server of examples/mcp, under the issuer if there is one, and else at that of the test.
func (w *world) composed(o idp.Options, issuer string) providertest.Option {
	site := w.newSite()
	return providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer = cmp.Or(issuer, c.Issuer)
		o.Issuer = c.Issuer
		lanes, err := idp.Lanes(o)
		if err != nil {
			w.t.Fatal(err)
		}
		lanes[1] = elsewhere{cimd.New(cimd.Options{}), site}
		c.Clients, c.Resources, c.Scopes = lanes, idp.Resources(w.server), idp.Scopes()
		c.Lifetimes.AccessToken = accessLives
	})
}

// todo is the MCP server, which reaches the issuer by http: nil is a client of its own.
func (w *world) todo(http *http.Client, revisions []string) http.Handler {
	w.t.Helper()
	server, err := todo.New(todo.Options{Revisions: revisions, Guard: resource.Options{
		Resource: w.server, Issuers: []resource.Issuer{{URL: w.Issuer()}}, HTTP: http, InsecureAllowLoopback: true, Now: w.Now,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	return server.Handler()
}

// desk is a client that the operator wrote down.
func (w *world) desk() string {
	return w.Client(clientreg.Seed{
		ID: "desk", Name: "Desk", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/callback"},
		Scope: todo.ScopeRead + " " + todo.ScopeWrite + " offline_access", Resources: []string{w.server},
	}).ID
}

// newSite serves the document of a client over https at a name that is public, and gives the guarded client that reaches it.
func (w *world) newSite() *http.Client {
	site := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		w.asked.Add(1)
		rw.Header().Set("Content-Type", cmp.Or(w.kind, "application/json"))
		_, _ = io.WriteString(rw, cmp.Or(w.page, w.document(`["http://127.0.0.1/callback","http://localhost/callback"]`, `"token_endpoint_auth_method":"none"`)))
	}))
	w.t.Cleanup(site.Close)
	at := netip.MustParseAddrPort(site.Listener.Addr().String())
	w.doc = fmt.Sprintf("https://app.example.com:%d/client.json", at.Port())
	roots := x509.NewCertPool()
	roots.AddCert(site.Certificate())
	return fetch.New(fetch.Options{
		RootCAs: roots, Ports: []uint16{at.Port()}, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolver: &net.Resolver{PreferGo: true, Dial: loopbackNames},
	}).HTTPClient()
}

// document is one with these redirect URIs and what else a client says.
func (w *world) document(redirects, more string) string {
	return fmt.Sprintf(`{"client_id":%q,"client_name":"Test client","redirect_uris":%s,"grant_types":["authorization_code","refresh_token"],
		"response_types":["code"],%s}`, w.doc, redirects, more)
}

// elsewhere is a lane whose documents are fetched from the network of the test.
type elsewhere struct {
	core.ClientLane
	http *http.Client
}

// Start gives the lane the client of the test.
func (e elsewhere) Start(t core.Tools) error {
	t.HTTP = e.http
	if t.Logger == nil {
		t.Logger = slog.New(slog.DiscardHandler)
	}
	return e.ClientLane.Start(t)
}

// end ends all that a client was granted, and disables it if wanted, as an operator does.
func (w *world) end(id string, disable bool) {
	w.t.Helper()
	c, err := w.Store().Client(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("no row of %q: %v", id, err)
	}
	c.Disabled, c.Epoch, c.Change = disable, c.Epoch+1, core.NewID(w.Now())
	if err := w.Store().UpdateClient(w.t.Context(), c, core.Event{
		ID: core.NewID(w.Now()), At: core.Instant(w.Now()), Name: core.EventClientChanged, Client: c.ID, KeepUntil: w.Now().AddDate(1, 0, 0),
	}); err != nil {
		w.t.Fatal(err)
	}
}

// loopbackNames is a name server for which every name is this machine (RFC 1035 section 4.2.2).
func loopbackNames(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer ours.Close()
		for {
			head := make([]byte, 2)
			if _, err := io.ReadFull(ours, head); err != nil {
				return
			}
			query := make([]byte, int(head[0])<<8|int(head[1]))
			if _, err := io.ReadFull(ours, query); err != nil {
				return
			}
			if _, err := ours.Write(answerLoopback(query)); err != nil {
				return
			}
		}
	}()
	return theirs, nil
}

// answerLoopback answers one question, which begins at byte 12.
func answerLoopback(query []byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end+5]...)
	if query[end+2] == 1 { // an A record
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...)
}

// asks gives the parameters of an authorization request.
func asks(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
