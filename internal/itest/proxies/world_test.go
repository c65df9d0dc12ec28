package proxies

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// world is a provider behind a proxy.
type world struct {
	*providertest.Provider
	*proxy
	leaving *http.Server // one of the two replicas; the other has a Unix socket
	client  *tls.Config
	app     *providertest.Client
	heard   *heard
	release chan struct{} // lets go what asked to be held
	held    chan struct{}
}

// heard is what came to the provider: requests, and addresses in its events.
type heard struct {
	mu        sync.Mutex
	last      *http.Request
	addresses map[string]bool
}

func (h *heard) Observe(_ context.Context, e core.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.addresses[e.Address] = true
}

// take forgets the addresses that were heard, and says which.
func (h *heard) take() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	were := h.addresses
	h.addresses = map[string]bool{}
	return were
}

// newWorld starts two replicas and the proxy before them.
func newWorld(t *testing.T, r recipe) *world {
	t.Helper()
	p := prepare(t, r)
	w := &world{proxy: p, heard: &heard{addresses: map[string]bool{}}, release: make(chan struct{}), held: make(chan struct{}, 1)}
	passkeys, err := passkey.New(passkey.Options{Origins: []string{"https://login.example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer = "https://localhost:" + p.https + r.path
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.Observer = w.heard
		c.Authenticators = append(c.Authenticators, passkeys)
		c.Clients = append(c.Clients, clientreg.Dynamic(clientreg.DynamicOptions{PerAddress: 2}))
	}), providertest.WithMiddleware(w.hold))
	w.app = w.Client(clientreg.Seed{ID: "app", RedirectURIs: []string{"https://app.example/callback"}})
	socket := filepath.Join(p.folder, "s")
	one, other := httptest.NewServer(w.Handler()), httptest.NewUnstartedServer(w.Handler())
	_ = other.Listener.Close()
	if other.Listener, err = (&net.ListenConfig{}).Listen(t.Context(), "unix", socket); err != nil {
		t.Fatal(err)
	}
	other.Start()
	w.leaving = one.Config
	t.Cleanup(one.Close)
	t.Cleanup(other.Close)
	addresses := []string{one.Listener.Addr().String(), map[string]string{"nginx": "unix:", "caddy": "unix/"}[r.program] + socket}
	certificate, key, pool := issue(t, p.folder)
	w.client = &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	p.write(addresses, certificate, key)
	p.start(w.client)
	return w
}

// hold keeps a request that asks for it until release is closed.
func (w *world) hold(next http.Handler) http.Handler {
	return http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "z") { // health checks come at any time
			w.heard.mu.Lock()
			w.heard.last = r.Clone(context.WithoutCancel(r.Context()))
			w.heard.mu.Unlock()
		}
		if r.Header.Get("X-Hold") != "" {
			w.held <- struct{}{}
			<-w.release
		}
		next.ServeHTTP(a, r)
	})
}

// issue makes a certificate authority of the test's own and a certificate by it.
func issue(t *testing.T, folder string) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	caKey, own := newKey(t), newKey(t)
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, own.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	ownDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(root)
	certificate, key = filepath.Join(folder, "id.pem"), filepath.Join(folder, "id.key")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: leafDER}, key: {Type: "PRIVATE KEY", Bytes: ownDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key, pool
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// from is the network as seen from one address of this machine, over HTTP/2 or
// HTTP/1.1. All of 127.0.0.0/8 is this machine's.
func (w *world) from(address string, two bool) *http.Transport {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	to := &http.Transport{TLSClientConfig: w.client.Clone(), ForceAttemptHTTP2: two, DialContext: func(ctx context.Context, _, at string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(at)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
	}}
	w.t.Cleanup(to.CloseIdleConnections)
	return to
}

// ask sends one request to an address below the root of the host.
func (w *world) ask(by http.RoundTripper, method, path, body string, header http.Header) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, "https://localhost:"+w.https+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	answer, err := by.RoundTrip(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer, string(b)
}

// token asks the token endpoint through the proxy, as the application.
func (w *world) token(by http.RoundTripper, form url.Values, more ...string) (*http.Response, string) {
	w.t.Helper()
	r := http.Request{Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	r.SetBasicAuth(w.app.ID, w.app.Secret)
	for i := 0; i < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	return w.ask(by, http.MethodPost, w.path+"/token", form.Encode(), r.Header)
}
