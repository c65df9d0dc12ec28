package mcp

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/mcp/idp"
)

// MC-01, MC-02, PR-01, PR-02: issuer and MCP server over https, as they are in public, with clients that trust the authority of the test
// and check it as any other.
func TestMCP_overTLS(t *testing.T) {
	folder, program := npm(t), build(t, "./goclient")
	for _, k := range []kind{{"go 2026-07-28", 0, "2026-07-28"}, {"typescript 2 2026-07-28", 2, "2026-07-28"}, {"typescript 1 2025-11-25", 1, "2025-11-25"}} {
		for _, lane := range []string{"cimd", "dcr", "seeded"} {
			t.Run(k.name+" "+lane, func(t *testing.T) {
				w, roots := newSecureWorld(t, k.revision)
				id := map[string]string{"cimd": w.doc, "seeded": "desk"}[lane]
				if lane == "seeded" {
					w.desk()
				}
				l := &life{world: w, k: k, browser: w.ada.Browser()}
				l.c = begin(t, folder, k.command(t, program), k.settings(w, lane, id), "SSL_CERT_FILE="+roots, "NODE_EXTRA_CA_CERTS="+roots)
				l.connects()
				l.stepsUp()
				l.refreshes()
				l.isDisconnected()
				if !strings.HasPrefix(l.last, "https://") {
					t.Errorf("the browser was sent to %s", l.last)
				}
			})
		}
	}
}

// newSecureWorld is newWorld over https, with the file of the authority that signed for it.
func newSecureWorld(t *testing.T, revisions ...string) (w *world, roots string) {
	t.Helper()
	w = &world{t: t}
	var provider, server http.Handler
	front := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { provider.ServeHTTP(rw, r) }))
	mcpServer := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { server.ServeHTTP(rw, r) }))
	t.Cleanup(front.Close)
	t.Cleanup(mcpServer.CloseClientConnections)
	w.server = mcpServer.URL + "/mcp"
	w.Provider = providertest.New(t, w.composed(idp.Options{}, front.URL))
	provider = w.Handler()
	trusted := x509.NewCertPool()
	trusted.AddCert(front.Certificate())
	w.HTTP().Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: trusted}
	server = w.todo(front.Client(), revisions)
	w.ada = w.Person("ada@example.com", password)
	roots = filepath.Join(t.TempDir(), "roots.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(roots, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return w, roots
}
